// Owns the dot products; the only file that may name a relaxed instruction.

/** Per 32-bit lane: sum + a[2i] * b[2i] + a[2i + 1] * b[2i + 1]. Wraps at 2^32 as TFLite's int32 accumulators do. */
// @ts-ignore: decorator
@inline
export function dotAdd(sum: v128, a: v128, b: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(a, b));
}

/** Interleaves the low four int16 of a and b: a0 b0 a1 b1 a2 b2 a3 b3. */
// @ts-ignore: decorator
@inline
export function zipLow(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23);
}

/** Interleaves the high four int16 of a and b. */
// @ts-ignore: decorator
@inline
export function zipHigh(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31);
}
