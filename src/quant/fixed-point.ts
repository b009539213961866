// Owns gemmlowp's fixed-point functions on int32: exp, log, 1 / (1 + x), reciprocal and inverse square root.
import { roundingDivideByPot, saturatingRoundingDoublingHighMul } from './requantize';

// Qm.n below has a sign, m integer and n fractional bits: raw = real * 2^n. Sources: gemmlowp/fixedpoint/fixedpoint.h and
// tflite/kernels/internal/common.h. Additions wrap modulo 2^32 as int32 does.

/** x * 2^exponent, saturated to int32; exponent > 0. */
function saturatingShiftLeft(x: number, exponent: number): number {
  const limit = 2 ** (31 - exponent) - 1;
  if (x > limit) return 0x7fffffff;
  if (x < -limit) return -0x80000000;
  return x << exponent;
}

/** exp(a) for a in [-1/4, 0), Q0.31: the Taylor series at -1/8 (`exp_on_interval_between_negative_one_quarter_and_0_excl`). */
function expNearZero(a: number): number {
  const x = (a + 2 ** 28) | 0;
  const x2 = saturatingRoundingDoublingHighMul(x, x);
  const x3 = saturatingRoundingDoublingHighMul(x2, x);
  const x4 = saturatingRoundingDoublingHighMul(x2, x2);
  // 715827883 is 1/3, 1895147668 is exp(-1/8).
  const cubicAndQuartic = saturatingRoundingDoublingHighMul((roundingDivideByPot(x4, 2) + x3) | 0, 715827883);
  const series = (x + roundingDivideByPot((cubicAndQuartic + x2) | 0, 1)) | 0;
  return (1895147668 + saturatingRoundingDoublingHighMul(1895147668, series)) | 0;
}

const expFractionalBits = 26;

/** exp(-2^k) in Q0.31, k = -2 to 4. */
const expOfPowers = [1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242];

/** exp of a raw Q5.26 number <= 0, as raw Q0.31 (`exp_on_negative_values`). */
export function expOnNegativeValues(raw: number): number {
  if (raw === 0) return 0x7fffffff;
  const quarter = 1 << (expFractionalBits - 2);
  const fraction = (raw & (quarter - 1)) - quarter;
  let result = expNearZero(saturatingShiftLeft(fraction, 31 - expFractionalBits));
  const quarters = (fraction - raw) | 0;
  for (let i = 0; i < expOfPowers.length; i++) {
    if (quarters & (quarter << i)) result = saturatingRoundingDoublingHighMul(result, expOfPowers[i]);
  }
  return result;
}

/** 1 / (1 + a) for a raw Q0.31 number in [0, 1), as raw Q0.31 (`one_over_one_plus_x_for_x_in_0_1`). */
export function oneOverOnePlusX(raw: number): number {
  // (1 + a) / 2, rounded, and three Newton-Raphson steps from 48/17 - 32/17 * that, in Q2.29.
  const half = Math.trunc((raw + 0x80000000) / 2);
  let x = (1515870810 + saturatingRoundingDoublingHighMul(half, -1010580540)) | 0;
  for (let i = 0; i < 3; i++) {
    const error = (2 ** 29 - saturatingRoundingDoublingHighMul(half, x)) | 0;
    x = (x + saturatingShiftLeft(saturatingRoundingDoublingHighMul(x, error), 2)) | 0;
  }
  return saturatingShiftLeft(x, 1);
}

/**
 * 1 / x for a positive int32 `x` with `integerDigits` integer bits (`GetReciprocal`):
 * 1 / real(x) = reciprocal * 2^(-31 - bitsOverUnit).
 */
export function reciprocal(x: number, integerDigits: number): { reciprocal: number; bitsOverUnit: number } {
  const headroom = Math.clz32(x);
  return {
    reciprocal: oneOverOnePlusX(((x << headroom) - 0x80000000) | 0),
    bitsOverUnit: integerDigits - headroom,
  };
}

/**
 * log of a sum of exponentials, a raw Q12.19 number >= 1, as raw Q5.26 (`log_x_for_x_greater_than_or_equal_to_1` in
 * tflite/kernels/internal/common.h): x = r * 2^n with r near sqrt(sqrt(1/2)), where a quotient of polynomials approximates the logarithm.
 */
export function logOfSum(x: number): number {
  const multiply = saturatingRoundingDoublingHighMul;
  // sqrt(1/2) and sqrt(sqrt(1/2)) in Q0.31; n has 6 integer bits, of which 2^23 is a quarter.
  const [sqrtHalf, centre, quarter] = [1518500250, 1805811301, 2 ** 23];
  const headroomA = Math.clz32(x);
  const headroomB = Math.clz32(multiply(x, sqrtHalf)) - 1;
  const a = saturatingShiftLeft(multiply(saturatingShiftLeft(x, headroomA - 1), sqrtHalf), 1);
  const r = Math.min(a, saturatingShiftLeft(x, headroomB));
  const n = Math.max((12 - headroomA) * 2 ** 25 + quarter, (12 - headroomB) * 2 ** 25 - quarter);
  const p = Math.trunc((r + centre + 1) / 2);
  const q = 2 * (r - centre);
  const square = multiply(q, q);
  // With s = sqrt(sqrt(2)): 11 s / 240, 2 / s - s, s / 20 and s / 4 in Q0.31.
  const numerator = (multiply(q, r) + multiply(multiply(q, square), 117049297)) | 0;
  const denominator = (multiply(p, (1057819769 + q + multiply(127690142, square)) | 0) + multiply(638450708, q)) | 0;
  const fraction = multiply(roundingDivideByPot(numerator, 6), oneOverOnePlusX(denominator));
  // 1488522236 is log(2) in Q0.31.
  return saturatingShiftLeft((multiply(n, 1488522236) + fraction) | 0, 1);
}

/** 1 / sqrt(x) for int32 x >= 0 as multiplier * 2^(shift - 31); 1 for x <= 1 (`GetInvSqrtQuantizedMultiplierExp`, reverse_shift -1). */
export function inverseSqrt(x: number): { multiplier: number; shift: number } {
  if (x <= 1) return { multiplier: 0x7fffffff, shift: 0 };
  let rightShift = 11;
  let scaled = x;
  while (scaled >= 2 ** 29) {
    scaled = Math.trunc(scaled / 4);
    rightShift++;
  }
  const leftBitPairs = ((Math.clz32(scaled) - 1) >> 1) - 1;
  rightShift -= leftBitPairs;
  scaled <<= 2 * leftBitPairs;
  // Now 2^27 <= scaled < 2^29; Newton-Raphson in Q3.28 from 1.
  const halfInput = roundingDivideByPot(scaled >> 1, 1);
  const threeHalves = 2 ** 28 + 2 ** 27;
  let y = 2 ** 28;
  for (let i = 0; i < 5; i++) {
    const square = saturatingRoundingDoublingHighMul(y, y);
    const cube = saturatingShiftLeft(saturatingRoundingDoublingHighMul(square, y), 6);
    const step = saturatingRoundingDoublingHighMul(threeHalves, y) - saturatingRoundingDoublingHighMul(halfInput, cube);
    y = saturatingShiftLeft(step | 0, 3);
  }
  // sqrt(2) / 2 in Q0.31 makes up for the odd exponent of the Q3.28 input.
  y = saturatingRoundingDoublingHighMul(y, 1518500250);
  if (rightShift < 0) {
    y <<= -rightShift;
    rightShift = 0;
  }
  return { multiplier: y, shift: -rightShift };
}
