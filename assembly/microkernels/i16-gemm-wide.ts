// Owns one panel of output channels of a GEMM over pairs of int16 codes: tiles of 1 or 2 pixels by 16 or 8 channels, with int64 sums.
//
// A pair of products is below 2 x 2^15 x 2^7 = 2^23 in magnitude, or equal to it, so that `maxPairs` of them are at most 2^30 in int32. Then
// they are added to the tile's sums in memory.
import { dotAdd } from '../simd';
import { addSums, requantizeSums } from './i64-requantize';

/** Pairs that are added up in int32. */
const maxPairs: usize = 128;

/** Pixels [begin, end) of one panel, as `gemm` of i16-gemm.ts; `rows` (1 or 2) and `vectors` (2 or 4) are literals. */
// @ts-ignore: decorator
@inline
export function wideGemm(
  rows: i32,
  vectors: i32,
  input: usize,
  inputOffsets: usize,
  output: usize,
  outputOffsets: usize,
  begin: i32,
  end: i32,
  weights: usize,
  tapOffsets: usize,
  taps: i32,
  depthPairs: i32,
  bias: usize,
  constants: usize,
  mode: u32,
  sums: usize,
  lower: i32,
  upper: i32,
): void {
  const last = <usize>(end - 1) << 2;
  const pairBytes = <usize>vectors << 4;
  const tapBytes = <usize>depthPairs * pairBytes;
  const weightsEnd = weights + <usize>taps * tapBytes;
  const pixelSums = <usize>vectors << 5;
  for (let m0 = <usize>begin << 2; m0 <= last; m0 += <usize>rows << 2) {
    const m1 = rows > 1 ? min(m0 + 4, last) : m0;
    const p0 = input + <usize>load<i32>(inputOffsets + m0);
    const p1 = rows > 1 ? input + <usize>load<i32>(inputOffsets + m1) : p0;
    memory.copy(sums, bias, pixelSums);
    if (rows > 1) memory.copy(sums + pixelSums, bias, pixelSums);
    let w = weights;
    let tap = tapOffsets;
    let tapEnd = w + tapBytes;
    let a0 = p0 + <usize>load<i32>(tap);
    let a1 = p1 + <usize>load<i32>(tap);
    do {
      const chunkEnd = min(w + maxPairs * pairBytes, weightsEnd);
      let c00 = i32x4.splat(0);
      let c01 = c00;
      let c02 = c00;
      let c03 = c00;
      let c10 = c00;
      let c11 = c00;
      let c12 = c00;
      let c13 = c00;
      do {
        const spanEnd = min(chunkEnd, tapEnd);
        do {
          const x0 = v128.load32_splat(a0);
          const x1 = rows > 1 ? v128.load32_splat(a1) : x0;
          const w0 = v128.load(w, 0);
          c00 = dotAdd(c00, x0, w0);
          if (rows > 1) c10 = dotAdd(c10, x1, w0);
          const w1 = v128.load(w, 16);
          c01 = dotAdd(c01, x0, w1);
          if (rows > 1) c11 = dotAdd(c11, x1, w1);
          if (vectors > 2) {
            const w2 = v128.load(w, 32);
            c02 = dotAdd(c02, x0, w2);
            if (rows > 1) c12 = dotAdd(c12, x1, w2);
            const w3 = v128.load(w, 48);
            c03 = dotAdd(c03, x0, w3);
            if (rows > 1) c13 = dotAdd(c13, x1, w3);
          }
          a0 += 4;
          if (rows > 1) a1 += 4;
          w += pairBytes;
        } while (w < spanEnd);
        if (w == tapEnd && w < weightsEnd) {
          tap += 4;
          tapEnd += tapBytes;
          a0 = p0 + <usize>load<i32>(tap);
          if (rows > 1) a1 = p1 + <usize>load<i32>(tap);
        }
      } while (w < chunkEnd);
      addSums(sums, c00);
      addSums(sums + 32, c01);
      if (vectors > 2) {
        addSums(sums + 64, c02);
        addSums(sums + 96, c03);
      }
      if (rows > 1) {
        addSums(sums + pixelSums, c10);
        addSums(sums + pixelSums + 32, c11);
        if (vectors > 2) {
          addSums(sums + pixelSums + 64, c12);
          addSums(sums + pixelSums + 96, c13);
        }
      }
    } while (w < weightsEnd);
    const channels = <usize>vectors << 2;
    requantizeSums(sums, constants, output + <usize>load<i32>(outputOffsets + m0), channels, mode, lower, upper);
    if (rows > 1) {
      requantizeSums(sums + pixelSums, constants, output + <usize>load<i32>(outputOffsets + m1), channels, mode, lower, upper);
    }
  }
}
