// Owns one panel of 8 output channels of a float GEMM: tiles of 4 pixels, bias and clamp on the way out.
//
//   weights   f32 [tap][depth][8]
//   pixel m   starts at input + inputOffsets[m]; tap t adds tapOffsets[t]; its results go to output + outputOffsets[m]
//
// Products are added in the order of taps and depth and the bias comes last, as in tflite/kernels/internal/reference/conv.h, so that
// results are the reference's to the bit, in both loops. One element of depth per iteration is faster on x86, where a load broadcasts and
// unrolled bodies spill accumulators; four are faster on ARM, whose multiplication takes a lane of a vector.
import { addClamp, multiplyAdd } from '../simd';

/**
 * `pixels` > 0; a last tile with fewer pixels repeats the last one. Writes 8 channels per pixel. `byLanes`, a literal: four elements of depth
 * at a time, as far as there are four.
 */
// @ts-ignore: decorator
@inline
function tiles(
  byLanes: bool,
  input: usize,
  inputOffsets: usize,
  output: usize,
  outputOffsets: usize,
  pixels: i32,
  weights: usize,
  tapOffsets: usize,
  taps: i32,
  depth: i32,
  bias: usize,
  lower: v128,
  upper: v128,
): void {
  const last = <usize>(pixels - 1) << 2;
  const tapEnd = tapOffsets + (<usize>taps << 2);
  const tapBytes = <usize>depth << 5;
  const zero = f32x4.splat(0);
  for (let m: usize = 0; m <= last; m += 16) {
    const m1 = min(m + 4, last);
    const m2 = min(m + 8, last);
    const m3 = min(m + 12, last);
    const p0 = input + <usize>load<i32>(inputOffsets + m);
    const p1 = input + <usize>load<i32>(inputOffsets + m1);
    const p2 = input + <usize>load<i32>(inputOffsets + m2);
    const p3 = input + <usize>load<i32>(inputOffsets + m3);
    let c00 = zero;
    let c01 = zero;
    let c10 = zero;
    let c11 = zero;
    let c20 = zero;
    let c21 = zero;
    let c30 = zero;
    let c31 = zero;
    let w = weights;
    let tap = tapOffsets;
    do {
      const offset = <usize>load<i32>(tap);
      let a0 = p0 + offset;
      let a1 = p1 + offset;
      let a2 = p2 + offset;
      let a3 = p3 + offset;
      const tapWeightsEnd = w + tapBytes;
      if (byLanes) {
        const fours = a0 + (<usize>(depth & ~3) << 2);
        while (a0 < fours) {
          const x0 = v128.load(a0);
          const x1 = v128.load(a1);
          const x2 = v128.load(a2);
          const x3 = v128.load(a3);
          const w00 = v128.load(w);
          const w01 = v128.load(w, 16);
          const s00 = v128.shuffle<u32>(x0, x0, 0, 0, 0, 0);
          c00 = multiplyAdd(c00, s00, w00);
          c01 = multiplyAdd(c01, s00, w01);
          const s01 = v128.shuffle<u32>(x1, x1, 0, 0, 0, 0);
          c10 = multiplyAdd(c10, s01, w00);
          c11 = multiplyAdd(c11, s01, w01);
          const s02 = v128.shuffle<u32>(x2, x2, 0, 0, 0, 0);
          c20 = multiplyAdd(c20, s02, w00);
          c21 = multiplyAdd(c21, s02, w01);
          const s03 = v128.shuffle<u32>(x3, x3, 0, 0, 0, 0);
          c30 = multiplyAdd(c30, s03, w00);
          c31 = multiplyAdd(c31, s03, w01);
          const w10 = v128.load(w, 32);
          const w11 = v128.load(w, 48);
          const s10 = v128.shuffle<u32>(x0, x0, 1, 1, 1, 1);
          c00 = multiplyAdd(c00, s10, w10);
          c01 = multiplyAdd(c01, s10, w11);
          const s11 = v128.shuffle<u32>(x1, x1, 1, 1, 1, 1);
          c10 = multiplyAdd(c10, s11, w10);
          c11 = multiplyAdd(c11, s11, w11);
          const s12 = v128.shuffle<u32>(x2, x2, 1, 1, 1, 1);
          c20 = multiplyAdd(c20, s12, w10);
          c21 = multiplyAdd(c21, s12, w11);
          const s13 = v128.shuffle<u32>(x3, x3, 1, 1, 1, 1);
          c30 = multiplyAdd(c30, s13, w10);
          c31 = multiplyAdd(c31, s13, w11);
          const w20 = v128.load(w, 64);
          const w21 = v128.load(w, 80);
          const s20 = v128.shuffle<u32>(x0, x0, 2, 2, 2, 2);
          c00 = multiplyAdd(c00, s20, w20);
          c01 = multiplyAdd(c01, s20, w21);
          const s21 = v128.shuffle<u32>(x1, x1, 2, 2, 2, 2);
          c10 = multiplyAdd(c10, s21, w20);
          c11 = multiplyAdd(c11, s21, w21);
          const s22 = v128.shuffle<u32>(x2, x2, 2, 2, 2, 2);
          c20 = multiplyAdd(c20, s22, w20);
          c21 = multiplyAdd(c21, s22, w21);
          const s23 = v128.shuffle<u32>(x3, x3, 2, 2, 2, 2);
          c30 = multiplyAdd(c30, s23, w20);
          c31 = multiplyAdd(c31, s23, w21);
          const w30 = v128.load(w, 96);
          const w31 = v128.load(w, 112);
          const s30 = v128.shuffle<u32>(x0, x0, 3, 3, 3, 3);
          c00 = multiplyAdd(c00, s30, w30);
          c01 = multiplyAdd(c01, s30, w31);
          const s31 = v128.shuffle<u32>(x1, x1, 3, 3, 3, 3);
          c10 = multiplyAdd(c10, s31, w30);
          c11 = multiplyAdd(c11, s31, w31);
          const s32 = v128.shuffle<u32>(x2, x2, 3, 3, 3, 3);
          c20 = multiplyAdd(c20, s32, w30);
          c21 = multiplyAdd(c21, s32, w31);
          const s33 = v128.shuffle<u32>(x3, x3, 3, 3, 3, 3);
          c30 = multiplyAdd(c30, s33, w30);
          c31 = multiplyAdd(c31, s33, w31);
          a0 += 16;
          a1 += 16;
          a2 += 16;
          a3 += 16;
          w += 128;
        }
      }
      while (w < tapWeightsEnd) {
        const w0 = v128.load(w);
        const w1 = v128.load(w, 16);
        const x0 = v128.load32_splat(a0);
        c00 = multiplyAdd(c00, x0, w0);
        c01 = multiplyAdd(c01, x0, w1);
        const x1 = v128.load32_splat(a1);
        c10 = multiplyAdd(c10, x1, w0);
        c11 = multiplyAdd(c11, x1, w1);
        const x2 = v128.load32_splat(a2);
        c20 = multiplyAdd(c20, x2, w0);
        c21 = multiplyAdd(c21, x2, w1);
        const x3 = v128.load32_splat(a3);
        c30 = multiplyAdd(c30, x3, w0);
        c31 = multiplyAdd(c31, x3, w1);
        a0 += 4;
        a1 += 4;
        a2 += 4;
        a3 += 4;
        w += 32;
      }
      tap += 4;
    } while (tap < tapEnd);
    const b0 = v128.load(bias);
    const b1 = v128.load(bias, 16);
    const o0 = output + <usize>load<i32>(outputOffsets + m);
    v128.store(o0, addClamp(c00, b0, lower, upper));
    v128.store(o0, addClamp(c01, b1, lower, upper), 16);
    const o1 = output + <usize>load<i32>(outputOffsets + m1);
    v128.store(o1, addClamp(c10, b0, lower, upper));
    v128.store(o1, addClamp(c11, b1, lower, upper), 16);
    const o2 = output + <usize>load<i32>(outputOffsets + m2);
    v128.store(o2, addClamp(c20, b0, lower, upper));
    v128.store(o2, addClamp(c21, b1, lower, upper), 16);
    const o3 = output + <usize>load<i32>(outputOffsets + m3);
    v128.store(o3, addClamp(c30, b0, lower, upper));
    v128.store(o3, addClamp(c31, b1, lower, upper), 16);
  }
}

/** The literals compile the tiles once each. */
export function gemm4x8(
  byLanes: bool,
  input: usize,
  inputOffsets: usize,
  output: usize,
  outputOffsets: usize,
  pixels: i32,
  weights: usize,
  tapOffsets: usize,
  taps: i32,
  depth: i32,
  bias: usize,
  lower: v128,
  upper: v128,
): void {
  if (byLanes) tiles(true, input, inputOffsets, output, outputOffsets, pixels, weights, tapOffsets, taps, depth, bias, lower, upper);
  else tiles(false, input, inputOffsets, output, outputOffsets, pixels, weights, tapOffsets, taps, depth, bias, lower, upper);
}
