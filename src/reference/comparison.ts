// Owns comparisons, logic, and the choice between two tensors by it: EQUAL to GREATER_EQUAL, LOGICAL_AND, LOGICAL_OR, SELECT, SELECT_V2.
import type { Node, TensorData, Value } from '../graph/graph';
import { comparesCodes, holdsCodes } from '../graph/quantization-fault';
import { comparisonLeftShift, comparisonMultiplier } from '../quant/operator-multipliers';
import { tensorParams } from '../quant/params';
import { multiplyByQuantizedMultiplier } from '../quant/requantize';
import { broadcastOperands, broadcastTo } from './broadcast';
import type { Codes, ReferenceKernel, ReferenceKernels } from './kernel';

type Test = ('EQUAL' | 'NOT_EQUAL' | 'LESS' | 'LESS_EQUAL' | 'GREATER' | 'GREATER_EQUAL') | ('LOGICAL_AND' | 'LOGICAL_OR');

/**
 * Codes as multiples of 2^-8 of a real unit, other elements as they are: `ComparisonWithScaling`
 * (tflite/kernels/internal/reference/comparisons.h). Scales of 1 and more shift left, which TFLite leaves undefined.
 */
function comparable(node: Node, value: Value, data: TensorData): TensorData {
  if (!holdsCodes(value) || comparesCodes(node)) return data;
  const { scale, zeroPoint } = tensorParams(value);
  const { multiplier, shift } = comparisonMultiplier(scale);
  const codes = data as Codes;
  const scaled = new Int32Array(codes.length);
  for (let i = 0; i < codes.length; i++) {
    scaled[i] = multiplyByQuantizedMultiplier((codes[i] - zeroPoint) << comparisonLeftShift, multiplier, shift);
  }
  return scaled;
}

/** Elements are only compared, so that numbers stand for bigints too. */
function compare(test: (a: number, b: number) => unknown): ReferenceKernel<Test> {
  return (node, inputs, [output]) => {
    const operands = inputs.map((data, i) => comparable(node, node.inputs[i]!, data!));
    const [a, b] = broadcastOperands(node, operands) as [Float32Array, Float32Array];
    for (let i = 0; i < output.length; i++) output[i] = test(a[i], b[i]) ? 1 : 0;
  };
}

/** Any dtype; codes as they are (`tflite/kernels/select.cc`). A condition of SELECT counts for all elements of its position. */
const select: ReferenceKernel<'SELECT' | 'SELECT_V2'> = (node, inputs, [output]) => {
  const { shape } = node.outputs[0];
  const repeat = (data: TensorData | undefined, i: number) =>
    node.type === 'SELECT_V2' ? broadcastTo(data!, node.inputs[i]!.shape, shape) : data!;
  const [condition, x, y] = inputs.map(repeat) as Int32Array[];
  const repeats = output.length / condition.length;
  for (let i = 0; i < output.length; i++) output[i] = (condition[Math.floor(i / repeats)] ? x : y)[i];
};

export const comparisonKernels: ReferenceKernels = {
  EQUAL: compare((a, b) => a === b),
  NOT_EQUAL: compare((a, b) => a !== b),
  LESS: compare((a, b) => a < b),
  LESS_EQUAL: compare((a, b) => a <= b),
  GREATER: compare((a, b) => a > b),
  GREATER_EQUAL: compare((a, b) => a >= b),
  LOGICAL_AND: compare((a, b) => a && b),
  LOGICAL_OR: compare((a, b) => a || b),
  SELECT: select,
  SELECT_V2: select,
};
