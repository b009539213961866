// Owns TFLite's fixed-point arithmetic in BigInt, word for word after its C++: the oracle of everything that requantizes.

const half = 1n << 30n;
const divisor = 1n << 31n;
const int32Min = -(2 ** 31);

/** SaturatingRoundingDoublingHighMul of gemmlowp/fixedpoint/fixedpoint.h: nudge by sign, division towards zero. */
function saturatingRoundingDoublingHighMul(a: number, b: number): number {
  if (a === int32Min && b === int32Min) return 2 ** 31 - 1;
  const product = BigInt(a) * BigInt(b);
  return Number((product + (product >= 0n ? half : 1n - half)) / divisor);
}

/** RoundingDivideByPOT of the same file, on int32. */
function roundingDivideByPot(x: number, exponent: number): number {
  const mask = Number((1n << BigInt(exponent)) - 1n) | 0;
  const remainder = x & mask;
  const threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + (remainder > threshold ? 1 : 0);
}

/** MultiplyByQuantizedMultiplier without TFLITE_SINGLE_ROUNDING (tflite/kernels/internal/common.cc); the left shift wraps. */
export function multiplyByQuantizedMultiplier(x: number, multiplier: number, shift: number): number {
  const shifted = shift > 0 ? Number(BigInt.asIntN(32, BigInt(x) << BigInt(shift))) : x;
  return roundingDivideByPot(saturatingRoundingDoublingHighMul(shifted, multiplier), shift < 0 ? -shift : 0);
}
