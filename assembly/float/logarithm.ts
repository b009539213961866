// Owns the logarithm of four floats, which LOG and LOG_SOFTMAX share.
//
// x = 2^k m with sqrt(1/2) <= m < sqrt(2), z = m - 1: log(x) = k ln 2 + z - z^2 / 2 + z^3 P(z). P and the two parts of ln 2, the first of
// which gives exact products, are those of the Cephes library (logf), within 2 units in the last place.

/** Constant `index` of the table (LOGARITHM_CONSTANTS). */
// @ts-ignore: decorator
@inline
function constant(constants: usize, index: usize): v128 {
  return v128.load32_splat(constants + (index << 2));
}

/** -infinity of a zero, NaN of a negative number; denormals are scaled by 2^25 first. */
// @ts-ignore: decorator
@inline
export function logarithm(x: v128, constants: usize): v128 {
  const isDenormal = f32x4.lt(x, constant(constants, 0));
  const scaled = v128.bitselect(f32x4.mul(x, constant(constants, 1)), x, isDenormal);
  // The bits of sqrt(1/2) are 0 in the exponent then.
  const bits = i32x4.sub(scaled, constant(constants, 2));
  const exponent = i32x4.sub(i32x4.shr_s(bits, 23), v128.and(isDenormal, i32x4.splat(25)));
  const mantissa = i32x4.add(v128.and(bits, i32x4.splat(0x7fffff)), constant(constants, 2));
  const k = f32x4.convert_i32x4_s(exponent);
  const z = f32x4.sub(mantissa, f32x4.splat(1));
  const square = f32x4.mul(z, z);
  let p = constant(constants, 3);
  for (let i: usize = 4; i < 12; i++) p = f32x4.add(f32x4.mul(p, z), constant(constants, i));
  p = f32x4.mul(f32x4.mul(p, z), square);
  p = f32x4.add(p, f32x4.mul(k, constant(constants, 12)));
  p = f32x4.sub(p, f32x4.mul(square, f32x4.splat(0.5)));
  const result = f32x4.add(f32x4.add(z, p), f32x4.mul(k, constant(constants, 13)));
  const infinity = f32x4.splat(Infinity);
  const isZero = f32x4.eq(x, f32x4.splat(0));
  const finite = v128.bitselect(result, x, f32x4.lt(x, infinity));
  return v128.or(v128.bitselect(f32x4.neg(infinity), finite, isZero), f32x4.lt(x, f32x4.splat(0)));
}
