// Owns the arithmetic that the float microkernels share: the multiply-add and the end of a sum, four lanes at a time.

/** sum + a b with both roundings of float32, as the reference kernels compute it; a relaxed multiply-add may round once. */
// @ts-ignore: decorator
@inline
export function multiplyAdd(sum: v128, a: v128, b: v128): v128 {
  return f32x4.add(sum, f32x4.mul(a, b));
}

/** min(max(sum + bias, lower), upper) */
// @ts-ignore: decorator
@inline
export function addClamp(sum: v128, bias: v128, lower: v128, upper: v128): v128 {
  return f32x4.min(f32x4.max(f32x4.add(sum, bias), lower), upper);
}
