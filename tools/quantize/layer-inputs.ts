// Owns the inputs of one quantized layer on the samples, codes without zero point, as a matrix: a row per output position, a column per weight.
import type { TensorData } from '../../src/graph/graph';
import type { WeightedNode } from '../../src/graph/weighted';
import { zeroPointOf } from '../../src/quant/params';
import { windowOf } from '../../src/reference/window';

/** Rows at most; more make statistics of them better, linearly slower. */
const mostRows = 2048;

/** [columns, rows]: one column after the other. */
export interface Columns {
  readonly columns: Float32Array;
  readonly rows: number;
}

/** Inputs of a convolution under its window at evenly spread positions, as columns [height * width * count, rows]. */
export function patches(
  node: WeightedNode & { type: 'CONV_2D' | 'DEPTHWISE_CONV_2D' },
  samples: readonly TensorData[],
  firstChannel: number,
  count: number,
): Columns {
  const [input, filter] = node.inputs;
  const zeroPoint = zeroPointOf(input!);
  const [, height, width] = filter!.shape;
  const window = windowOf(input!, node.outputs[0], height, width, node.attributes);
  const size = height * width * count;
  const { rows: down, columns: across } = window;
  const positions = window.batches * down.output * across.output;
  const total = positions * samples.length;
  const step = Math.max(1, Math.floor(total / mostRows)) | 1;
  const rows = Math.ceil(total / step);
  const columns = new Float32Array(size * rows);
  for (let row = 0, at = 0; at < total; row++, at += step) {
    const sample = samples[Math.floor(at / positions)] as Int8Array;
    const pixel = at % positions;
    const y = (Math.floor(pixel / across.output) % down.output) * down.stride - down.before;
    const x = (pixel % across.output) * across.stride - across.before;
    const image = Math.floor(pixel / (across.output * down.output));
    for (let tap = 0; tap < height * width; tap++) {
      const fromY = y + Math.floor(tap / width) * down.dilation;
      const fromX = x + (tap % width) * across.dilation;
      if (fromY < 0 || fromY >= down.input || fromX < 0 || fromX >= across.input) continue;
      const from = ((image * down.input + fromY) * across.input + fromX) * window.channels + firstChannel;
      for (let c = 0; c < count; c++) columns[(tap * count + c) * rows + row] = sample[from + c] - zeroPoint;
    }
  }
  return { columns, rows };
}

/** Inputs of a fully connected layer as columns [size, rows]. */
export function vectors(node: WeightedNode & { type: 'FULLY_CONNECTED' }, samples: readonly TensorData[], size: number): Columns {
  const zeroPoint = zeroPointOf(node.inputs[0]!);
  const perSample = samples[0].length / size;
  const rows = samples.length * perSample;
  const columns = new Float32Array(size * rows);
  for (let row = 0; row < rows; row++) {
    const sample = samples[Math.floor(row / perSample)] as Int8Array;
    const from = (row % perSample) * size;
    for (let i = 0; i < size; i++) columns[i * rows + row] = sample[from + i] - zeroPoint;
  }
  return { columns, rows };
}
