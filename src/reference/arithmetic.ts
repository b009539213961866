// Owns operators with two operands and broadcasting: ADD to POW, MAXIMUM, MINIMUM and PRELU.
import type { Node, TensorData } from '../graph/graph';
import { holdsCodes } from '../graph/quantization-fault';
import { reject } from '../graph/reject';
import { plainActivationRange } from '../quant/activation-range';
import { broadcastOperands } from './broadcast';
import type { Codes, Inputs, Outputs, ReferenceKernels } from './kernel';
import {
  type ArithmeticNode,
  addCodes,
  divCodes,
  mulCodes,
  preluCodes,
  rejectZeroDivisor,
  squaredDifferenceCodes,
} from './quantized-arithmetic';

/** One operator in the arithmetic of each plain dtype; int64 results wrap when they are stored. */
interface Arithmetic {
  readonly float32: (a: number, b: number) => number;
  readonly int32: (a: number, b: number) => number;
  readonly int64?: (a: bigint, b: bigint) => bigint;
}

// tflite/kernels/internal/reference/add.h, sub.h, mul.h, div.h: templates over the element type, int32 wraps and truncates.
const add: Arithmetic = { float32: (a, b) => Math.fround(a + b), int32: (a, b) => (a + b) | 0, int64: (a, b) => a + b };
const subtract: Arithmetic = { float32: (a, b) => Math.fround(a - b), int32: (a, b) => (a - b) | 0, int64: (a, b) => a - b };
const multiply: Arithmetic = { float32: (a, b) => Math.fround(a * b), int32: Math.imul, int64: (a, b) => a * b };
const divide: Arithmetic = { float32: (a, b) => Math.fround(a / b), int32: (a, b) => (a / b) | 0 };

function plain(node: ArithmeticNode, operator: Arithmetic, [a, b]: [TensorData, TensorData], output: TensorData): void {
  const { activation } = node.attributes;
  if (output instanceof BigInt64Array) {
    if (!operator.int64 || activation !== 'NONE') reject('bad-dtype', node, 'activation and division are not supported on int64');
    for (let i = 0; i < output.length; i++) output[i] = operator.int64((a as BigInt64Array)[i], (b as BigInt64Array)[i]);
    return;
  }
  const dtype = output instanceof Float32Array ? 'float32' : 'int32';
  const compute = operator[dtype];
  const { min, max } = plainActivationRange(activation, dtype);
  for (let i = 0; i < output.length; i++) {
    output[i] = Math.min(Math.max(compute((a as Int32Array)[i], (b as Int32Array)[i]), min), max);
  }
}

function isQuantized(node: Node): boolean {
  return holdsCodes(node.outputs[0]);
}

function requireNonZero(node: Node, divisors: TensorData): void {
  for (const divisor of divisors) if (Number(divisor) === 0) rejectZeroDivisor(node);
}

/** A kernel from the operator on codes and on plain numbers. */
function binary<N extends ArithmeticNode>(codes: (node: N, a: Codes, b: Codes, output: Codes) => void, operator: Arithmetic) {
  return (node: N, inputs: Inputs, [output]: Outputs): void => {
    const operands = broadcastOperands(node, inputs);
    if (isQuantized(node)) codes(node, operands[0] as Codes, operands[1] as Codes, output as Codes);
    else plain(node, operator, operands, output);
  };
}

/** float32 divided by zero gives the largest float, as the clamp in TFLite does; codes and int32 by zero throw `bad-data`. */
function div(node: Node<'DIV'>, inputs: Inputs, outputs: Outputs): void {
  if (outputs[0] instanceof Int32Array) requireNonZero(node, inputs[1]!);
  binary(divCodes, divide)(node, inputs, outputs);
}

/** float32 and int32: the double quotient rounded down (tflite/kernels/internal/reference/floor_div.h). Throws `bad-data` on zero. */
function floorDiv(node: Node<'FLOOR_DIV'>, inputs: Inputs, [output]: Outputs): void {
  requireNonZero(node, inputs[1]!);
  const [a, b] = broadcastOperands(node, inputs) as [Float32Array, Float32Array];
  for (let i = 0; i < output.length; i++) output[i] = Math.floor(a[i] / b[i]);
}

/** The remainder with the divisor's sign (tflite/kernels/internal/reference/floor_mod.h). Throws `bad-data` on an integer zero. */
function floorMod(node: Node<'FLOOR_MOD'>, inputs: Inputs, [output]: Outputs): void {
  if (!(output instanceof Float32Array)) requireNonZero(node, inputs[1]!);
  // Numbers and bigints.
  const [a, b] = broadcastOperands(node, inputs) as [Float32Array, Float32Array];
  for (let i = 0; i < output.length; i++) {
    const remainder = a[i] % b[i];
    output[i] = remainder && b[i] < 0 !== remainder < 0 ? remainder + b[i] : remainder;
  }
}

/** The power in double, stored as float32, or as int32 towards zero (tflite/kernels/pow.cc, which refuses negative int32 exponents). */
function pow(node: Node<'POW'>, inputs: Inputs, [output]: Outputs): void {
  const [a, b] = broadcastOperands(node, inputs) as [Float32Array, Float32Array];
  for (let i = 0; i < output.length; i++) {
    if (b[i] < 0 && output instanceof Int32Array) reject('bad-data', node, `the exponent ${b[i]} is negative`);
    output[i] = a[i] ** b[i];
  }
}

/** (a - b)^2, each step in the dtype (tflite/kernels/squared_difference.cc). */
function squaredDifference(node: Node<'SQUARED_DIFFERENCE'>, inputs: Inputs, [output]: Outputs): void {
  const operands = broadcastOperands(node, inputs);
  if (isQuantized(node)) {
    squaredDifferenceCodes(node, operands[0] as Codes, operands[1] as Codes, output as Codes);
    return;
  }
  const [a, b] = operands as [Float32Array, Float32Array];
  const isFloat = output instanceof Float32Array;
  for (let i = 0; i < output.length; i++) {
    const difference = isFloat ? Math.fround(a[i] - b[i]) : a[i] - b[i];
    output[i] = isFloat ? difference * difference : Math.imul(difference, difference);
  }
}

// Math.max and Math.min take no bigints, and return NaN where TFLite returns the second operand.
// biome-ignore lint/complexity/useMathMinMax: see above
const larger = (a: number, b: number) => (a > b ? a : b);
// biome-ignore lint/complexity/useMathMinMax: see above
const smaller = (a: number, b: number) => (a < b ? a : b);

/** Any dtype; codes are compared as they are (tflite/kernels/maximum_minimum.cc). */
function extremum(node: Node<'MAXIMUM' | 'MINIMUM'>, inputs: Inputs, [output]: Outputs): void {
  // Elements are only compared and moved, so that the cast serves int64 too.
  const [a, b] = broadcastOperands(node, inputs) as [Float32Array, Float32Array];
  const choose = node.type === 'MAXIMUM' ? larger : smaller;
  for (let i = 0; i < output.length; i++) output[i] = choose(a[i], b[i]);
}

/** Inputs: data, slopes (tflite/kernels/activations.cc, `ApplyPrelu`). */
function prelu(node: Node<'PRELU'>, inputs: Inputs, [output]: Outputs): void {
  const [x, slopes] = broadcastOperands(node, inputs);
  if (isQuantized(node)) {
    preluCodes(node, x as Codes, slopes as Codes, output as Codes);
    return;
  }
  const [floats, slopeFloats] = [x, slopes] as [Float32Array, Float32Array];
  for (let i = 0; i < output.length; i++) output[i] = floats[i] >= 0 ? floats[i] : floats[i] * slopeFloats[i];
}

export const arithmeticKernels: ReferenceKernels = {
  ADD: binary(addCodes, add),
  SUB: binary(addCodes, subtract),
  MUL: binary(mulCodes, multiply),
  DIV: div,
  FLOOR_DIV: floorDiv,
  FLOOR_MOD: floorMod,
  POW: pow,
  SQUARED_DIFFERENCE: squaredDifference,
  MAXIMUM: extremum,
  MINIMUM: extremum,
  PRELU: prelu,
};
