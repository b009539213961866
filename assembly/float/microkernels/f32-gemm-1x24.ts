// Owns a float GEMM of one pixel: three panels of 8 output channels at a time, two, or one.
//
//   weights   f32 [panel][tap][depth][8]: `panelBytes` from one panel to the next, `stepBytes` from one element of depth to the next
//
// The order of additions is that of f32-gemm-4x8.ts. One pixel's sums alone would wait for one another, since an addition takes several cycles;
// sums of four panels would be spilled by V8 11 (Node 20), which loads all weights of a step first.
import { addClamp, multiplyAdd } from '../simd';

/** `panels` is a literal, 3, 2 or 1; `input` is the first tap of the pixel. Writes 8 channels per panel. */
// @ts-ignore: decorator
@inline
export function gemmPixel(
  panels: i32,
  input: usize,
  output: usize,
  weights: usize,
  panelBytes: usize,
  stepBytes: usize,
  tapOffsets: usize,
  taps: i32,
  depth: i32,
  bias: usize,
  lower: v128,
  upper: v128,
): void {
  const tapEnd = tapOffsets + (<usize>taps << 2);
  const tapBytes = <usize>depth << 2;
  let c0 = f32x4.splat(0);
  let c1 = c0;
  let c2 = c0;
  let c3 = c0;
  let c4 = c0;
  let c5 = c0;
  let w = weights;
  const p1 = panelBytes;
  const p2 = panelBytes * 2;
  do {
    let a = input + <usize>load<i32>(tapOffsets);
    const end = a + tapBytes;
    do {
      const x = v128.load32_splat(a);
      c0 = multiplyAdd(c0, x, v128.load(w));
      c1 = multiplyAdd(c1, x, v128.load(w, 16));
      if (panels > 1) {
        c2 = multiplyAdd(c2, x, v128.load(w + p1));
        c3 = multiplyAdd(c3, x, v128.load(w + p1, 16));
      }
      if (panels > 2) {
        c4 = multiplyAdd(c4, x, v128.load(w + p2));
        c5 = multiplyAdd(c5, x, v128.load(w + p2, 16));
      }
      a += 4;
      w += stepBytes;
    } while (a < end);
    tapOffsets += 4;
  } while (tapOffsets < tapEnd);
  v128.store(output, addClamp(c0, v128.load(bias), lower, upper));
  v128.store(output, addClamp(c1, v128.load(bias, 16), lower, upper), 16);
  if (panels > 1) {
    v128.store(output, addClamp(c2, v128.load(bias, 32), lower, upper), 32);
    v128.store(output, addClamp(c3, v128.load(bias, 48), lower, upper), 48);
  }
  if (panels > 2) {
    v128.store(output, addClamp(c4, v128.load(bias, 64), lower, upper), 64);
    v128.store(output, addClamp(c5, v128.load(bias, 80), lower, upper), 80);
  }
}
