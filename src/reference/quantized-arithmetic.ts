// Owns quantized arithmetic with two operands: ADD, SUB, MUL, DIV, SQUARED_DIFFERENCE and PRELU on codes of the output's shape.
import type { Node } from '../graph/graph';
import { reject } from '../graph/reject';
import { activationRange, type CodeType, codeRange } from '../quant/activation-range';
import { reciprocal } from '../quant/fixed-point';
import {
  addLeftShift,
  addLeftShift16,
  addMultipliers,
  divMultiplier,
  identityMultiplier,
  mulMultiplier,
  potShifts,
  slopeMultiplier,
  squaredDifferenceLeftShift,
  squaredDifferenceMultipliers,
} from '../quant/operator-multipliers';
import { tensorParams } from '../quant/params';
import { multiplyByQuantizedMultiplier, roundingDivideByPot, saturatingRoundingDoublingHighMul } from '../quant/requantize';
import type { Codes } from './kernel';

export type ArithmeticNode = Node<'ADD' | 'SUB' | 'MUL' | 'DIV'>;

/** Scales and zero points of both operands and the output, and the output's range under the node's fused activation. */
function quantizationOf(node: ArithmeticNode) {
  const output = tensorParams(node.outputs[0]);
  const dtype = node.outputs[0].dtype as CodeType;
  return {
    a: tensorParams(node.inputs[0]!),
    b: tensorParams(node.inputs[1]!),
    output,
    range: activationRange(node.attributes.activation, output.scale, output.zeroPoint, dtype),
  };
}

/** `AddElementwise`, `SubElementwise` (tflite/kernels/internal/reference/add.h, sub.h). */
export function addCodes(node: Node<'ADD' | 'SUB'>, a: Codes, b: Codes, output: Codes): void {
  const { a: paramsA, b: paramsB, output: params, range } = quantizationOf(node);
  const is16Bit = node.outputs[0].dtype === 'int16';
  const shifts = is16Bit ? potShifts(node) : undefined;
  if (shifts) {
    addShifted(node, shifts, a, b, output);
    return;
  }
  const leftShift = is16Bit ? addLeftShift16 : addLeftShift;
  const multipliers = addMultipliers(paramsA.scale, paramsB.scale, params.scale, leftShift);
  const { multiplier: multiplierA, shift: shiftA } = multipliers.input1;
  const { multiplier: multiplierB, shift: shiftB } = multipliers.input2;
  const { multiplier, shift } = multipliers.output;
  const sign = node.type === 'SUB' ? -1 : 1;
  for (let i = 0; i < output.length; i++) {
    const scaledA = multiplyByQuantizedMultiplier((a[i] - paramsA.zeroPoint) << leftShift, multiplierA, shiftA);
    const scaledB = multiplyByQuantizedMultiplier((b[i] - paramsB.zeroPoint) << leftShift, multiplierB, shiftB);
    const code = multiplyByQuantizedMultiplier(scaledA + sign * scaledB, multiplier, shift) + params.zeroPoint;
    output[i] = Math.min(Math.max(code, range.min), range.max);
  }
}

/** `Add` of int16 with powers of two, `Sub16` (add.h, reference_ops.h): shifted to the right, rounded, added with saturation. */
function addShifted(node: Node<'ADD' | 'SUB'>, [shiftA, shiftB]: readonly [number, number], a: Codes, b: Codes, output: Codes): void {
  const { range } = quantizationOf(node);
  const sign = node.type === 'SUB' ? -1 : 1;
  for (let i = 0; i < output.length; i++) {
    const sum = shiftedToPot(a[i], shiftA) + sign * shiftedToPot(b[i], shiftB);
    output[i] = Math.min(Math.max(sum, range.min), range.max);
  }
}

/** Shifts of 16 and more leave nothing of an int16. */
function shiftedToPot(code: number, shift: number): number {
  return shift > 16 ? 0 : roundingDivideByPot(code, shift);
}

/** `SquaredDifference` on codes (tflite/kernels/squared_difference.cc). */
export function squaredDifferenceCodes(node: Node<'SQUARED_DIFFERENCE'>, a: Codes, b: Codes, output: Codes): void {
  const [paramsA, paramsB, params] = [node.inputs[0]!, node.inputs[1]!, node.outputs[0]].map(tensorParams);
  const { input1, input2, output: scaled } = squaredDifferenceMultipliers(paramsA.scale, paramsB.scale, params.scale);
  const { min, max } = codeRange('int8');
  for (let i = 0; i < output.length; i++) {
    const scaledA = multiplyByQuantizedMultiplier(
      (a[i] - paramsA.zeroPoint) << squaredDifferenceLeftShift,
      input1.multiplier,
      input1.shift,
    );
    const scaledB = multiplyByQuantizedMultiplier(
      (b[i] - paramsB.zeroPoint) << squaredDifferenceLeftShift,
      input2.multiplier,
      input2.shift,
    );
    // At most 32640^2, an int32.
    const square = (scaledA - scaledB) ** 2;
    const code = multiplyByQuantizedMultiplier(square, scaled.multiplier, scaled.shift) + params.zeroPoint;
    output[i] = Math.min(Math.max(code, min), max);
  }
}

/** `MulElementwise` (tflite/kernels/internal/reference/mul.h, integer_ops/mul.h). */
export function mulCodes(node: ArithmeticNode, a: Codes, b: Codes, output: Codes): void {
  const { a: paramsA, b: paramsB, output: params, range } = quantizationOf(node);
  const { multiplier, shift } = mulMultiplier(paramsA.scale, paramsB.scale, params.scale);
  for (let i = 0; i < output.length; i++) {
    const product = (a[i] - paramsA.zeroPoint) * (b[i] - paramsB.zeroPoint);
    const code = multiplyByQuantizedMultiplier(product, multiplier, shift) + params.zeroPoint;
    output[i] = Math.min(Math.max(code, range.min), range.max);
  }
}

/** `DivElementwise` (tflite/kernels/internal/reference/div.h). Throws `bad-data` on a divisor that is real zero. */
export function divCodes(node: ArithmeticNode, a: Codes, b: Codes, output: Codes): void {
  const { a: paramsA, b: paramsB, output: params, range } = quantizationOf(node);
  const { multiplier, shift } = divMultiplier(paramsA.scale, paramsB.scale, params.scale);
  for (let i = 0; i < output.length; i++) {
    const divisor = b[i] - paramsB.zeroPoint;
    if (divisor === 0) rejectZeroDivisor(node);
    const dividend = divisor < 0 ? paramsA.zeroPoint - a[i] : a[i] - paramsA.zeroPoint;
    const inverse = reciprocal(Math.abs(divisor), 31);
    // The left shift that normalizes the dividend: the number of its leading sign bits less 1.
    const headroom = Math.clz32(dividend ^ (dividend >> 31)) - 1;
    const quotient = saturatingRoundingDoublingHighMul(dividend << headroom, inverse.reciprocal);
    const rightShift = inverse.bitsOverUnit + headroom - shift;
    // Shifts beyond 31 bits are undefined in TFLite; what is left of the quotient rounds to 0.
    const scaled = rightShift > 31 ? 0 : roundingDivideByPot(saturatingRoundingDoublingHighMul(quotient, multiplier), rightShift);
    output[i] = Math.min(Math.max(scaled + params.zeroPoint, range.min), range.max);
  }
}

export function rejectZeroDivisor(node: Node): never {
  reject('bad-data', node, 'its divisor contains 0');
}

/** `Prelu` (tflite/kernels/internal/reference/prelu.h); `slopes` of the output's shape. */
export function preluCodes(node: Node<'PRELU'>, codes: Codes, slopes: Codes, output: Codes): void {
  const input = tensorParams(node.inputs[0]!);
  const slope = tensorParams(node.inputs[1]!);
  const params = tensorParams(node.outputs[0]);
  const { min, max } = codeRange(node.outputs[0].dtype as CodeType);
  const positive = identityMultiplier(input.scale, params.scale);
  const negative = slopeMultiplier(input.scale, slope.scale, params.scale);
  for (let i = 0; i < output.length; i++) {
    const x = codes[i] - input.zeroPoint;
    const scaled =
      x >= 0
        ? multiplyByQuantizedMultiplier(x, positive.multiplier, positive.shift)
        : multiplyByQuantizedMultiplier(x * (slopes[i] - slope.zeroPoint), negative.multiplier, negative.shift);
    output[i] = Math.min(Math.max(scaled + params.zeroPoint, min), max);
  }
}
