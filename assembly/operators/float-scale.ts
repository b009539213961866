// Owns the proof that float32 requantization is exact for a multiplier: every step of the result is checked.
//
// The normative result f(x) and the float32 one g(x) (../requantize.ts) both grow with x, so they agree on all int32 if they agree
// on both sides of every step: g(x) >= k and g(x - 1) < k for the least x with f(x) >= k, for every k inside the clamp. The host could
// compute the same, but loads on cold JavaScript, where these loops take milliseconds.
import { FloatScaleDescriptor } from '../abi-load';

/** 1.5 x 2^23: float32 near it are integers, so adding it rounds to the nearest integer, ties to even. */
const FLOAT_INTEGER: f32 = 12582912;
const TWO_31: f64 = 2147483648;

// @ts-ignore: decorator
@inline
function powerOfTwo(exponent: i32): f64 {
  return reinterpret<f64>(<u64>(1023 + exponent) << 52);
}

function ceilDivide(numerator: f64, divisor: f64): f64 {
  let quotient = Math.floor(numerator / divisor);
  // The rounded division may be off by one.
  while (quotient * divisor < numerator) quotient++;
  while ((quotient - 1) * divisor >= numerator) quotient--;
  return quotient;
}

/**
 * Least x with MultiplyByQuantizedMultiplier(x, multiplier, -exponent) >= k; see ../requantize.ts for the formulas that it inverts.
 * multiplier in [2^30, 2^31), |k| <= 2^9, -8 <= exponent <= 12: all integers stay below 2^53.
 */
function leastAccumulator(k: i32, multiplier: f64, exponent: i32): f64 {
  const odd = <f64>(2 * k - 1);
  if (exponent <= 0) return ceilDivide(odd * 1073741824, multiplier * powerOfTwo(-exponent));
  const high = odd * powerOfTwo(exponent - 1) + (k <= 0 ? 1 : 0);
  return ceilDivide(high * TWO_31 - 1073741824, multiplier);
}

// @ts-ignore: decorator
@inline
function floatResult(x: f64, scale: f32, offset: f32): f32 {
  const real = <f32>x * scale + (x < 0 ? -offset : offset);
  return real + FLOAT_INTEGER - FLOAT_INTEGER;
}

function isExact(d: FloatScaleDescriptor, exponent: i32, scale: f32, offset: f32): bool {
  for (let k = d.lower + 1; k <= d.upper; k++) {
    const x = leastAccumulator(k, <f64>d.multiplier, exponent);
    if (x < TWO_31 && floatResult(x, scale, offset) < <f32>k) return false;
    if (x > -TWO_31 && floatResult(x - 1, scale, offset) >= <f32>k) return false;
  }
  return true;
}

/** Writes a scale whose results equal the normative ones for all accumulators and results in [lower, upper], or 0; see the descriptor. */
export function floatScale(d: FloatScaleDescriptor): void {
  const exponent = -d.shift;
  const nearest = <f64>d.multiplier * powerOfTwo(d.shift - 31);
  const offset: f32 = exponent > 0 ? <f32>powerOfTwo(-exponent - 1) : 0;
  // Units in the last place from the nearest scale, which may round a tie to even where the normative result is odd: 0, 1, 2, 3 and -1.
  for (let units = 0; units <= 4; units++) {
    const scale = <f32>(nearest * (1 + <f64>(units == 4 ? -1 : units) * powerOfTwo(-23)));
    store<f32>(d.output, isExact(d, exponent, scale, offset) ? scale : 0);
    if (load<f32>(d.output) != 0) return;
  }
}
