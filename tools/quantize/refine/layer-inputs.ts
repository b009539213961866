// Owns the inputs of one layer on the samples as matrices (im2col): a row per output position, a column per weight of one output.
import { elementCount, type Value, type WeightedNode, weightedValues } from 'zeropoint/graph';
import { type Window, windowOf } from 'zeropoint/reference';
import type { Columns } from '../../kernels/input-matrices';

/**
 * Rows of one matrix: a covariance of up to about a thousand columns needs a few thousand rows, the few columns of a depthwise layer's
 * channel need fewer. Time is proportional to rows.
 */
const maxRows = 4096;
const maxDepthwiseRows = 512;

/**
 * Float inputs are stored as int16. Of inputs of 8 bits in units of 1/64 of the quantization step, whose rounding error is far below that of
 * quantization; int16 then holds magnitudes up to 512 steps, two ranges of codes. Of inputs of 16 bits in units of 2 steps: two ranges, too.
 */
export const unitsPerStep = ({ dtype }: Pick<Value, 'dtype'>): number => (dtype === 'int16' ? 1 / 2 : 64);

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

  /** Of all matrices. */
  get columns(): number {
    return this.matrices * this.size;
  }

  /** Entries of all matrices. */
  get length(): number {
    return this.columns * this.rows;
  }

  /** The first row of `sample` or of a later sample; `rows` where there is none. */
  firstRow(sample: number): number {
    return Math.min(this.rows, Math.ceil((sample * this.positions) / this.step));
  }

  /** Per tap of the kernel, the columns of the rows of `sample`, and where these begin among the elements of the layer's input. */
  taps(sample: number): Columns[] {
    const begin = this.firstRow(sample);
    const first = begin * this.step - sample * this.positions;
    const origins = (originOf: (position: number) => number) =>
      Int32Array.from({ length: this.firstRow(sample + 1) - begin }, (_, r) => originOf(first + r * this.step));
    const { window, size } = this;
    if (!window) return [{ first: 0, step: 1, count: size, origins: origins((position) => position * size) }];
    const { rows: vertical, columns: horizontal, channels } = window;
    return Array.from({ length: vertical.filter * horizontal.filter }, (_, tap) => {
      const [down, right] = [Math.floor(tap / horizontal.filter) * vertical.dilation, (tap % horizontal.filter) * horizontal.dilation];
      const originOf = (position: number): number => {
        const line = Math.floor(position / horizontal.output);
        const y = (line % vertical.output) * vertical.stride - vertical.before + down;
        const x = (position % horizontal.output) * horizontal.stride - horizontal.before + right;
        if (y < 0 || y >= vertical.input || x < 0 || x >= horizontal.input) return -1;
        return ((Math.floor(line / vertical.output) * vertical.input + y) * horizontal.input + x) * channels;
      };
      const isShared = this.matrices === 1;
      return { first: isShared ? tap * channels : tap, step: isShared ? 1 : size, count: channels, origins: origins(originOf) };
    });
  }
}
