// Owns the reference AVERAGE_POOL_2D and MAX_POOL_2D: tflite/kernels/internal/reference/pooling.h, integer_ops/pooling.h.
import type { Node, Value } from '../graph/graph';
import { reject } from '../graph/reject';
import type { WindowAxis } from '../graph/window';
import { activationRange, type CodeRange, type CodeType, plainActivationRange } from '../quant/activation-range';
import { tensorParams } from '../quant/params';
import type { Codes, Inputs, Outputs, ReferenceKernels } from './kernel';
import { windowOf } from './window';

type Pool = Node<'AVERAGE_POOL_2D' | 'MAX_POOL_2D'>;
type PoolData = Codes | Float32Array;

/** How the in-image elements of one channel are pooled: added up by `add` from `initial`, then finished. */
interface Reduce {
  readonly initial: number;
  readonly add: (total: number, element: number) => number;
  readonly finish: (total: number, count: number) => number;
}

const maximum: Reduce = { initial: Number.NEGATIVE_INFINITY, add: Math.max, finish: (max) => max };

const floatAverage: Reduce = {
  initial: 0,
  add: (sum, element) => Math.fround(sum + element),
  finish: (sum, count) => Math.fround(sum / count),
};

/** To the nearest code, halves away from code 0: not symmetric about real zero, as in TFLite. Codes of uint8 are never negative. */
const codeAverage: Reduce = {
  initial: 0,
  add: (sum, element) => sum + element,
  finish: (sum, count) => {
    const half = Math.trunc(count / 2);
    return Math.trunc((sum > 0 ? sum + half : sum - half) / count);
  },
};

function clampRange(output: Value, activation: Pool['attributes']['activation']): CodeRange {
  if (output.dtype === 'float32') return plainActivationRange(activation, 'float32');
  const { scale, zeroPoint } = tensorParams(output);
  return activationRange(activation, scale, zeroPoint, output.dtype as CodeType);
}

/** In-image taps [begin, end) of the window at output position `i`. */
function clip({ stride, before, filter, input }: WindowAxis, i: number): { begin: number; end: number } {
  const origin = i * stride - before;
  return { begin: Math.max(origin, 0), end: Math.min(origin + filter, input) };
}

function pool(node: Pool, input: PoolData, output: PoolData, reduce: Reduce): void {
  const { filterH, filterW, activation } = node.attributes;
  const { batches, channels, rows, columns } = windowOf(node.inputs[0]!, node.outputs[0], filterH, filterW, node.attributes);
  const { min, max } = clampRange(node.outputs[0], activation);
  let to = 0;
  for (let batch = 0; batch < batches; batch++) {
    for (let y = 0; y < rows.output; y++) {
      const vertical = clip(rows, y);
      for (let x = 0; x < columns.output; x++) {
        const horizontal = clip(columns, x);
        const count = Math.max(vertical.end - vertical.begin, 0) * Math.max(horizontal.end - horizontal.begin, 0);
        if (count === 0) reject('bad-data', node, `the window at row ${y}, column ${x} has no elements; reduce the padding`);
        for (let c = 0; c < channels; c++) {
          let total = reduce.initial;
          for (let row = vertical.begin; row < vertical.end; row++) {
            for (let column = horizontal.begin; column < horizontal.end; column++) {
              total = reduce.add(total, input[((batch * rows.input + row) * columns.input + column) * channels + c]);
            }
          }
          output[to++] = Math.min(Math.max(reduce.finish(total, count), min), max);
        }
      }
    }
  }
}

/** Input and output NHWC; elements outside the image do not count. */
function average(node: Node<'AVERAGE_POOL_2D'>, [input]: Inputs, [output]: Outputs): void {
  const reduce = node.outputs[0].dtype === 'float32' ? floatAverage : codeAverage;
  pool(node, input as PoolData, output as PoolData, reduce);
}

export const poolKernels: ReferenceKernels = {
  AVERAGE_POOL_2D: average,
  MAX_POOL_2D: (node, inputs, outputs) => pool(node, inputs[0] as PoolData, outputs[0] as PoolData, maximum),
};
