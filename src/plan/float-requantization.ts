// Owns the proof that float32 requantization is exact for a multiplier: every step of the result is checked.
//
// The normative result f(x) and the float32 one g(x) (assembly/requantize.ts) both grow with x, so they agree on all int32 if they agree
// on both sides of every step: g(x) >= k and g(x - 1) < k for the least x with f(x) >= k, for every k inside the clamp.

const f32 = Math.fround;
/** 1.5 x 2^23: float32 near it are integers, so adding it rounds to the nearest integer, ties to even. */
export const floatInteger = 12582912;
/** Upper bound of |x scale|, below which that addition is exact. */
export const floatLimit = 2 ** 21;
/** Larger exponents make numerators inexact in a double, and float32 is never exact for them. */
const maxExponent = 12;
/** Scales that are tried, in units in the last place from the nearest, which may round a tie to even where the normative result is odd. */
const scaleOffsets = [0, 1, 2, -1, 3];

interface FloatScale {
  readonly scale: number;
  /** Half of the second rounding's bias, 2^-(e + 1); 0 without one. */
  readonly offset: number;
}

/**
 * Least x with MultiplyByQuantizedMultiplier(x, multiplier, -exponent) >= k; see assembly/requantize.ts for the formulas it inverts.
 * multiplier in [2^30, 2^31), |k| <= 2^9, exponent <= 12: all integers stay below 2^53.
 */
export function leastAccumulator(k: number, multiplier: number, exponent: number): number {
  if (exponent <= 0) return ceilDivide((2 * k - 1) * 2 ** 30, multiplier * 2 ** -exponent);
  const high = (2 * k - 1) * 2 ** (exponent - 1) + (k <= 0 ? 1 : 0);
  return ceilDivide(high * 2 ** 31 - 2 ** 30, multiplier);
}

function ceilDivide(numerator: number, divisor: number): number {
  let quotient = Math.floor(numerator / divisor);
  // The rounded division may be off by one.
  while (quotient * divisor < numerator) quotient++;
  while ((quotient - 1) * divisor >= numerator) quotient--;
  return quotient;
}

function floatResult(x: number, scale: number, offset: number): number {
  const real = f32(f32(f32(x) * scale) + (x < 0 ? -offset : offset));
  return f32(real + floatInteger) - floatInteger;
}

/** A scale and offset whose results equal the normative ones for all accumulators and results in [lower, upper], if one is found. */
export function findFloatScale(multiplier: number, shift: number, lower: number, upper: number): FloatScale | undefined {
  const exponent = -shift;
  if (multiplier < 2 ** 30 || exponent > maxExponent || exponent < -8) return undefined;
  const nearest = multiplier * 2 ** (shift - 31);
  const offset = exponent > 0 ? 2 ** -(exponent + 1) : 0;
  const steps = new Float64Array(upper - lower);
  for (let i = 0; i < steps.length; i++) steps[i] = leastAccumulator(lower + 1 + i, multiplier, exponent);
  for (const units of scaleOffsets) {
    const scale = f32(nearest * (1 + units * 2 ** -23));
    if (isExact(steps, lower, scale, offset)) return { scale, offset };
  }
  return undefined;
}

/** Whether both sides of every step are right; entry i of `steps` is the least accumulator whose result is lower + 1 + i. */
function isExact(steps: Float64Array, lower: number, scale: number, offset: number): boolean {
  for (let i = 0; i < steps.length; i++) {
    const x = steps[i];
    const k = lower + 1 + i;
    if (x < 2 ** 31 && floatResult(x, scale, offset) < k) return false;
    if (x > -(2 ** 31) && floatResult(x - 1, scale, offset) >= k) return false;
  }
  return true;
}
