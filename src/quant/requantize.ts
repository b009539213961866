// Owns the normative rounding from int32 accumulators to codes, the oracle of assembly/requantize.ts.

/**
 * The high half of 2ab, rounded: floor((a * b + 2^30) / 2^31), saturated for a = b = -2^31. `a` and `b` are int32.
 * Ties go up. gemmlowp/fixedpoint/fixedpoint.h writes it with a sign-dependent nudge and a truncating division, which is the same.
 */
export function saturatingRoundingDoublingHighMul(a: number, b: number): number {
  // a * b = high * 2^16 + low with |high| <= 2^46 and |low| < 2^47, so every double below is an exact integer; the
  // multiplications by powers of two are exact as well, and flooring twice equals flooring once.
  const high = a * (b >> 16);
  const low = a * (b & 0xffff);
  const result = Math.floor((high + Math.floor((low + 0x40000000) * 2 ** -16)) * 2 ** -15);
  return Math.min(result, 0x7fffffff);
}

/** The same for int16: floor((a * b + 2^14) / 2^15), saturated for a = b = -2^15. */
export function saturatingRoundingDoublingHighMul16(a: number, b: number): number {
  const result = (a * b + 0x4000) >> 15;
  return Math.min(result, 0x7fff);
}

/** x / 2^exponent to the nearest integer, ties away from zero; int32 `x`, 0 <= exponent <= 31. gemmlowp/fixedpoint/fixedpoint.h. */
export function roundingDivideByPot(x: number, exponent: number): number {
  const mask = ((1 << exponent) - 1) | 0;
  const threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + ((x & mask) > threshold ? 1 : 0);
}

/**
 * x * multiplier * 2^(shift - 31), rounded twice, as `MultiplyByQuantizedMultiplier` does without TFLITE_SINGLE_ROUNDING
 * (tflite/kernels/internal/common.cc). `x` and `multiplier` are int32, shift >= -31; the left shift wraps modulo 2^32.
 */
export function multiplyByQuantizedMultiplier(x: number, multiplier: number, shift: number): number {
  if (shift <= 0) return roundingDivideByPot(saturatingRoundingDoublingHighMul(x, multiplier), -shift);
  return saturatingRoundingDoublingHighMul(shift < 32 ? x << shift : 0, multiplier);
}

/** The upper 16 bits of a multiplier, rounded, in Q0.15; the last ones saturate. */
export function reducedMultiplier(multiplier: number): number {
  return multiplier < 0x7fff0000 ? (multiplier + 0x8000) >> 16 : 0x7fff;
}

/**
 * x * reduced multiplier * 2^(shift - 15), to the nearest integer, ties up, wrapped to int32: `MultiplyByQuantizedMultiplier` of an int64
 * `x`, an integer of magnitude below 2^48, for shifts of -31 to 7 (tflite/kernels/internal/common.cc).
 */
export function multiplyByReducedMultiplier(x: number, multiplier: number, shift: number): number {
  const reduced = reducedMultiplier(multiplier);
  const right = 15 - shift;
  // Below 2^52 + 2^45: exact in doubles, and dividing by a power of two is, too.
  if (Math.abs(x) < 2 ** 37) return Math.floor((x * reduced + 2 ** (right - 1)) / 2 ** right) | 0;
  return Number(BigInt.asIntN(32, (BigInt(x) * BigInt(reduced) + (1n << BigInt(right - 1))) >> BigInt(right)));
}
