// Owns RESIZE_BILINEAR: rows of the input with weights, and pixels between those of such rows, in float32 and in integers of 32 and 16 bits.
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
 * Four results between two pixels of such a row. The sums z are codes times 2^20, plus one half, which `base` of their rows has; their division
 * rounds ties of negative codes down: floor((z - [z < 1]) / 2^20). Results lie between codes, so that none needs a clamp.
 */
// @ts-ignore: decorator
@inline
function blend4(left: v128, right: v128, leftWeight: v128, rightWeight: v128, one: v128): v128 {
  const z = i32x4.add(i32x4.mul(left, leftWeight), i32x4.mul(right, rightWeight));
  return i32x4.shr_s(i32x4.add(z, i32x4.gt_s(one, z)), 20);
}

/** Sums z of codes times 2^20 without the half, in int64, divided as in blend4: floor((z + 2^19 - [z < 0]) / 2^20). */
// @ts-ignore: decorator
@inline
function blendWide2(z: v128, half: v128): v128 {
  return i64x2.shr_s(i64x2.add(i64x2.add(z, half), i64x2.shr_s(z, 63)), 20);
}

/** As blend4, of int16 codes. */
// @ts-ignore: decorator
@inline
function blendWide4(left: v128, right: v128, leftWeight: v128, rightWeight: v128, half: v128): v128 {
  const low = i64x2.add(i64x2.extmul_low_i32x4_s(left, leftWeight), i64x2.extmul_low_i32x4_s(right, rightWeight));
  const high = i64x2.add(i64x2.extmul_high_i32x4_s(left, leftWeight), i64x2.extmul_high_i32x4_s(right, rightWeight));
  return v128.shuffle<i32>(blendWide2(low, half), blendWide2(high, half), 0, 2, 4, 6);
}

/** One pixel of `blocks` x 8 channels of int16 codes. */
export function blendPixelWide(left: usize, right: usize, leftWeight: i32, rightWeight: i32, output: usize, blocks: i32): void {
  const l = i32x4.splat(leftWeight);
  const r = i32x4.splat(rightWeight);
  const half = i64x2.splat(1 << 19);
  for (const end = output + (<usize>blocks << 4); output < end; output += 16) {
    const low = blendWide4(v128.load(left), v128.load(right), l, r, half);
    const high = blendWide4(v128.load(left, 16), v128.load(right, 16), l, r, half);
    v128.store(output, i16x8.narrow_i32x4_s(low, high));
    left += 32;
    right += 32;
  }
}

/** One pixel of `blocks` x 8 channels, or two between the same neighbours where `isPair`, a literal, `outputBytes` apart. */
// @ts-ignore: decorator
@inline
function blend(isPair: bool, left: usize, right: usize, weights: usize, zeroPoint: i32, output: usize, outputBytes: usize, blocks: i32): void {
  const l = v128.load32_splat(weights);
  const r = v128.load32_splat(weights, 4);
  const nextL = v128.load32_splat(weights, 16);
  const nextR = v128.load32_splat(weights, 20);
  const one = i32x4.splat(1);
  const zero = i16x8.splat(<i16>zeroPoint);
  for (const end = output + (<usize>blocks << 4); output < end; output += 16) {
    const a = v128.load(left);
    const b = v128.load(right);
    const c = v128.load(left, 16);
    const d = v128.load(right, 16);
    v128.store(output, i16x8.sub(i16x8.narrow_i32x4_s(blend4(a, b, l, r, one), blend4(c, d, l, r, one)), zero));
    if (isPair) {
      const next = i16x8.narrow_i32x4_s(blend4(a, b, nextL, nextR, one), blend4(c, d, nextL, nextR, one));
      v128.store(output + outputBytes, i16x8.sub(next, zero));
    }
    left += 32;
    right += 32;
  }
}

/** One pixel of `blocks` x 8 channels; `weights` are i32 of left and right. */
export function blendPixel(left: usize, right: usize, weights: usize, zeroPoint: i32, output: usize, blocks: i32): void {
  blend(false, left, right, weights, zeroPoint, output, 0, blocks);
}

/** Two pixels between the same neighbours; the weights of the second one come 16 bytes after those of the first. */
export function blendPixelPair(
  left: usize,
  right: usize,
  weights: usize,
  zeroPoint: i32,
  output: usize,
  outputBytes: usize,
  blocks: i32,
): void {
  blend(true, left, right, weights, zeroPoint, output, outputBytes, blocks);
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

/** uint8: codes as float32 times the weights of their rows. For every four elements a vector of the upper row and one of the lower. */
export function weightRows(top: usize, bottom: usize, topWeight: f32, bottomWeight: f32, zeroPoint: i32, output: usize, bytes: usize): void {
  const t = f32x4.splat(topWeight);
  const b = f32x4.splat(bottomWeight);
  const zero = i32x4.splat(zeroPoint);
  for (const end = top + bytes; top < end; top += 8) {
    v128.store(output, f32x4.mul(f32x4.convert_i32x4_s(i32x4.add(v128.load16x4_s(top), zero)), t));
    v128.store(output, f32x4.mul(f32x4.convert_i32x4_s(i32x4.add(v128.load16x4_s(bottom), zero)), b), 16);
    bottom += 8;
    output += 32;
  }
}

/**
 * Four codes between two pixels of such rows: one half added, rounded down; the order of additions is the stock kernel's. Codes are above -1,
 * so that rounding down is truncation, and float32 numbers from 2^23 on hold integers in their lowest bits.
 */
// @ts-ignore: decorator
@inline
function weigh4(left: usize, right: usize, l: v128, r: v128, half: v128, integers: v128): v128 {
  let sum = f32x4.add(f32x4.mul(v128.load(left), l), f32x4.mul(v128.load(left, 16), l));
  sum = f32x4.add(sum, f32x4.mul(v128.load(right), r));
  sum = f32x4.add(sum, f32x4.mul(v128.load(right, 16), r));
  return f32x4.add(f32x4.floor(f32x4.add(sum, half)), integers);
}

/** One pixel of `blocks` x 8 channels. */
export function weighPixel(left: usize, right: usize, leftWeight: f32, rightWeight: f32, zeroPoint: i32, output: usize, blocks: i32): void {
  const l = f32x4.splat(leftWeight);
  const r = f32x4.splat(rightWeight);
  const half = f32x4.splat(0.5);
  const integers = f32x4.splat(8388608);
  const base = i32x4.splat(0x4b000000 + zeroPoint);
  for (const end = output + (<usize>blocks << 4); output < end; output += 16) {
    const low = weigh4(left, right, l, r, half, integers);
    const high = weigh4(left + 32, right + 32, l, r, half, integers);
    v128.store(output, i16x8.narrow_i32x4_s(i32x4.sub(low, base), i32x4.sub(high, base)));
    left += 64;
    right += 64;
  }
}
