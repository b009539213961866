// Owns the arithmetic that the microkernels share: the multiply-add and the end of a float sum, and dot products of int16, four lanes at a time.

/**
 * sum + a b with both roundings of float32, as the reference kernels compute it. In the relaxed binary, which is
 * compiled from the same sources, the product is rounded on some engines and processors and not on others.
 */
// @ts-ignore: decorator
@inline
export function multiplyAdd(sum: v128, a: v128, b: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, sum);
  return f32x4.add(sum, f32x4.mul(a, b));
}

/** Per 32-bit lane: sum + a[2i] * b[2i] + a[2i + 1] * b[2i + 1], modulo 2^32. */
// @ts-ignore: decorator
@inline
export function dotAdd(sum: v128, a: v128, b: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(a, b));
}

/**
 * min(max(x, lower), upper) as std::min and std::max compute it: NaN and a zero of any sign stay (tflite/kernels/internal/common.h,
 * ActivationFunctionWithMinMax). pmin and pmax are one instruction on x86, where min and max are eight, and two on ARM.
 */
// @ts-ignore: decorator
@inline
export function clamp(x: v128, lower: v128, upper: v128): v128 {
  return f32x4.pmin(f32x4.pmax(x, lower), upper);
}

/** clamp(sum + bias) */
// @ts-ignore: decorator
@inline
export function addClamp(sum: v128, bias: v128, lower: v128, upper: v128): v128 {
  return clamp(f32x4.add(sum, bias), lower, upper);
}

/**
 * x where it is positive, and x slope where it is negative: the one of max(x, 0) and min(x, 0) slope that is not zero. Compared as
 * integers, floats have the same sign and order to zero; each is one instruction. `zero` comes from memory: a literal is made at every use.
 */
// @ts-ignore: decorator
@inline
export function leaky(x: v128, slope: v128, zero: v128): v128 {
  return multiplyAdd(i32x4.max_s(x, zero), i32x4.min_s(x, zero), slope);
}
