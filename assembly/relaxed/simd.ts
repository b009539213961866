// Owns the relaxed instructions, whose results depend on the processor: the only file that may name one. The host proves at load what
// they do (src/core/semantics.ts).

/** Per 32-bit lane: sum + the four products of signed `weights` and `terms`, which are signed or unsigned, as the processor takes them. */
// @ts-ignore: decorator
@inline
export function dotAdd4(sum: v128, weights: v128, terms: v128): v128 {
  return i32x4.relaxed_dot_i8x16_i7x16_add_s(weights, terms, sum);
}

/** Per 16-bit lane: two products of signed `weights` and unsigned `terms`, saturated to int16. */
// @ts-ignore: decorator
@inline
export function dot2(weights: v128, terms: v128): v128 {
  return i16x8.relaxed_dot_i8x16_i7x16_s(weights, terms);
}

/** Per 32-bit lane: sum + a[2i] + a[2i + 1] of int16. */
// @ts-ignore: decorator
@inline
export function addPairs(sum: v128, a: v128, ones: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(a, ones));
}

/** Interleaves the low eight bytes of a and b. */
// @ts-ignore: decorator
@inline
export function zipLowBytes(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

/** Interleaves the high eight bytes of a and b. */
// @ts-ignore: decorator
@inline
export function zipHighBytes(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/** Four times the four bytes of lane `quad`, a literal. */
// @ts-ignore: decorator
@inline
export function splatQuad(x: v128, quad: i32): v128 {
  if (quad == 0) return i8x16.shuffle(x, x, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
  if (quad == 1) return i8x16.shuffle(x, x, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7);
  if (quad == 2) return i8x16.shuffle(x, x, 8, 9, 10, 11, 8, 9, 10, 11, 8, 9, 10, 11, 8, 9, 10, 11);
  return i8x16.shuffle(x, x, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15);
}
