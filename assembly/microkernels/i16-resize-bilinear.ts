// Owns RESIZE_BILINEAR: one pixel in float32; a row between two rows, and pixels of it, in integers of 32 and of 16 bits.
import { dotAdd, zipHigh, zipLow } from '../simd';

/** Weights of two rows as pairs of int16. */
// @ts-ignore: decorator
@inline
function weightPairs(top: i32, bottom: i32): v128 {
  return i32x4.splat((top & 0xffff) | (bottom << 16));
}

/**
 * int8, 10-bit weights (reference/resize_bilinear.h): top * topWeight + bottom * bottomWeight + base for `bytes`, a multiple of 16, of
 * int16, as int32.
 */
export function blendRows(
  top: usize,
  bottom: usize,
  topWeight: i32,
  bottomWeight: i32,
  base: i32,
  output: usize,
  bytes: usize,
): void {
  const weights = weightPairs(topWeight, bottomWeight);
  const start = i32x4.splat(base);
  for (const end = top + bytes; top < end; top += 16) {
    const a = v128.load(top);
    const b = v128.load(bottom);
    v128.store(output, dotAdd(start, zipLow(a, b), weights));
    v128.store(output, dotAdd(start, zipHigh(a, b), weights), 16);
    bottom += 16;
    output += 32;
  }
}

/**
 * Four results between two pixels of such a row. The sums are codes times 2^20; their division rounds ties away from zero:
 * floor((z + 2^19 - [z < 0]) / 2^20). Results lie between codes, so that none needs a clamp.
 */
// @ts-ignore: decorator
@inline
function blend4(left: v128, right: v128, leftWeight: v128, rightWeight: v128, half: v128): v128 {
  const z = i32x4.add(i32x4.mul(left, leftWeight), i32x4.mul(right, rightWeight));
  return i32x4.shr_s(i32x4.add(i32x4.add(z, half), i32x4.shr_s(z, 31)), 20);
}

/** One pixel of `blocks` x 8 channels. */
export function blendPixel(
  left: usize,
  right: usize,
  leftWeight: i32,
  rightWeight: i32,
  zeroPoint: i32,
  output: usize,
  blocks: i32,
): void {
  const l = i32x4.splat(leftWeight);
  const r = i32x4.splat(rightWeight);
  const half = i32x4.splat(1 << 19);
  const zero = i16x8.splat(<i16>zeroPoint);
  for (const end = output + (<usize>blocks << 4); output < end; output += 16) {
    const low = blend4(v128.load(left), v128.load(right), l, r, half);
    const high = blend4(v128.load(left, 16), v128.load(right, 16), l, r, half);
    v128.store(output, i16x8.sub(i16x8.narrow_i32x4_s(low, high), zero));
    left += 32;
    right += 32;
  }
}

/** As blendRows in int16, modulo 2^16: only the last sums have to be int16. */
export function blendRowsShort(
  top: usize,
  bottom: usize,
  topWeight: i32,
  bottomWeight: i32,
  base: i32,
  output: usize,
  bytes: usize,
): void {
  const t = i16x8.splat(<i16>topWeight);
  const b = i16x8.splat(<i16>bottomWeight);
  const start = i16x8.splat(<i16>base);
  for (const end = top + bytes; top < end; top += 16) {
    const sum = i16x8.add(i16x8.mul(v128.load(top), t), i16x8.mul(v128.load(bottom), b));
    v128.store(output, i16x8.add(sum, start));
    bottom += 16;
    output += 16;
  }
}

/**
 * As blendPixel in int16, with constants in all lanes. The sums are codes as int8 times 2^q, q <= 8, which int16 holds; the product with 2^(15-q) in Q0.15 is
 * floor((z + 2^(q-1)) / 2^q). TFLite rounds ties of int8 away from zero: `signMask` takes 1 off negative sums.
 */
export function blendPixelShort(
  left: usize,
  right: usize,
  leftWeight: i32,
  rightWeight: i32,
  multiplier: v128,
  signMask: v128,
  offset: v128,
  output: usize,
  blocks: i32,
): void {
  const l = i16x8.splat(<i16>leftWeight);
  const r = i16x8.splat(<i16>rightWeight);
  for (const end = output + (<usize>blocks << 4); output < end; output += 16) {
    const z = i16x8.add(i16x8.mul(v128.load(left), l), i16x8.mul(v128.load(right), r));
    const away = i16x8.add(z, v128.and(i16x8.shr_s(z, 15), signMask));
    v128.store(output, i16x8.add(i16x8.q15mulr_sat_s(away, multiplier), offset));
    left += 16;
    right += 16;
  }
}

/** uint8: float32 on raw codes, one half added, truncated; the order of additions is the stock kernel's. */
export function resizeFloat(
  topLeft: usize,
  bottomLeft: usize,
  topRight: usize,
  bottomRight: usize,
  top: f32,
  bottom: f32,
  left: f32,
  right: f32,
  blocks: i32,
  output: usize,
  zeroPoint: i32,
): void {
  const t = f32x4.splat(top);
  const b = f32x4.splat(bottom);
  const l = f32x4.splat(left);
  const r = f32x4.splat(right);
  const zero = i32x4.splat(zeroPoint);
  const half = f32x4.splat(0.5);
  for (let i = 0; i < blocks << 1; i++) {
    const offset = (<usize>i) << 3;
    const q00 = f32x4.convert_i32x4_s(i32x4.add(v128.load16x4_s(topLeft + offset), zero));
    const q10 = f32x4.convert_i32x4_s(i32x4.add(v128.load16x4_s(bottomLeft + offset), zero));
    const q01 = f32x4.convert_i32x4_s(i32x4.add(v128.load16x4_s(topRight + offset), zero));
    const q11 = f32x4.convert_i32x4_s(i32x4.add(v128.load16x4_s(bottomRight + offset), zero));
    let sum = f32x4.mul(f32x4.mul(q00, t), l);
    sum = f32x4.add(sum, f32x4.mul(f32x4.mul(q10, b), l));
    sum = f32x4.add(sum, f32x4.mul(f32x4.mul(q01, t), r));
    sum = f32x4.add(sum, f32x4.mul(f32x4.mul(q11, b), r));
    const result = i32x4.sub(i32x4.trunc_sat_f32x4_s(f32x4.add(sum, half)), zero);
    v128.store64_lane(output + offset, i16x8.narrow_i32x4_s(result, result), 0);
  }
}
