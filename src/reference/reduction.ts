// Owns the reference MEAN, SUM and REDUCE_*: tflite/kernels/internal/reference/reduce.h.
import type { Node, TensorData } from '../graph/graph';
import { type CodeType, codeRange } from '../quant/activation-range';
import { meanMultiplier, rescaleMultiplier } from '../quant/operator-multipliers';
import { tensorParams } from '../quant/params';
import { multiplyByQuantizedMultiplier } from '../quant/requantize';
import { broadcastIndices } from './broadcast';
import { type Codes, type Inputs, integers, type Outputs, type ReferenceKernel, type ReferenceKernels } from './kernel';

type Reduction = Node<'MEAN' | 'SUM'>;
type Selection = 'REDUCE_MAX' | 'REDUCE_MIN' | 'REDUCE_PROD' | 'REDUCE_ANY' | 'REDUCE_ALL';

/** For every input element the index of its sum, and how many elements go into one sum. */
function groups(node: Node, axes: TensorData): { target: Int32Array; count: number } {
  const { shape } = node.inputs[0]!;
  // A scalar has nothing to reduce and ignores its axes.
  const reduced = new Set(shape.length === 0 ? [] : integers(axes).map((axis) => (axis < 0 ? axis + shape.length : axis)));
  let count = 1;
  for (const axis of reduced) count *= shape[axis];
  const kept = shape.map((dimension, axis) => (reduced.has(axis) ? 1 : dimension));
  return { target: broadcastIndices(kept, shape), count };
}

/** Inputs: data, axes (int32, may be negative or repeat). Over no elements sums are 0, and means NaN or 0 where there is no NaN. */
function reduce(node: Reduction, inputs: Inputs, [output]: Outputs): void {
  const input = inputs[0]!;
  const { target, count } = groups(node, inputs[1]!);
  if (input instanceof Float32Array) reduceFloats(node, input, target, count, output as Float32Array);
  else if (input instanceof Int32Array || input instanceof BigInt64Array) reduceIntegers(node, input, target, count, output);
  else reduceCodes(node, input as Codes, target, count, output as Codes);
}

function reduceFloats(node: Reduction, input: Float32Array, target: Int32Array, count: number, output: Float32Array): void {
  output.fill(0);
  // The store rounds every sum to float32.
  for (let i = 0; i < input.length; i++) output[target[i]] += input[i];
  if (node.type === 'MEAN') for (let o = 0; o < output.length; o++) output[o] /= count;
}

/** int32 and int64: sums in int64, wrapped to the output's dtype by the store; means truncate. */
function reduceIntegers(node: Reduction, input: Int32Array | BigInt64Array, target: Int32Array, count: number, output: TensorData): void {
  const sums = new BigInt64Array(output.length);
  for (let i = 0; i < input.length; i++) sums[target[i]] += BigInt(input[i]);
  if (node.type === 'MEAN' && count > 0) for (let o = 0; o < sums.length; o++) sums[o] /= BigInt(count);
  if (output instanceof BigInt64Array) output.set(sums);
  else for (let o = 0; o < sums.length; o++) output[o] = Number(BigInt.asIntN(32, sums[o]));
}

/** `QuantizedMeanOrSum`: raw codes are added, the zero point is taken off once per sum. */
function reduceCodes(node: Reduction, input: Codes, target: Int32Array, count: number, output: Codes): void {
  output.fill(0);
  if (input.length === 0) return;
  const from = tensorParams(node.inputs[0]!);
  const to = tensorParams(node.outputs[0]);
  const { multiplier, shift } =
    node.type === 'MEAN' ? meanMultiplier(from.scale, to.scale, count) : rescaleMultiplier(from.scale, to.scale);
  const { min, max } = codeRange(node.outputs[0].dtype as CodeType);
  const sums = new Int32Array(output.length);
  for (let i = 0; i < input.length; i++) sums[target[i]] += input[i];
  for (let o = 0; o < sums.length; o++) {
    const code = multiplyByQuantizedMultiplier((sums[o] - from.zeroPoint * count) | 0, multiplier, shift) + to.zeroPoint;
    output[o] = Math.min(Math.max(code, min), max);
  }
}

/**
 * A reduction without rounding, in the dtype; codes are compared as they are. `first`: what float32 and bool start from, and REDUCE_PROD. The
 * largest and the smallest of other dtypes start from an element. NaN is never larger nor smaller (`EvalType` in tflite/kernels/reduce.cc).
 */
function reduceBy(first: number, combine: (current: number, x: number) => number): ReferenceKernel<Selection> {
  return (node, inputs, [output]) => {
    const { target } = groups(node, inputs[1]!);
    // Elements are only compared, multiplied and moved, so that the casts serve int64 too.
    const input = inputs[0] as Float32Array;
    const result = output as Float32Array;
    const isExtreme = node.type === 'REDUCE_MAX' || node.type === 'REDUCE_MIN';
    if (isExtreme && node.outputs[0].dtype !== 'float32') for (let i = 0; i < input.length; i++) result[target[i]] = input[i];
    else (result as { fill(value: number | bigint): void }).fill(output instanceof BigInt64Array ? BigInt(first) : first);
    const step = output instanceof Int32Array && node.type === 'REDUCE_PROD' ? Math.imul : combine;
    for (let i = 0; i < input.length; i++) result[target[i]] = step(result[target[i]], input[i]);
  };
}

const floatMax = 3.4028234663852886e38;

export const reductionKernels: ReferenceKernels = {
  MEAN: reduce,
  SUM: reduce,
  // Math.max and Math.min take no bigints, and return NaN.
  // biome-ignore lint/complexity/useMathMinMax: see above
  REDUCE_MAX: reduceBy(-floatMax, (current, x) => (x > current ? x : current)),
  // biome-ignore lint/complexity/useMathMinMax: see above
  REDUCE_MIN: reduceBy(floatMax, (current, x) => (x < current ? x : current)),
  REDUCE_PROD: reduceBy(1, (current, x) => current * x),
  REDUCE_ANY: reduceBy(0, (current, x) => current | x),
  REDUCE_ALL: reduceBy(1, (current, x) => current & x),
};
