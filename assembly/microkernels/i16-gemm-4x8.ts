// Owns one panel of 8 output channels of a GEMM over int16 pairs: tiles of 4 pixels, requantized on the way out.
//
//   weights   i16 [tap][depthPairs][8][2], zero point removed: one v128 = 4 channels x 2 input elements
//   pixel m   starts at input + inputOffsets[m]; tap t adds tapOffsets[t]; its results go to output + outputOffsets[m]
//
// Two nested do-while loops over pointers, one pair of input elements per iteration and nothing unrolled by hand: V8 11 (Node 20)
// spills accumulators of unrolled bodies, newer V8 unrolls by itself. The accumulators start as the bias.
import { requantize8 } from '../requantize';
import { dotAdd } from '../simd';

/**
 * Pixels [begin, end) of one panel. `end` > `begin`; a last tile with fewer pixels repeats the last one. Writes 8 channels per pixel.
 */
// @ts-ignore: decorator
@inline
export function gemm4x8(
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
  const tapBytes = <usize>depthPairs * 32;
  for (let m = <usize>begin << 2; m <= last; m += 16) {
    const m0 = m;
    const m1 = min(m + 4, last);
    const m2 = min(m + 8, last);
    const m3 = min(m + 12, last);
    const p0 = input + <usize>load<i32>(inputOffsets + m0);
    const p1 = input + <usize>load<i32>(inputOffsets + m1);
    const p2 = input + <usize>load<i32>(inputOffsets + m2);
    const p3 = input + <usize>load<i32>(inputOffsets + m3);
    let c00 = v128.load(bias, 0);
    let c01 = v128.load(bias, 16);
    let c10 = v128.load(bias, 0);
    let c11 = v128.load(bias, 16);
    let c20 = v128.load(bias, 0);
    let c21 = v128.load(bias, 16);
    let c30 = v128.load(bias, 0);
    let c31 = v128.load(bias, 16);
    let w = weights;
    let tap = tapOffsets;
    do {
      const offset = <usize>load<i32>(tap);
      let a0 = p0 + offset;
      let a1 = p1 + offset;
      let a2 = p2 + offset;
      let a3 = p3 + offset;
      const tapWeightsEnd = w + tapBytes;
      do {
        const x0 = v128.load32_splat(a0);
        const x1 = v128.load32_splat(a1);
        const x2 = v128.load32_splat(a2);
        const x3 = v128.load32_splat(a3);
        const w0 = v128.load(w, 0);
        c00 = dotAdd(c00, x0, w0);
        c10 = dotAdd(c10, x1, w0);
        c20 = dotAdd(c20, x2, w0);
        c30 = dotAdd(c30, x3, w0);
        const w1 = v128.load(w, 16);
        c01 = dotAdd(c01, x0, w1);
        c11 = dotAdd(c11, x1, w1);
        c21 = dotAdd(c21, x2, w1);
        c31 = dotAdd(c31, x3, w1);
        a0 += 4;
        a1 += 4;
        a2 += 4;
        a3 += 4;
        w += 32;
      } while (w < tapWeightsEnd);
      tap += 4;
    } while (tap < tapEnd);
    const o0 = output + <usize>load<i32>(outputOffsets + m0);
    v128.store(o0, requantize8(c00, c01, constants + 0, mode, shift, lower, upper), 0);
    const o1 = output + <usize>load<i32>(outputOffsets + m1);
    v128.store(o1, requantize8(c10, c11, constants + 0, mode, shift, lower, upper), 0);
    const o2 = output + <usize>load<i32>(outputOffsets + m2);
    v128.store(o2, requantize8(c20, c21, constants + 0, mode, shift, lower, upper), 0);
    const o3 = output + <usize>load<i32>(outputOffsets + m3);
    v128.store(o3, requantize8(c30, c31, constants + 0, mode, shift, lower, upper), 0);
  }
}
