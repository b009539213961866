// Owns operators with one operand, element by element: activations, roots, powers, signs and roundings, on plain numbers and on codes.
import type { Node, TensorData } from '../graph/graph';
import { reject } from '../graph/reject';
import { codeRange } from '../quant/activation-range';
import { inverseSqrt } from '../quant/fixed-point';
import { rsqrtMultiplier } from '../quant/operator-multipliers';
import { tensorParams } from '../quant/params';
import { multiplyByQuantizedMultiplier } from '../quant/requantize';
import { type CodeFunction, type CodeOperator, codeFunction, elu, gelu } from './code-functions';
import { interpolated, interpolationTable } from './int16-functions';
import type { Inputs, Outputs, ReferenceKernel, ReferenceKernels } from './kernel';

const f32 = Math.fround;

type PlainUnary = 'SIN' | 'COS' | 'SQUARE' | 'NEG' | 'SIGN' | 'FLOOR' | 'CEIL' | 'ROUND' | 'LOGICAL_NOT';

/** Applies `compute` to every element; the store rounds floats to float32, and wraps integers. */
function map(compute: (x: number) => number, input: TensorData, output: TensorData): void {
  const source = input as Float32Array;
  const target = output as Float32Array;
  for (let i = 0; i < target.length; i++) target[i] = compute(source[i]);
}

/** A kernel of a function of plain numbers and, on codes, of the operator's code function. */
function unary<T extends Exclude<CodeOperator, 'LEAKY_RELU' | 'GELU'>>(plain: (x: number) => number): ReferenceKernel<T> {
  return (node, inputs, outputs) => {
    const isPlain = outputs[0] instanceof Float32Array || outputs[0] instanceof Int32Array;
    map(isPlain ? plain : codeFunction(node as unknown as Node<CodeOperator>), inputs[0]!, outputs[0]);
  };
}

/** float32 LOGISTIC with TFLite's cut-offs (tflite/kernels/internal/reference/logistic.h); the codes' version has none. */
function logistic(x: number): number {
  if (x > 16.619047164916992) return 1;
  if (x < -9) return Math.exp(x);
  return 1 / f32(1 + f32(Math.exp(-x)));
}

/** x * relu6(x + 3) / 6, each step float32 (tflite/kernels/internal/reference/hard_swish.h). */
function hardSwish(x: number): number {
  return f32(x * Math.min(6, Math.max(0, f32(x + 3)))) / 6;
}

function leakyRelu(node: Node<'LEAKY_RELU'>, inputs: Inputs, outputs: Outputs): void {
  const { alpha } = node.attributes;
  const float = (x: number) => (x > 0 ? x : x * alpha);
  map(outputs[0] instanceof Float32Array ? float : codeFunction(node), inputs[0]!, outputs[0]);
}

const geluKernel: ReferenceKernel<'GELU'> = (node, inputs, outputs) =>
  map(outputs[0] instanceof Float32Array ? gelu(node) : codeFunction(node), inputs[0]!, outputs[0]);

/** A kernel without an 8-bit form. */
function plain(compute: (x: number) => number): ReferenceKernel<PlainUnary> {
  return (_, inputs, outputs) => map(compute, inputs[0]!, outputs[0]);
}

/** To the nearest integer, halves to even (tflite/kernels/internal/reference/round.h). */
function roundHalfToEven(x: number): number {
  const floor = Math.floor(x);
  const fraction = x - floor;
  return fraction < 0.5 || (fraction === 0.5 && floor % 2 === 0) ? floor : floor + 1;
}

function rejectNegative(node: Node, code: number): never {
  reject('bad-data', node, `its input code ${code} stands for a negative number`);
}

/** `SqrtEvalQuantized` (tflite/kernels/elementwise.cc): float32, truncated to a code. */
function sqrtOfCode(node: Node<'SQRT'>): CodeFunction {
  const input = tensorParams(node.inputs[0]!);
  const output = tensorParams(node.outputs[0]);
  const { min, max } = codeRange('int8');
  return (code) => {
    const x = f32(input.scale * (code - input.zeroPoint));
    if (x < 0) rejectNegative(node, code);
    return Math.min(Math.max(Math.trunc(f32(f32(Math.sqrt(x)) / output.scale)) + output.zeroPoint, min), max);
  };
}

/** `RsqrtEvalQuantizedInt16` (tflite/kernels/elementwise.cc): a table, whose entry of zero is the largest code. */
function rsqrtOfCode16(node: Node<'RSQRT'>): CodeFunction {
  const output = tensorParams(node.outputs[0]);
  const largest = f32(32767 * output.scale);
  const root = (x: number) => (x <= 0 ? largest : f32(1 / f32(Math.sqrt(x))));
  const lookup = interpolated(interpolationTable(tensorParams(node.inputs[0]!), output, root));
  return (code) => (code < 0 ? rejectNegative(node, code) : lookup(code));
}

/** `RsqrtEvalQuantizedInt8` (tflite/kernels/elementwise.cc): fixed point with 20 fractional bits; zero gives the largest code. */
function rsqrtOfCode(node: Node<'RSQRT'>): CodeFunction {
  if (node.outputs[0].dtype === 'int16') return rsqrtOfCode16(node);
  const input = tensorParams(node.inputs[0]!);
  const output = tensorParams(node.outputs[0]);
  const { multiplier, shift } = rsqrtMultiplier(input.scale, output.scale);
  const { min, max } = codeRange('int8');
  const fractionalBits = 20;
  return (code) => {
    const x = code - input.zeroPoint;
    if (x < 0) rejectNegative(node, code);
    if (x === 0) return max;
    const inverse = inverseSqrt(x);
    const root = multiplyByQuantizedMultiplier(1, inverse.multiplier, inverse.shift + fractionalBits);
    return Math.min(Math.max(multiplyByQuantizedMultiplier(root, multiplier, shift - fractionalBits) + output.zeroPoint, min), max);
  };
}

export const unaryKernels: ReferenceKernels = {
  LOGISTIC: unary(logistic),
  TANH: unary(Math.tanh),
  EXP: unary(Math.exp),
  LOG: unary(Math.log),
  ELU: unary(elu),
  GELU: geluKernel,
  ABS: unary(Math.abs),
  HARD_SWISH: unary(hardSwish),
  RELU: unary((x) => Math.max(x, 0)),
  RELU6: unary((x) => Math.min(Math.max(x, 0), 6)),
  RELU_N1_TO_1: unary((x) => Math.min(Math.max(x, -1), 1)),
  RELU_0_TO_1: unary((x) => Math.min(Math.max(x, 0), 1)),
  LEAKY_RELU: leakyRelu,
  // tflite/kernels/elementwise.cc, neg.cc, sign.cc (0 for both zeros), floor.cc, ceil.cc.
  SIN: plain(Math.sin),
  COS: plain(Math.cos),
  SQUARE: plain((x) => x * x),
  // Numbers and bigints.
  NEG: plain((x) => -x),
  SIGN: plain((x) => Math.sign(x) + 0),
  FLOOR: plain(Math.floor),
  CEIL: plain(Math.ceil),
  ROUND: plain(roundHalfToEven),
  LOGICAL_NOT: plain((x) => (x ? 0 : 1)),
  SQRT: (node, inputs, outputs) => map(outputs[0] instanceof Float32Array ? Math.sqrt : sqrtOfCode(node), inputs[0]!, outputs[0]),
  RSQRT: (node, inputs, outputs) =>
    map(outputs[0] instanceof Float32Array ? (x) => 1 / f32(Math.sqrt(x)) : rsqrtOfCode(node), inputs[0]!, outputs[0]),
};
