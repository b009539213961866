// Owns constants of 4 bits: two elements in a byte, the first in the low bits, as tflite/kernels/internal/portable_tensor_utils.cc has them.

/** Bytes of `count` elements; the last byte of an odd count has one. */
export const int4Bytes = (count: number): number => Math.ceil(count / 2);

/** The `count` elements in `bytes`, -8..7. */
export function unpackInt4(bytes: Uint8Array, count: number): Int8Array {
  const elements = new Int8Array(count);
  for (let i = 0; i < count; i++) elements[i] = (bytes[i >> 1] << (i & 1 ? 24 : 28)) >> 28;
  return elements;
}

/** The bytes that unpackInt4 reads, of elements in -8..7; the last of an odd count has zeros in its high bits. */
export function packInt4(elements: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(int4Bytes(elements.length));
  for (let i = 0; i < elements.length; i++) bytes[i >> 1] |= (elements[i] & 15) << (i & 1 ? 4 : 0);
  return bytes;
}
