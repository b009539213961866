// Owns one panel of 8 output channels of a float GEMM: tiles of 4 pixels, bias and clamp on the way out.
//
//   weights   f32 [tap][depth][8]
//   pixel m   starts at input + inputOffsets[m]; tap t adds tapOffsets[t]; its results go to output + outputOffsets[m]
//
// Products are added in the order of taps and depth and the bias comes last, as in tflite/kernels/internal/reference/conv.h, so that
// results are the reference's to the bit. One element of depth per iteration: unrolled bodies spill accumulators in V8 11 (Node 20).
import { addClamp, multiplyAdd } from '../simd';

/** `pixels` > 0; a last tile with fewer pixels repeats the last one. Writes 8 channels per pixel. */
export function gemm4x8(
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
      do {
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
      } while (w < tapWeightsEnd);
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
