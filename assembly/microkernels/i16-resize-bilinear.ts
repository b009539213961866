// Owns one pixel of RESIZE_BILINEAR: four neighbours, eight channels at a time, in TFLite's two arithmetics.

/**
 * int8: 10-bit integer weights, 20-bit rounding division towards zero with ties away (reference/resize_bilinear.h). The weights of
 * four neighbours sum to 2^20, so the zero point enters once. |sum| < 2^30.
 */
export function resizeInteger(
  topLeft: usize,
  bottomLeft: usize,
  topRight: usize,
  bottomRight: usize,
  top: i32,
  bottom: i32,
  left: i32,
  right: i32,
  blocks: i32,
  output: usize,
  zeroPoint: i32,
): void {
  const w00 = i32x4.splat(top * left);
  const w10 = i32x4.splat(bottom * left);
  const w01 = i32x4.splat(top * right);
  const w11 = i32x4.splat(bottom * right);
  const start = i32x4.splat(zeroPoint << 20);
  const zero = i32x4.splat(zeroPoint);
  const half = i32x4.splat(1 << 19);
  const mask = i32x4.splat((1 << 20) - 1);
  for (let i = 0; i < blocks << 1; i++) {
    const offset = (<usize>i) << 3;
    let sum = i32x4.add(start, i32x4.mul(v128.load16x4_s(topLeft + offset), w00));
    sum = i32x4.add(sum, i32x4.mul(v128.load16x4_s(bottomLeft + offset), w10));
    sum = i32x4.add(sum, i32x4.mul(v128.load16x4_s(topRight + offset), w01));
    sum = i32x4.add(sum, i32x4.mul(v128.load16x4_s(bottomRight + offset), w11));
    sum = i32x4.add(sum, v128.bitselect(half, i32x4.neg(half), i32x4.gt_s(sum, i32x4.splat(0))));
    // Division by 2^20 towards zero: the shift floors, negative values get 2^20 - 1 first.
    sum = i32x4.shr_s(i32x4.add(sum, v128.and(i32x4.shr_s(sum, 31), mask)), 20);
    // The stock kernel stores the low byte without a clamp.
    const code = i32x4.shr_s(i32x4.shl(sum, 24), 24);
    const result = i32x4.sub(code, zero);
    v128.store64_lane(output + offset, i16x8.narrow_i32x4_s(result, result), 0);
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
