// Owns one output row of a 3x3 float depthwise convolution with stride 1: four pixels and four channels at a time.
//
//   weights per 4 channels: f32 [3 rows][3 columns][4], then the bias f32x4
//
// Every row of the kernel is loaded once for four pixels; each of its six input vectors serves up to three of them.
import { addClamp, multiplyAdd } from '../simd';

/**
 * `input` is the first tap of the row's first pixel in a zero-bordered image; `columns` >= 4. A last tile with fewer pixels starts
 * earlier and computes some again.
 */
export function depthwise3x3Stride1Row(
  input: usize,
  rowBytes: usize,
  pixelBytes: usize,
  output: usize,
  outputPixelBytes: usize,
  columns: i32,
  vectors: i32,
  weights: usize,
  lower: v128,
  upper: v128,
): void {
  let x = 0;
  while (true) {
    let pixel = input + <usize>x * pixelBytes;
    const end = pixel + (<usize>vectors << 4);
    let o = output + <usize>x * outputPixelBytes;
    let w = weights;
    do {
      let s0 = f32x4.splat(0);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      let a = pixel;
      const rowsEnd = w + 144;
      do {
        const w0 = v128.load(w);
        const w1 = v128.load(w, 16);
        const w2 = v128.load(w, 32);
        const x0 = v128.load(a);
        s0 = multiplyAdd(s0, x0, w0);
        const x1 = v128.load(a + pixelBytes);
        s0 = multiplyAdd(s0, x1, w1);
        s1 = multiplyAdd(s1, x1, w0);
        const x2 = v128.load(a + 2 * pixelBytes);
        s0 = multiplyAdd(s0, x2, w2);
        s1 = multiplyAdd(s1, x2, w1);
        s2 = multiplyAdd(s2, x2, w0);
        const x3 = v128.load(a + 3 * pixelBytes);
        s1 = multiplyAdd(s1, x3, w2);
        s2 = multiplyAdd(s2, x3, w1);
        s3 = multiplyAdd(s3, x3, w0);
        const x4 = v128.load(a + 4 * pixelBytes);
        s2 = multiplyAdd(s2, x4, w2);
        s3 = multiplyAdd(s3, x4, w1);
        s3 = multiplyAdd(s3, v128.load(a + 5 * pixelBytes), w2);
        a += rowBytes;
        w += 48;
      } while (w < rowsEnd);
      const bias = v128.load(w);
      v128.store(o, addClamp(s0, bias, lower, upper));
      v128.store(o + outputPixelBytes, addClamp(s1, bias, lower, upper));
      v128.store(o + 2 * outputPixelBytes, addClamp(s2, bias, lower, upper));
      v128.store(o + 3 * outputPixelBytes, addClamp(s3, bias, lower, upper));
      w += 16;
      pixel += 16;
      o += 16;
    } while (pixel < end);
    x += 4;
    if (x >= columns) break;
    if (x + 4 > columns) x = columns - 4;
  }
}
