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

/** entry = clamp(factor * (element - zeroPoint), -limit, limit) */
export interface EntryFormula {
  readonly zeroPoint: number;
  readonly factor: number;
  readonly limit: number;
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
   * Writes the rows of `sample` into `matrices` [matrices, size, rows], which holds zeros: taps in the padding stay 0. `data` are the
   * elements of the layer's input.
   */
  gather(sample: number, data: TensorData, { zeroPoint, factor, limit }: EntryFormula, matrices: Float32Array | Int16Array): void {
    for (let row = this.firstRow(sample); row < this.firstRow(sample + 1); row++) {
      const position = row * this.step - sample * this.positions;
      const copy = (tap: number, from: number, count: number): void => {
        const stride = this.matrices === 1 ? this.rows : this.size * this.rows;
        let to = (this.matrices === 1 ? tap * count : tap) * this.rows + row;
        for (let i = from; i < from + count; i++, to += stride) {
          matrices[to] = Math.min(Math.max(factor * ((data as Float32Array)[i] - zeroPoint), -limit), limit);
        }
      };
      if (this.window) forEachTap(this.window, position, copy);
      else copy(0, position * this.size, this.size);
    }
  }
}

/**
 * Calls `visit` for every tap of the kernel that lies inside the image at output position `position`: with the tap's index, the first
 * element of its pixel, and the pixel's number of elements.
 */
function forEachTap(window: Window, position: number, visit: (tap: number, from: number, count: number) => void): void {
  const { rows: vertical, columns: horizontal, channels } = window;
  const top = (Math.floor(position / horizontal.output) % vertical.output) * vertical.stride - vertical.before;
  const left = (position % horizontal.output) * horizontal.stride - horizontal.before;
  const image = Math.floor(position / (horizontal.output * vertical.output));
  for (let tap = 0; tap < vertical.filter * horizontal.filter; tap++) {
    const y = top + Math.floor(tap / horizontal.filter) * vertical.dilation;
    const x = left + (tap % horizontal.filter) * horizontal.dilation;
    if (y < 0 || y >= vertical.input || x < 0 || x >= horizontal.input) continue;
    visit(tap, ((image * vertical.input + y) * horizontal.input + x) * channels, channels);
  }
}

/** Matrices [matrices, size, rows] of code - zeroPoint; `samples` are the codes of the layer's input. */
export function quantizedInputs(rows: LayerRows, samples: readonly TensorData[], zeroPoint: number): Float32Array {
  const matrices = new Float32Array(rows.length);
  samples.forEach((data, sample) => {
    rows.gather(sample, data, { zeroPoint, factor: 1, limit: Number.POSITIVE_INFINITY }, matrices);
  });
  return matrices;
}
