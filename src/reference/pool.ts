// Owns the reference AVERAGE_POOL_2D and MAX_POOL_2D: tflite/kernels/internal/reference/pooling.h, integer_ops/pooling.h.
import { ModelError } from '../errors';
import { describeNode, type Node, type TensorData, type Value } from '../graph/graph';
import { activationRange, type CodeRange, plainActivationRange } from '../quant/activation-range';
import { tensorParams } from '../quant/params';
import type { ReferenceKernels } from './kernel';
import type { Codes } from './output-stage';
import { type Window, windowOf } from './window';

type Pool = Node<'AVERAGE_POOL_2D' | 'MAX_POOL_2D'>;
type PoolData = Codes | Float32Array;

/** Pools the in-image elements input[i], i stepping over rows and columns of one channel; `rows` or `columns` may be 0. */
type Reduce = (input: PoolData, first: number, rows: number, columns: number, rowStep: number, columnStep: number) => number;

const maximum: Reduce = (input, first, rows, columns, rowStep, columnStep) => {
  let max = Number.NEGATIVE_INFINITY;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) max = Math.max(max, input[first + y * rowStep + x * columnStep]);
  }
  return max;
};

const floatAverage: Reduce = (input, first, rows, columns, rowStep, columnStep) => {
  let sum = 0;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) sum = Math.fround(sum + input[first + y * rowStep + x * columnStep]);
  }
  return Math.fround(sum / (rows * columns));
};

/** To the nearest code, halves away from code 0: not symmetric about real zero, as in TFLite. Codes of uint8 are never negative. */
const codeAverage: Reduce = (input, first, rows, columns, rowStep, columnStep) => {
  let sum = 0;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) sum += input[first + y * rowStep + x * columnStep];
  }
  const count = rows * columns;
  const half = Math.trunc(count / 2);
  return Math.trunc((sum > 0 ? sum + half : sum - half) / count);
};

function clampRange(output: Value, activation: Pool['attributes']['activation']): CodeRange {
  if (output.dtype === 'float32') return plainActivationRange(activation, 'float32');
  const { scale, zeroPoint } = tensorParams(output);
  return activationRange(activation, scale, zeroPoint, output.dtype as 'int8' | 'uint8');
}

/** First in-image tap and number of in-image taps of a window whose first tap lies at `origin`. */
function clip(origin: number, filter: number, size: number): { first: number; count: number } {
  const first = Math.max(origin, 0);
  return { first, count: Math.max(Math.min(origin + filter, size) - first, 0) };
}

function pool(node: Pool, input: PoolData, output: PoolData, reduce: Reduce): void {
  const window: Window = windowOf(node.inputs[0]!, node.outputs[0], node.attributes.filterH, node.attributes.filterW, node.attributes);
  const { batches, inputH, inputW, channels, outputH, outputW } = window;
  const { min, max } = clampRange(node.outputs[0], node.attributes.activation);
  const rowStep = inputW * channels;
  let to = 0;
  for (let batch = 0; batch < batches; batch++) {
    for (let y = 0; y < outputH; y++) {
      const rows = clip(y * window.strideH - window.top, window.filterH, inputH);
      for (let x = 0; x < outputW; x++) {
        const columns = clip(x * window.strideW - window.left, window.filterW, inputW);
        if (rows.count * columns.count === 0) throw emptyWindow(node, y, x);
        const from = ((batch * inputH + rows.first) * inputW + columns.first) * channels;
        for (let c = 0; c < channels; c++) {
          const value = reduce(input, from + c, rows.count, columns.count, rowStep, channels);
          output[to++] = Math.min(Math.max(value, min), max);
        }
      }
    }
  }
}

function emptyWindow(node: Pool, y: number, x: number): ModelError {
  return new ModelError('bad-data', `the window of output row ${y}, column ${x} lies outside the image; reduce the padding`, {
    where: describeNode(node),
  });
}

/** Input and output NHWC; elements outside the image do not count. */
function average(node: Node<'AVERAGE_POOL_2D'>, [input]: readonly (TensorData | undefined)[], [output]: readonly TensorData[]): void {
  const reduce = node.outputs[0].dtype === 'float32' ? floatAverage : codeAverage;
  pool(node, input as PoolData, output as PoolData, reduce);
}

export const poolKernels: ReferenceKernels = {
  AVERAGE_POOL_2D: average,
  MAX_POOL_2D: (node, inputs, outputs) => pool(node, inputs[0] as PoolData, outputs[0] as PoolData, maximum),
};
