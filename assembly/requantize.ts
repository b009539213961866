// Owns the way from int32 accumulators to centred int16: TFLite's double rounding, scalar and four lanes at a time.
//
// Normative: MultiplyByQuantizedMultiplier(x, m, s) = RoundingDivideByPOT(SRDHM(x << max(s, 0), m), max(-s, 0)), where
// SRDHM(x, m) = floor((x m + 2^30) / 2^31) and RoundingDivideByPOT(y, e) = floor((y + 2^(e-1) - [y < 0]) / 2^e) for e >= 1
// (gemmlowp/fixedpoint/fixedpoint.h). A layer has one right shift E; a channel with exponent e = -s <= E has its weights and bias
// multiplied by 2^(E - e) beforehand, so x below is x 2^(E - e) and its rounding constants carry the same factor:
//   e >= 1:  R = 2^(30 + E - e) + 2^(30 + E)      e <= 0:  R = 2^(30 + E)   (there is no second rounding)
import { Requantization } from './abi';

/** The high 32 bits of the four 64-bit lanes of a and b. */
// @ts-ignore: decorator
@inline
function highWords(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
}

/**
 * floor((x m + R) / 2^(31 + E)) with `shift` = E - 1 >= 0. For x >= 0 both floors compose to the double rounding; for x < 0 the true
 * value and this one are <= 0, so a clamp to [>= 0, ..] gives the same.
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
 * Any sign, |x| < 2^30: with the product doubled the high word is SRDHM plus half of the divisor; `correction` = -2^(E - e) takes away
 * [y < 0] (0 for channels without a second rounding). `shift` = E. x < 0 and y < 0 differ only where y = 0, which gives 0 either way.
 */
// @ts-ignore: decorator
@inline
export function signed(x: v128, multiplier: v128, roundingLow: v128, roundingHigh: v128, correction: v128, shift: i32): v128 {
  const doubled = i32x4.add(x, x);
  const rounded = highWords(
    i64x2.add(i64x2.extmul_low_i32x4_s(doubled, multiplier), roundingLow),
    i64x2.add(i64x2.extmul_high_i32x4_s(doubled, multiplier), roundingHigh),
  );
  return i32x4.shr_s(i32x4.add(rounded, v128.and(i32x4.shr_s(x, 31), correction)), shift);
}

/**
 * float32(float32(x scale) + offset) rounded to the nearest integer by adding 1.5 x 2^23, whose float32 neighbours are integers. Exact
 * only for scales that the host checked at every step of the result; deterministic, since WebAssembly's float32 is. |x scale| < 2^21.
 * With `isSigned` the offset takes the sign of x, as the second rounding does.
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

/** The normative arithmetic for one accumulator; shift > 0 is a left shift and wraps. */
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
  return i16x8.min_s(i16x8.max_s(i16x8.narrow_i32x4_s(a, b), lower), upper);
}
