// Owns one output row of a 3x3 float depthwise convolution with stride 2: two pixels and four channels at a time.
//
//   weights per 4 channels: f32 [3 rows][3 columns][4], then the bias f32x4
import { addClamp, multiplyAdd } from '../simd';

/**
 * `input` is the first tap of the row's first pixel in a zero-bordered image; `columns` >= 2. An odd last pixel is covered by
 * computing its left neighbour again.
 */
export function depthwise3x3Stride2Row(
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
    let pixel = input + <usize>x * 2 * pixelBytes;
    const end = pixel + (<usize>vectors << 4);
    let o = output + <usize>x * outputPixelBytes;
    let w = weights;
    do {
      let s0 = f32x4.splat(0);
      let s1 = s0;
      let a = pixel;
      const rowsEnd = w + 144;
      do {
        const w0 = v128.load(w);
        const w1 = v128.load(w, 16);
        const w2 = v128.load(w, 32);
        s0 = multiplyAdd(s0, v128.load(a), w0);
        s0 = multiplyAdd(s0, v128.load(a + pixelBytes), w1);
        const x2 = v128.load(a + 2 * pixelBytes);
        s0 = multiplyAdd(s0, x2, w2);
        s1 = multiplyAdd(s1, x2, w0);
        s1 = multiplyAdd(s1, v128.load(a + 3 * pixelBytes), w1);
        s1 = multiplyAdd(s1, v128.load(a + 4 * pixelBytes), w2);
        a += rowBytes;
        w += 48;
      } while (w < rowsEnd);
      const bias = v128.load(w);
      v128.store(o, addClamp(s0, bias, lower, upper));
      v128.store(o + outputPixelBytes, addClamp(s1, bias, lower, upper));
      w += 16;
      pixel += 16;
      o += 16;
    } while (pixel < end);
    x += 2;
    if (x >= columns) break;
    if (x + 2 > columns) x = columns - 2;
  }
}
