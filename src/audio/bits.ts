// Owns the number of significant bits of an integer.

/** Bits of a uint32 without leading zeros: 0 for 0, 32 from 2^31 on (`MostSignificantBit32` of `microfrontend/lib/bits.h`). */
export function significantBits(x: number): number {
  return 32 - Math.clz32(x);
}
