// Owns the check of one quantization by itself: its scales, its zero points and their number.
import { type CodeRange, type CodeType, codeRange } from '../quant/activation-range';
import type { Node, Value } from './graph';

/** Zero points of dtypes that hold no codes: any int32, as TFLite stores them. */
const int32Range: CodeRange = { min: -(2 ** 31), max: 2 ** 31 - 1 };

/** Whether elements are codes, which stand for reals when quantization is given. */
export function holdsCodes({ dtype }: Value): boolean {
  return dtype === 'uint8' || dtype === 'int8' || dtype === 'int16';
}

/** Whether a comparison is one of int16 codes as they are, whatever their scales: all but EQUAL and NOT_EQUAL (tflite/kernels/comparisons.cc). */
export function comparesCodes({ type, inputs: [first] }: Node): boolean {
  return first?.dtype === 'int16' && type !== 'EQUAL' && type !== 'NOT_EQUAL';
}

/** What is wrong with the quantization of a value that has one: scales, zero points, and one per channel or one for all. */
export function quantizationFault(value: Value): string | undefined {
  const { scale, zeroPoint, axis } = value.quantization!;
  if (scale.length === 0 || scale.length !== zeroPoint.length) return `${scale.length} scales, but ${zeroPoint.length} zero points`;
  const badScale = scale.find((s) => !(s > 0 && Number.isFinite(s) && Math.fround(s) === s));
  if (badScale !== undefined) return `scale ${badScale} must be a float32, finite and > 0`;
  const { min, max } = holdsCodes(value) ? codeRange(value.dtype as CodeType) : int32Range;
  const badZero = zeroPoint.find((z) => !(Number.isInteger(z) && z >= min && z <= max));
  if (badZero !== undefined) return `zero point ${badZero} must be an integer in ${min}..${max}`;
  return channelFault(scale.length, value.shape, axis);
}

/** Several scales must be as many as the dimension that they run along. */
export function channelFault(scales: number, shape: readonly number[], axis: number): string | undefined {
  return scales > 1 && scales !== shape[axis] ? `${scales} scales for dimension ${axis} of shape [${shape}]` : undefined;
}
