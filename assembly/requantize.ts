// Owns the way from int32 accumulators to centred int16: TFLite's double rounding, scalar and four lanes at a time.
//
// Normative: MultiplyByQuantizedMultiplier(x, m, s) of tensorflow/lite/kernels/internal/common.cc with double rounding, of an accumulator
// x, a multiplier 0 <= m < 2^31 and a shift s, positive to the left. With e = -s it is
//   e >= 1:  y = SRDHM(x, m), z = RDBP(y, e)      e <= 0:  z = SRDHM(x 2^-e, m), no second rounding
// from SaturatingRoundingDoublingHighMul and RoundingDivideByPOT (gemmlowp/fixedpoint/fixedpoint.h):
//   SRDHM(x, m) = floor((x m + 2^30) / 2^31). The source adds 1 - 2^30 to a negative product and truncates towards zero, which is
//     ceil((x m + 1 - 2^30) / 2^31), the same number. It saturates for x = m = -2^31 only.
//   RDBP(y, e) = floor((y + 2^(e-1) - [y < 0]) / 2^e). The source adds 1 to y >> e where y mod 2^e > 2^(e-1) - 1 + [y < 0].
//
// A layer has one right shift E >= e of all channels. A channel with e < E has its weights and bias, hence its accumulator, multiplied by
// f = 2^(E-e) beforehand. Below, X = f x is what the sequences get, and R the channel's rounding constant:
//   e >= 1:  R = 2^(30+E-e) + 2^(30+E) = f 2^30 + 2^(30+E)      e <= 0:  R = 2^(30+E)
// E <= 29, so that all 64-bit sums stay below 2^63: |X m| <= 2^62 and R <= 2^59 + 2^58.
//
// Both derivations use floor(floor(a) / n) = floor(a / n) and floor(a) + k = floor(a + k) for integers n > 0 and k.
import { Requantization, ScalarRequantization } from './abi';

/** The high 32 bits of the four 64-bit lanes of a and b. */
// @ts-ignore: decorator
@inline
function highWords(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
}

/**
 * floor((X m + R) / 2^(31+E)) for clamps with a lower bound >= 0; `shift` = E - 1 >= 0, since the high word is a shift by 32.
 *
 * x >= 0, e >= 1: y >= 0, so z = floor((floor((x m + 2^30) / 2^31) + 2^(e-1)) / 2^e) = floor((x m + 2^30 + 2^(30+e)) / 2^(31+e));
 * numerator and denominator times f give the above. x >= 0, e <= 0: X = 2^E (x 2^-e), so z = floor((X m + 2^(30+E)) / 2^(31+E)).
 * x < 0: z <= 0, and the above is <= 0 as well since X m <= 0 and R < 2^(31+E); the clamp turns both into its lower bound.
 */
// @ts-ignore: decorator
@inline
function nonNegative(x: v128, multiplier: v128, roundingLow: v128, roundingHigh: v128, shift: i32): v128 {
  return i32x4.shr_s(nonNegativeHigh(x, multiplier, roundingLow, roundingHigh), shift);
}

/** The high words of X m + R: the above before the shift. */
// @ts-ignore: decorator
@inline
function nonNegativeHigh(x: v128, multiplier: v128, roundingLow: v128, roundingHigh: v128): v128 {
  return highWords(
    i64x2.add(i64x2.extmul_low_i32x4_s(x, multiplier), roundingLow),
    i64x2.add(i64x2.extmul_high_i32x4_s(x, multiplier), roundingHigh),
  );
}

/**
 * floor((floor((2 X m + 2 R) / 2^32) + [X < 0] c) / 2^E) for any clamp and |X| < 2^30; `shift` = E >= 0, the rounding constants are 2 R
 * and `correction` is c = -f for e >= 1, 0 for e <= 0.
 *
 * e >= 1, hence E >= 1. Let t = (x m + 2^30) / 2^31, so that y = floor(t).
 *   1. (2 X m + 2 R) / 2^32 = (f x m + f 2^30 + 2^(30+E)) / 2^31 = f t + 2^(E-1).
 *   2. 2^(E-1) and f are integers, so the result is floor((f t + 2^(E-1) - f [x < 0]) / 2^E).
 *   3. Numerator and denominator divided by f: floor((t + 2^(e-1) - [x < 0]) / 2^e).
 *   4. 2^(e-1) is an integer, so this is floor((y + 2^(e-1) - [x < 0]) / 2^e): RDBP(y, e) with [x < 0] in the place of [y < 0].
 *   5. x >= 0 gives y >= 0. x < 0 gives y <= 0, since x m + 2^30 < 2^31. The two differ for x < 0 and y = 0 only, and there
 *      floor((2^(e-1) - 1) / 2^e) = 0 = floor(2^(e-1) / 2^e).
 * e <= 0. Let t = (x 2^-e m + 2^30) / 2^31, so that z = floor(t). With X = 2^E (x 2^-e) the high word is floor(2^E t), and
 *   floor(floor(2^E t) / 2^E) = floor(t).
 *
 * Bounds: |2 X| < 2^31 is an int32; |2 X m| < 2^62 and 2 R <= 2^60 + 2^59, so the sum is an int64; its high word is below
 * 2^30 + 2^28 + 2^27 in magnitude and |c| <= 2^28, so their sum is an int32.
 */
// @ts-ignore: decorator
@inline
function signed(x: v128, multiplier: v128, roundingLow: v128, roundingHigh: v128, correction: v128, shift: i32): v128 {
  return i32x4.shr_s(signedHigh(x, x, multiplier, roundingLow, roundingHigh, correction), shift);
}

/**
 * The above before the shift. `scaled` is X and `x` has its sign. For accumulators x without their channel's factor, where every channel
 * has e >= 1, so that the correction is -f, `scaled` is x times the correction, which is -X, and `multiplier` is -m.
 */
// @ts-ignore: decorator
@inline
function signedHigh(scaled: v128, x: v128, multiplier: v128, roundingLow: v128, roundingHigh: v128, correction: v128): v128 {
  const doubled = i32x4.add(scaled, scaled);
  const highWord = highWords(
    i64x2.add(i64x2.extmul_low_i32x4_s(doubled, multiplier), roundingLow),
    i64x2.add(i64x2.extmul_high_i32x4_s(doubled, multiplier), roundingHigh),
  );
  return i32x4.add(highWord, v128.and(i32x4.shr_s(x, 31), correction));
}

/** The upper halves of the eight 32-bit lanes of a and b. */
// @ts-ignore: decorator
@inline
function upperHalves(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31);
}

/**
 * float32(float32(x scale) + offset) rounded to the nearest integer by adding and subtracting 1.5 x 2^23, near which consecutive float32
 * numbers are consecutive integers; |x scale| < 2^21. Equal to the normative arithmetic for scales and offsets that the host has checked
 * at every step of the result (src/plan/float-requantization.ts): the same on every engine, since WebAssembly's float32 is IEEE 754's.
 * With `isSigned` the offset takes the sign of x, since RDBP rounds halves away from zero.
 */
// @ts-ignore: decorator
@inline
function float(x: v128, scale: v128, offset: v128, integers: v128, signs: v128, isSigned: bool): v128 {
  if (isSigned) offset = v128.or(offset, v128.and(x, signs));
  const real = f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(x), scale), offset);
  return i32x4.sub(f32x4.add(real, integers), integers);
}

/** The normative arithmetic for one accumulator, step by step as in its sources; shift > 0 is a left shift and wraps. */
export function multiplyByQuantizedMultiplier(x: i32, multiplier: i32, shift: i32): i32 {
  const shifted = shift > 31 ? 0 : shift > 0 ? x << shift : x;
  const high = <i32>((<i64>shifted * <i64>multiplier + (1 << 30)) >> 31);
  if (shift >= 0) return high;
  const exponent = -shift;
  const mask: i32 = <i32>((<i64>1 << exponent) - 1);
  const remainder = high & mask;
  const threshold = (mask >> 1) + <i32>(high < 0);
  return (high >> exponent) + <i32>(remainder > threshold);
}

/** Four lanes of the normative arithmetic; constants: +0 multipliers, +16 shifts. */
export function general(x: v128, constants: usize): v128 {
  let result = i32x4.splat(multiplyByQuantizedMultiplier(i32x4.extract_lane(x, 0), load<i32>(constants), load<i32>(constants, 16)));
  result = i32x4.replace_lane(
    result,
    1,
    multiplyByQuantizedMultiplier(i32x4.extract_lane(x, 1), load<i32>(constants, 4), load<i32>(constants, 20)),
  );
  result = i32x4.replace_lane(
    result,
    2,
    multiplyByQuantizedMultiplier(i32x4.extract_lane(x, 2), load<i32>(constants, 8), load<i32>(constants, 24)),
  );
  return i32x4.replace_lane(
    result,
    3,
    multiplyByQuantizedMultiplier(i32x4.extract_lane(x, 3), load<i32>(constants, 12), load<i32>(constants, 28)),
  );
}

/** Eight int32 to int16 by saturation, then clamped. */
// @ts-ignore: decorator
@inline
export function narrowClamp(low: v128, high: v128, lower: v128, upper: v128): v128 {
  return i16x8.min_s(i16x8.max_s(i16x8.narrow_i32x4_s(low, high), lower), upper);
}

/**
 * Eight accumulators (channels 0..3 in `low`, 4..7 in `high`) to eight clamped centred int16. `constants` are those of the first
 * channel (abi.ts); `mode` must be a literal, so that each microkernel is compiled once per mode without a branch inside.
 */
// @ts-ignore: decorator
@inline
export function requantize8(
  low: v128,
  high: v128,
  constants: usize,
  mode: i32,
  shift: i32,
  lower: v128,
  upper: v128,
): v128 {
  if (mode == Requantization.General) return narrowClamp(general(low, constants), general(high, constants + 64), lower, upper);
  const a0 = v128.load(constants);
  const a = requantize4(
    low,
    mode,
    shift,
    a0,
    v128.load(constants, 16),
    v128.load(constants, 32),
    hasFourth(mode) ? v128.load(constants, 48) : a0,
  );
  const b0 = v128.load(constants, 64);
  const b = requantize4(
    high,
    mode,
    shift,
    b0,
    v128.load(constants, 80),
    v128.load(constants, 96),
    hasFourth(mode) ? v128.load(constants, 112) : b0,
  );
  return narrowClamp(a, b, lower, upper);
}

/** Whether the constants of a mode have a fourth vector. */
// @ts-ignore: decorator
@inline
export function hasFourth(mode: i32): bool {
  return mode != Requantization.NonNegative && mode != Requantization.Float;
}

/** Four accumulators to results before the clamp, in any mode but General; `k0` to `k3` are the vectors of their constants. */
// @ts-ignore: decorator
@inline
export function requantize4(x: v128, mode: i32, shift: i32, k0: v128, k1: v128, k2: v128, k3: v128): v128 {
  if (mode == Requantization.NonNegative) return nonNegative(x, k0, k1, k2, shift);
  if (mode == Requantization.Signed) return signed(x, k0, k1, k2, k3, shift);
  if (mode == Requantization.Scaled) return nonNegative(i32x4.mul(x, k3), k0, k1, k2, shift);
  if (mode == Requantization.ScaledSigned) return i32x4.shr_s(signedHigh(i32x4.mul(x, k3), x, k0, k1, k2, k3), shift);
  return float(x, k0, k1, k2, k3, mode == Requantization.FloatSigned);
}

/** Four accumulators through one tensor-wide requantization, whose `general` flag is off. */
// @ts-ignore: decorator
@inline
export function requantizeScalar4(x: v128, constants: usize): v128 {
  const s = changetype<ScalarRequantization>(constants);
  return signed(
    i32x4.shl(x, s.leftShift),
    v128.load(constants),
    v128.load(constants, 16),
    v128.load(constants, 16),
    v128.load(constants, 32),
    s.shift,
  );
}

/**
 * Eight accumulators in any mode but General, with the constants of both halves in registers. In ScaledHalf and SignedHalf the right
 * shift is 16: the upper half of a high word is the result, which is an int16, since |X m| < 2^62 and |2 X m| < 2^62.
 */
// @ts-ignore: decorator
@inline
export function requantizePair(
  low: v128,
  high: v128,
  mode: i32,
  shift: i32,
  a0: v128,
  a1: v128,
  a2: v128,
  a3: v128,
  b0: v128,
  b1: v128,
  b2: v128,
  b3: v128,
  lower: v128,
  upper: v128,
): v128 {
  let results: v128;
  if (mode == Requantization.ScaledHalf) {
    results = upperHalves(nonNegativeHigh(i32x4.mul(low, a3), a0, a1, a2), nonNegativeHigh(i32x4.mul(high, b3), b0, b1, b2));
  } else if (mode == Requantization.SignedHalf) {
    results = upperHalves(
      signedHigh(i32x4.mul(low, a3), low, a0, a1, a2, a3),
      signedHigh(i32x4.mul(high, b3), high, b0, b1, b2, b3),
    );
  } else {
    return narrowClamp(requantize4(low, mode, shift, a0, a1, a2, a3), requantize4(high, mode, shift, b0, b1, b2, b3), lower, upper);
  }
  return i16x8.min_s(i16x8.max_s(results, lower), upper);
}

/**
 * Calls `work.run` with `mode` as a literal, so that the microkernel inside is compiled once per mode without a branch on it. The work
 * is pixels [begin, end) of the channels from `channel` on, whose weights are at `weights`. Every mode is a function of its own, and so
 * small that an engine optimizes the one in use within milliseconds of a first run.
 */
export function forMode<T>(
  work: T,
  input: usize,
  output: usize,
  begin: i32,
  end: i32,
  weights: usize,
  channel: usize,
  lower: v128,
  upper: v128,
): void {
  switch (work.mode) {
    case Requantization.NonNegative:
      runNonNegative(work, input, output, begin, end, weights, channel, lower, upper);
      break;
    case Requantization.Signed:
      runSigned(work, input, output, begin, end, weights, channel, lower, upper);
      break;
    case Requantization.Scaled:
      runScaled(work, input, output, begin, end, weights, channel, lower, upper);
      break;
    case Requantization.Float:
      runFloat(work, input, output, begin, end, weights, channel, lower, upper);
      break;
    case Requantization.FloatSigned:
      runFloatSigned(work, input, output, begin, end, weights, channel, lower, upper);
      break;
    default:
      runGeneral(work, input, output, begin, end, weights, channel, lower, upper);
  }
}

function runNonNegative<T>(
  work: T,
  input: usize,
  output: usize,
  begin: i32,
  end: i32,
  weights: usize,
  channel: usize,
  lower: v128,
  upper: v128,
): void {
  work.run(Requantization.NonNegative, input, output, begin, end, weights, channel, lower, upper);
}

function runSigned<T>(
  work: T,
  input: usize,
  output: usize,
  begin: i32,
  end: i32,
  weights: usize,
  channel: usize,
  lower: v128,
  upper: v128,
): void {
  work.run(Requantization.Signed, input, output, begin, end, weights, channel, lower, upper);
}

function runScaled<T>(
  work: T,
  input: usize,
  output: usize,
  begin: i32,
  end: i32,
  weights: usize,
  channel: usize,
  lower: v128,
  upper: v128,
): void {
  work.run(Requantization.Scaled, input, output, begin, end, weights, channel, lower, upper);
}

function runFloat<T>(
  work: T,
  input: usize,
  output: usize,
  begin: i32,
  end: i32,
  weights: usize,
  channel: usize,
  lower: v128,
  upper: v128,
): void {
  work.run(Requantization.Float, input, output, begin, end, weights, channel, lower, upper);
}

function runFloatSigned<T>(
  work: T,
  input: usize,
  output: usize,
  begin: i32,
  end: i32,
  weights: usize,
  channel: usize,
  lower: v128,
  upper: v128,
): void {
  work.run(Requantization.FloatSigned, input, output, begin, end, weights, channel, lower, upper);
}

function runGeneral<T>(
  work: T,
  input: usize,
  output: usize,
  begin: i32,
  end: i32,
  weights: usize,
  channel: usize,
  lower: v128,
  upper: v128,
): void {
  work.run(Requantization.General, input, output, begin, end, weights, channel, lower, upper);
}
