// Owns gemmlowp's fixed-point functions on int16: exp, logistic and tanh, as integer LSTMs compute them.
import { saturatingRoundingDoublingHighMul16 as multiply, roundingDivideByPot } from './requantize';

// Qm.n has a sign, m integer and n fractional bits, m + n = 15: raw = real * 2^n. Source: gemmlowp/fixedpoint/fixedpoint.h with
// FixedPoint<int16_t, m>; additions wrap modulo 2^16. Constants are those of int32, divided by 2^16 (RescaleConstantInitializer).

/** The largest Q0.15, which stands for 1. */
const one = 0x7fff;

function wrap(x: number): number {
  return (x << 16) >> 16;
}

function constant(raw: number): number {
  return roundingDivideByPot(raw, 16);
}

/** x * 2^exponent, saturated to int16 (`SaturatingRoundingMultiplyByPOT`). */
function shiftLeft(x: number, exponent: number): number {
  return Math.max(-0x8000, Math.min(0x7fff, x * 2 ** exponent));
}

const [expOfEighth, third] = [constant(1895147668), constant(715827883)];
const [fortyEight17ths, thirtyTwo17ths] = [constant(1515870810), constant(-1010580540)];

/** exp(-2^k) in Q0.15, k = -2 to 4. */
const expOfPowers = [1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242].map(constant);

/** exp(a) for a in [-1/4, 0), Q0.15: the Taylor series at -1/8 (`exp_on_interval_between_negative_one_quarter_and_0_excl`). */
function expNearZero(a: number): number {
  const x = wrap(a + 2 ** 12);
  const x2 = multiply(x, x);
  const x3 = multiply(x2, x);
  const x4 = multiply(x2, x2);
  const cubicAndQuartic = multiply(wrap(roundingDivideByPot(x4, 2) + x3), third);
  const series = wrap(x + roundingDivideByPot(wrap(cubicAndQuartic + x2), 1));
  return shiftLeft(expOfEighth + multiply(expOfEighth, series), 0);
}

/** exp of a raw number <= 0 with `integerBits` integer bits, 0 to 7, as raw Q0.15 (`exp_on_negative_values`). */
function expOnNegativeValues(raw: number, integerBits: number): number {
  if (raw === 0) return one;
  // -32 and less; with 6 integer bits or more.
  if (integerBits > 5 && raw < -(2 ** (20 - integerBits))) return 0;
  const quarter = 2 ** (13 - integerBits);
  const fraction = wrap((raw & (quarter - 1)) - quarter);
  let result = expNearZero(shiftLeft(fraction, integerBits));
  const quarters = wrap(fraction - raw);
  for (let i = 0; i < integerBits + 2 && i < expOfPowers.length; i++) {
    if (quarters & (quarter << i)) result = multiply(result, expOfPowers[i]);
  }
  return result;
}

/** 2 / (1 + a) for a raw Q0.15 in [0, 1], as raw Q2.13: three Newton-Raphson steps from 48/17 - 32/17 * (1 + a) / 2. */
function twoOverOnePlusX(a: number): number {
  const half = Math.trunc((a + one + 1) / 2);
  let x = wrap(fortyEight17ths + multiply(half, thirtyTwo17ths));
  for (let i = 0; i < 3; i++) {
    const error = wrap(2 ** 13 - multiply(half, x));
    x = wrap(x + shiftLeft(multiply(x, error), 2));
  }
  return x;
}

/** 1 / (1 + exp(-x)) of a raw Q3.12, as raw Q0.15 (`logistic`). */
export function logistic16(raw: number): number {
  if (raw === 0) return 0x4000;
  const result = shiftLeft(twoOverOnePlusX(expOnNegativeValues(raw > 0 ? -raw : raw, 3)), 1);
  return raw > 0 ? result : one - result;
}

/** tanh of a raw number with `integerBits` integer bits, 0 to 6, as raw Q0.15 (`tanh`). */
export function tanh16(raw: number, integerBits: number): number {
  if (raw === 0) return 0;
  // exp(-2 |x|): the same raw number with one more integer bit.
  const result = shiftLeft(wrap(twoOverOnePlusX(expOnNegativeValues(raw > 0 ? -raw : raw, integerBits + 1)) - 2 ** 13), 2);
  return raw > 0 ? result : -result;
}
