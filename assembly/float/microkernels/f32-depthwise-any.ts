// Owns one output row of a float depthwise convolution with any kernel, stride and dilation: one pixel, four channels at a time.
//
//   weights per 4 channels: f32 [taps][4], then the bias f32x4
import { addClamp, multiplyAdd } from '../simd';

/** `input` is the first tap of the row's first pixel in a zero-bordered image, `stepBytes` the distance to the next pixel's. */
export function depthwiseAnyRow(
  input: usize,
  stepBytes: usize,
  output: usize,
  outputPixelBytes: usize,
  columns: i32,
  vectors: i32,
  taps: i32,
  tapOffsets: usize,
  weights: usize,
  lower: v128,
  upper: v128,
): void {
  const tapEnd = tapOffsets + (<usize>taps << 2);
  for (let x = 0; x < columns; x++) {
    let pixel = input + <usize>x * stepBytes;
    const end = pixel + (<usize>vectors << 4);
    let o = output + <usize>x * outputPixelBytes;
    let w = weights;
    do {
      let sum = f32x4.splat(0);
      let tap = tapOffsets;
      do {
        sum = multiplyAdd(sum, v128.load(pixel + <usize>load<i32>(tap)), v128.load(w));
        w += 16;
        tap += 4;
      } while (tap < tapEnd);
      v128.store(o, addClamp(sum, v128.load(w), lower, upper));
      w += 16;
      pixel += 16;
      o += 16;
    } while (pixel < end);
  }
}
