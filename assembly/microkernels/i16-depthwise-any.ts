// Owns one output row of a depthwise convolution with any kernel, stride and dilation: two pixels and eight channels at a time.
//
//   weights per block of 8 channels: i16 [tapPairs][8][2] (low four channels, high four), then the bias i32x8
//   tapOffsets i32[tapPairs][2]: bytes from a pixel's first tap; an odd last tap is paired with itself and a zero weight
import { requantize8 } from '../requantize';
import { dotAdd, zipHigh, zipLow } from '../simd';

/** `input` is the first tap of the row's first pixel in a zero-bordered image, `stepBytes` the distance to the next pixel's. */
// @ts-ignore: decorator
@inline
export function depthwiseAnyRow(
  input: usize,
  stepBytes: usize,
  output: usize,
  outputPixelBytes: usize,
  columns: i32,
  blocks: i32,
  tapPairs: i32,
  tapOffsets: usize,
  weights: usize,
  constants: usize,
  mode: i32,
  shift: i32,
  lower: v128,
  upper: v128,
): void {
  const tapEnd = tapOffsets + (<usize>tapPairs << 3);
  const biasOffset = <usize>tapPairs << 5;
  // A single pixel, and an odd last one, is computed twice.
  for (let x = 0; x < columns; x += 2) {
    const column = <usize>max(min(x, columns - 2), 0);
    let pixel = input + column * stepBytes;
    const right: usize = columns == 1 ? 0 : stepBytes;
    const rightOutput: usize = columns == 1 ? 0 : outputPixelBytes;
    const end = pixel + (<usize>blocks << 4);
    let o = output + column * outputPixelBytes;
    let w = weights;
    let c = constants;
    do {
      let low = v128.load(w + biasOffset);
      let high = v128.load(w + biasOffset, 16);
      let rightLow = low;
      let rightHigh = high;
      let tap = tapOffsets;
      do {
        const first = pixel + <usize>load<i32>(tap);
        const second = pixel + <usize>load<i32>(tap, 4);
        const w0 = v128.load(w);
        const w1 = v128.load(w, 16);
        {
          const a = v128.load(first);
          const b = v128.load(second);
          low = dotAdd(low, zipLow(a, b), w0);
          high = dotAdd(high, zipHigh(a, b), w1);
        }
        {
          const a = v128.load(first + right);
          const b = v128.load(second + right);
          rightLow = dotAdd(rightLow, zipLow(a, b), w0);
          rightHigh = dotAdd(rightHigh, zipHigh(a, b), w1);
        }
        w += 32;
        tap += 8;
      } while (tap < tapEnd);
      v128.store(o, requantize8(low, high, c, mode, shift, lower, upper));
      v128.store(o + rightOutput, requantize8(rightLow, rightHigh, c, mode, shift, lower, upper));
      pixel += 16;
      o += 16;
      w += 32;
      c += 128;
    } while (pixel < end);
  }
}
