// Owns the inputs of one layer on the samples as matrices: a row per output position, a column per weight of one output.
import { elementCount, type TensorData, type WeightedNode, weightedValues } from 'zeropoint/graph';
import { type Window, windowOf } from 'zeropoint/reference';

/** Rows at most; more make statistics of them better, linearly slower. A depthwise layer's few columns per output need fewer. */
const mostRows = 4096;
const mostDepthwiseRows = 512;

/** Whether every output's weights meet columns of one matrix: not in grouped and transposed convolutions. */
export function hasColumns(node: WeightedNode): boolean {
  const { input, weights } = weightedValues(node);
  if (node.type === 'DEPTHWISE_CONV_2D') return weights.shape[3] === input.shape[3];
  return node.type === 'FULLY_CONNECTED' || (node.type === 'CONV_2D' && weights.shape[3] === input.shape[3]);
}

/** How elements become numbers of a matrix. */
export interface ToNumber {
  readonly zeroPoint: number;
  readonly factor: number;
  readonly limit: number;
}

/** Which output positions become rows, evenly spread over all samples, and where the columns of each lie. */
export class LayerRows {
  /** One matrix for all outputs, or one per channel of a depthwise layer. */
  readonly matrices: number;
  readonly outputsPerMatrix: number;
  /** Columns of one matrix. */
  readonly size: number;
  readonly rows: number;
  private readonly positions: number;
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
    // Odd, so that it meets all columns of an image.
    this.step = Math.max(1, Math.floor(total / (isDepthwise ? mostDepthwiseRows : mostRows))) | 1;
    this.rows = Math.ceil(total / this.step);
  }

  /** Elements of all matrices. */
  get length(): number {
    return this.matrices * this.size * this.rows;
  }

  /** The first row that comes from `sample` or a later one. */
  firstRow(sample: number): number {
    return Math.min(this.rows, Math.ceil((sample * this.positions) / this.step));
  }

  /**
   * Writes factor * (element - zeroPoint), at most `limit` in magnitude, for every row of `sample` into `matrices` [matrices, size, rows],
   * which holds zeros.
   */
  gather(sample: number, data: TensorData, { zeroPoint, factor, limit }: ToNumber, matrices: Float32Array | Int16Array): void {
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

/** Calls `visit` with the position in the kernel and the channels' place in the image, for taps inside the image. */
function forEachTap(window: Window, position: number, visit: (tap: number, from: number, count: number) => void): void {
  const { rows: down, columns: across, channels } = window;
  const top = (Math.floor(position / across.output) % down.output) * down.stride - down.before;
  const left = (position % across.output) * across.stride - across.before;
  const image = Math.floor(position / (across.output * down.output));
  for (let tap = 0; tap < down.filter * across.filter; tap++) {
    const y = top + Math.floor(tap / across.filter) * down.dilation;
    const x = left + (tap % across.filter) * across.dilation;
    if (y < 0 || y >= down.input || x < 0 || x >= across.input) continue;
    visit(tap, ((image * down.input + y) * across.input + x) * channels, channels);
  }
}

/** The matrices of a quantized layer's input, codes without zero point, as [matrices, size, rows]. */
export function quantizedInputs(rows: LayerRows, samples: readonly TensorData[], zeroPoint: number): Float32Array {
  const matrices = new Float32Array(rows.length);
  samples.forEach((data, sample) => {
    rows.gather(sample, data, { zeroPoint, factor: 1, limit: Number.POSITIVE_INFINITY }, matrices);
  });
  return matrices;
}
