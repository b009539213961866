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
import { Requantization } from './abi';

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
function nonNegative(x: v128, constants: usize, shift: i32): v128 {
  const multiplier = v128.load(constants);
  return i32x4.shr_s(
    highWords(
      i64x2.add(i64x2.extmul_low_i32x4_s(x, multiplier), v128.load(constants, 16)),
      i64x2.add(i64x2.extmul_high_i32x4_s(x, multiplier), v128.load(constants, 32)),
    ),
    shift,
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
export function signed(x: v128, multiplier: v128, roundingLow: v128, roundingHigh: v128, correction: v128, shift: i32): v128 {
  const doubled = i32x4.add(x, x);
  const highWord = highWords(
    i64x2.add(i64x2.extmul_low_i32x4_s(doubled, multiplier), roundingLow),
    i64x2.add(i64x2.extmul_high_i32x4_s(doubled, multiplier), roundingHigh),
  );
  return i32x4.shr_s(i32x4.add(highWord, v128.and(i32x4.shr_s(x, 31), correction)), shift);
}

/**
 * float32(float32(x scale) + offset) rounded to the nearest integer by adding and subtracting 1.5 x 2^23, near which consecutive float32
 * numbers are consecutive integers; |x scale| < 2^21. Equal to the normative arithmetic for scales and offsets that the host has checked
 * at every step of the result (src/plan/float-requantization.ts): the same on every engine, since WebAssembly's float32 is IEEE 754's.
 * With `isSigned` the offset takes the sign of x, since RDBP rounds halves away from zero.
 */
// @ts-ignore: decorator
@inline
function float(x: v128, constants: usize, isSigned: bool): v128 {
  let offset = v128.load(constants, 16);
  const integers = v128.load(constants, 32);
  if (isSigned) offset = v128.or(offset, v128.and(x, v128.load(constants, 48)));
  const real = f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(x), v128.load(constants)), offset);
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
function general(x: v128, constants: usize): v128 {
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
  let a: v128;
  let b: v128;
  if (mode == Requantization.NonNegative) {
    a = nonNegative(low, constants, shift);
    b = nonNegative(high, constants + 64, shift);
  } else if (mode == Requantization.Signed) {
    a = signed(low, v128.load(constants), v128.load(constants, 16), v128.load(constants, 32), v128.load(constants, 48), shift);
    b = signed(high, v128.load(constants, 64), v128.load(constants, 80), v128.load(constants, 96), v128.load(constants, 112), shift);
  } else if (mode == Requantization.Scaled) {
    a = nonNegative(i32x4.mul(low, v128.load(constants, 48)), constants, shift);
    b = nonNegative(i32x4.mul(high, v128.load(constants, 112)), constants + 64, shift);
  } else if (mode == Requantization.Float) {
    a = float(low, constants, false);
    b = float(high, constants + 64, false);
  } else if (mode == Requantization.FloatSigned) {
    a = float(low, constants, true);
    b = float(high, constants + 64, true);
  } else {
    a = general(low, constants);
    b = general(high, constants + 64);
  }
  return narrowClamp(a, b, lower, upper);
}

/**
 * Calls `work.run` with `mode` as a literal, so that the microkernel inside is compiled once per mode without a branch on it. The work
 * is pixels [begin, end) of the channels from `channel` on, whose weights are at `weights`.
 */
// @ts-ignore: decorator
@inline
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
      work.run(Requantization.NonNegative, input, output, begin, end, weights, channel, lower, upper);
      break;
    case Requantization.Signed:
      work.run(Requantization.Signed, input, output, begin, end, weights, channel, lower, upper);
      break;
    case Requantization.Scaled:
      work.run(Requantization.Scaled, input, output, begin, end, weights, channel, lower, upper);
      break;
    case Requantization.Float:
      work.run(Requantization.Float, input, output, begin, end, weights, channel, lower, upper);
      break;
    case Requantization.FloatSigned:
      work.run(Requantization.FloatSigned, input, output, begin, end, weights, channel, lower, upper);
      break;
    default:
      work.run(Requantization.General, input, output, begin, end, weights, channel, lower, upper);
  }
}
