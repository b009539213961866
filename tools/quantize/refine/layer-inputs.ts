// Owns the inputs of one layer on the samples as matrices (im2col): a row per output position, a column per weight of one output.
import { elementCount, type TensorData, type WeightedNode, weightedValues } from 'zeropoint/graph';
import { type Window, windowOf } from 'zeropoint/reference';

/**
 * Rows of one matrix: a covariance of up to about a thousand columns needs a few thousand rows, the few columns of a depthwise layer's
 * channel need fewer. Time is proportional to rows.
 */
const maxRows = 4096;
const maxDepthwiseRows = 512;

/** Whether every output is a product of weights and one row of such a matrix. Grouped and transposed convolutions are left out. */
export function hasColumns(node: WeightedNode): boolean {
  const { input, weights } = weightedValues(node);
  if (node.type === 'DEPTHWISE_CONV_2D') return weights.shape[3] === input.shape[3];
  return node.type === 'FULLY_CONNECTED' || (node.type === 'CONV_2D' && weights.shape[3] === input.shape[3]);
}

/** The choice of output positions that become rows, evenly spaced over all samples, and where the elements of each row lie. */
export class LayerRows {
  /** Number of matrices: 1 for all outputs, or one per channel of a depthwise layer. */
  readonly matrices: number;
  readonly outputsPerMatrix: number;
  /** Columns of one matrix. */
  readonly size: number;
  readonly rows: number;
  /** Output positions of one sample. */
  private readonly positions: number;
  /** Every `step`-th position is a row. */
  private readonly step: number;
  private readonly window: Window | undefined;

  /** `node` satisfies hasColumns. */
  constructor(
    node: WeightedNode,
    readonly samples: number,
  ) {
    const { input, weights } = weightedValues(node);
    const isDepthwise = node.type === 'DEPTHWISE_CONV_2D';
    const outputs = isDepthwise ? weights.shape[3] : weights.shape[0];
    this.matrices = isDepthwise ? outputs : 1;
    this.outputsPerMatrix = outputs / this.matrices;
    this.size = elementCount(weights.shape) / outputs;
    if (node.type === 'CONV_2D' || node.type === 'DEPTHWISE_CONV_2D') {
      this.window = windowOf(input, node.outputs[0], weights.shape[1], weights.shape[2], node.attributes);
    }
    const { window } = this;
    this.positions = window ? window.batches * window.rows.output * window.columns.output : elementCount(input.shape) / this.size;
    const total = this.positions * samples;
    // An odd step visits all columns of an image, whose width is mostly even.
    this.step = Math.max(1, Math.floor(total / (isDepthwise ? maxDepthwiseRows : maxRows))) | 1;
    this.rows = Math.ceil(total / this.step);
  }

  /** Entries of all matrices. */
  get length(): number {
    return this.matrices * this.size * this.rows;
  }

  /** The first row of `sample` or of a later sample; `rows` where there is none. */
  firstRow(sample: number): number {
    return Math.min(this.rows, Math.ceil((sample * this.positions) / this.step));
  }

  /**
   * Writes the rows of `sample` into `matrices` [matrices, size, rows], which holds zeros: taps in the padding stay 0. `copy` writes the
   * elements of the layer's input.
   */
  gather(sample: number, copy: CopyRows): void {
    const end = this.firstRow(sample + 1);
    for (let row = this.firstRow(sample); row < end; row += blockRows) {
      const count = Math.min(blockRows, end - row);
      const first = row * this.step - sample * this.positions;
      if (this.window) this.gatherTaps(this.window, row, first, count, copy);
      else
        copy(
          row,
          this.rows,
          this.size,
          this.origins(count, (r) => (first + r * this.step) * this.size),
        );
    }
  }

  /** A tap of the kernel of all rows of a block after the other. */
  private gatherTaps(window: Window, row: number, first: number, count: number, copy: CopyRows): void {
    const { rows: vertical, columns: horizontal, channels } = window;
    const stride = this.matrices === 1 ? this.rows : this.size * this.rows;
    for (let tap = 0; tap < vertical.filter * horizontal.filter; tap++) {
      const [down, right] = [Math.floor(tap / horizontal.filter) * vertical.dilation, (tap % horizontal.filter) * horizontal.dilation];
      const origins = this.origins(count, (r) => {
        const position = first + r * this.step;
        const line = Math.floor(position / horizontal.output);
        const y = (line % vertical.output) * vertical.stride - vertical.before + down;
        const x = (position % horizontal.output) * horizontal.stride - horizontal.before + right;
        if (y < 0 || y >= vertical.input || x < 0 || x >= horizontal.input) return -1;
        return ((Math.floor(line / vertical.output) * vertical.input + y) * horizontal.input + x) * channels;
      });
      copy((this.matrices === 1 ? tap * channels : tap) * this.rows + row, stride, channels, origins);
    }
  }

  private origins(count: number, originOf: (row: number) => number): Int32Array {
    const origins = new Int32Array(count);
    for (let r = 0; r < count; r++) origins[r] = originOf(r);
    return origins;
  }
}

/** Rows that are written together, a line of the cache of every column. */
const blockRows = 16;

/**
 * Writes `columns` columns of consecutive rows, column k from to + k * stride on; row r is elements from origins[r] on, and is left out where
 * that is negative.
 */
type CopyRows = (to: number, stride: number, columns: number, origins: Int32Array) => void;

/** Copies code - zeroPoint. */
export function copyCodes(codes: Int8Array | Uint8Array | Int16Array | Float32Array, zeroPoint: number, matrices: Float32Array): CopyRows {
  return (to, stride, columns, origins) => {
    for (let k = 0; k < columns; k++, to += stride) {
      for (let r = 0; r < origins.length; r++) if (origins[r] >= 0) matrices[to + r] = codes[origins[r] + k] - zeroPoint;
    }
  };
}

/** Copies factor * element, clamped to int16. */
export function copyReals(reals: Float32Array, factor: number, matrices: Int16Array): CopyRows {
  return (to, stride, columns, origins) => {
    for (let k = 0; k < columns; k++, to += stride) {
      for (let r = 0; r < origins.length; r++) {
        if (origins[r] < 0) continue;
        matrices[to + r] = Math.min(Math.max(factor * reals[origins[r] + k], -0x7fff), 0x7fff);
      }
    }
  };
}

/** Matrices [matrices, size, rows] of code - zeroPoint; `samples` are the codes of the layer's input. */
export function quantizedInputs(rows: LayerRows, samples: readonly TensorData[], zeroPoint: number): Float32Array {
  const matrices = new Float32Array(rows.length);
  samples.forEach((data, sample) => {
    rows.gather(sample, copyCodes(data as Int8Array, zeroPoint, matrices));
  });
  return matrices;
}
