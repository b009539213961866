// Owns one panel of 16 output channels of a GEMM over int16 pairs: one pixel at a time, requantized on the way out.
//
//   weights   i16 [tap][depthPairs][16][2], zero point removed: one v128 = 4 channels x 2 input elements
//   pixel m   starts at input + inputOffsets[m]; tap t adds tapOffsets[t]; its results go to output + outputOffsets[m]
//
// Two nested do-while loops over pointers, one pair of input elements per iteration and nothing unrolled by hand: V8 11 (Node 20)
// spills accumulators of unrolled bodies, newer V8 unrolls by itself. The accumulators start as the bias.
import { requantize8 } from '../requantize';
import { dotAdd } from '../simd';

/**
 * Pixels [begin, end) of one panel; for layers of a single pixel, where a second row of a tile would compute the same again.
 */
// @ts-ignore: decorator
@inline
export function gemm1x16(
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
  mode: i32,
  shift: i32,
  lower: v128,
  upper: v128,
): void {
  const last = <usize>(end - 1) << 2;
  const tapEnd = tapOffsets + (<usize>taps << 2);
  const tapBytes = <usize>depthPairs * 64;
  for (let m = <usize>begin << 2; m <= last; m += 4) {
    const p0 = input + <usize>load<i32>(inputOffsets + m);
    let c00 = v128.load(bias, 0);
    let c01 = v128.load(bias, 16);
    let c02 = v128.load(bias, 32);
    let c03 = v128.load(bias, 48);
    let w = weights;
    let tap = tapOffsets;
    do {
      const offset = <usize>load<i32>(tap);
      let a0 = p0 + offset;
      const tapWeightsEnd = w + tapBytes;
      do {
        const x0 = v128.load32_splat(a0);
        const w0 = v128.load(w, 0);
        c00 = dotAdd(c00, x0, w0);
        const w1 = v128.load(w, 16);
        c01 = dotAdd(c01, x0, w1);
        const w2 = v128.load(w, 32);
        c02 = dotAdd(c02, x0, w2);
        const w3 = v128.load(w, 48);
        c03 = dotAdd(c03, x0, w3);
        a0 += 4;
        w += 64;
      } while (w < tapWeightsEnd);
      tap += 4;
    } while (tap < tapEnd);
    const o0 = output + <usize>load<i32>(outputOffsets + m);
    v128.store(o0, requantize8(c00, c01, constants + 0, mode, shift, lower, upper), 0);
    v128.store(o0, requantize8(c02, c03, constants + 128, mode, shift, lower, upper), 16);
  }
}
