// Owns exact products of bytes and 22-bit weights, and their sums: the arithmetic of Pillow's libImaging/Resample.c on vectors.
//
// A weight w, 0 <= w <= 2^22, is two int16: low = w & 32767 and high = w >> 15, so that sum(x w) = (sum(x high) << 15) + sum(x low). Either
// sum may wrap at 2^32, since what they give together, a pixel times 2^22 plus one half, is below 2^31. Weights of four taps are one vector:
// low 0, low 1, high 0, high 1, low 2, low 3, high 2, high 3.

/** Fraction bits of weights, PRECISION_BITS of Resample.c. */
const FRACTION_BITS = 22;
const LOW_BITS = 15;

/** Stores the weight of tap `t` in vectors of four taps. */
// @ts-ignore: decorator
@inline
export function storeWeight(weights: usize, t: u32, weight: i32): void {
  const at = weights + ((t & ~3) << 2) + ((t & 2) << 2) + ((t & 1) << 1);
  store<i16>(at, weight & ((1 << LOW_BITS) - 1));
  store<i16>(at, weight >> LOW_BITS, 4);
}

/** Per 32-bit lane: sum + x[2i] * weights[2i] + x[2i + 1] * weights[2i + 1]. */
// @ts-ignore: decorator
@inline
export function dotAdd(sum: v128, x: v128, weights: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(x, weights));
}

/** A pair of weights, 32 bits of four taps' vector, in all lanes. */
// @ts-ignore: decorator
@inline
export function splatPair(weights: usize, pair: usize): v128 {
  return v128.load32_splat(weights + 4 * pair);
}

/** Pixels of the sums by both parts of the weights: rounded, without the fraction. */
// @ts-ignore: decorator
@inline
export function roundSums(low: v128, high: v128): v128 {
  const sum = i32x4.add(i32x4.shl(high, LOW_BITS), low);
  return i32x4.shr_u(i32x4.add(sum, i32x4.splat(1 << (FRACTION_BITS - 1))), FRACTION_BITS);
}
