// Owns what makes a quantization senseless, whatever operator uses it.
import type { DType, Value } from './graph';

/** Codes that a zero point may take. Types that are not codes may carry any int32, as TFLite stores it. */
const codeRanges: Readonly<Partial<Record<DType, readonly [number, number]>>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  int16: [-32768, 32767],
};
const int32Range = [-(2 ** 31), 2 ** 31 - 1] as const;

/** Whether elements are codes that stand for reals when quantization is given. */
export function holdsCodes({ dtype }: Value): boolean {
  return dtype in codeRanges;
}

/** What is wrong with the quantization of a value that has one: scales, zero points, and one per channel or one for all. */
export function quantizationFault({ dtype, shape, quantization }: Value): string | undefined {
  const { scale, zeroPoint, axis } = quantization!;
  if (scale.length === 0 || scale.length !== zeroPoint.length) return `${scale.length} scales, but ${zeroPoint.length} zero points`;
  const badScale = scale.find((s) => !(s > 0 && Number.isFinite(s) && Math.fround(s) === s));
  if (badScale !== undefined) return `scale ${badScale} must be a float32, finite and > 0`;
  const [low, high] = codeRanges[dtype] ?? int32Range;
  const badZero = zeroPoint.find((z) => !(Number.isInteger(z) && z >= low && z <= high));
  if (badZero !== undefined) return `zero point ${badZero} must be an integer in ${low}..${high}`;
  const perChannel = scale.length > 1 && scale.length !== shape[axis];
  return perChannel ? `${scale.length} scales for dimension ${axis} of shape [${shape}]` : undefined;
}
