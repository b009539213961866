// Owns one output row of a depthwise convolution of int16 codes with any kernel: eight channels at a time, with int64 sums.
//
//   weights per block of 8 channels: i16 [tapPairs][8][2] (low four channels, high four), then 32 bytes that are not read
//   tapOffsets i32[tapPairs][2]: bytes from a pixel's first tap; an odd last tap is paired with itself and a zero weight
import { dotAdd, zipHigh, zipLow } from '../simd';
import { addSums, requantizeSums } from './i64-requantize';

/** `input` is the first tap of the row's first pixel; at most 128 pairs of taps, whose sums are at most 2^30 (i16-gemm-wide.ts). */
export function wideDepthwiseRow(
  input: usize,
  stepBytes: usize,
  output: usize,
  outputPixelBytes: usize,
  columns: i32,
  blocks: i32,
  tapPairs: i32,
  tapOffsets: usize,
  weights: usize,
  bias: usize,
  constants: usize,
  mode: u32,
  sums: usize,
  lower: i32,
  upper: i32,
): void {
  const tapEnd = tapOffsets + (<usize>tapPairs << 3);
  for (let column = 0; column < columns; column++) {
    let w = weights;
    for (let block: usize = 0; block < <usize>blocks; block++) {
      const pixel = input + (block << 4);
      let low = i32x4.splat(0);
      let high = low;
      for (let tap = tapOffsets; tap < tapEnd; tap += 8) {
        const a = v128.load(pixel + <usize>load<i32>(tap));
        const b = v128.load(pixel + <usize>load<i32>(tap, 4));
        low = dotAdd(low, zipLow(a, b), v128.load(w));
        high = dotAdd(high, zipHigh(a, b), v128.load(w, 16));
        w += 32;
      }
      w += 32;
      memory.copy(sums, bias + (block << 6), 64);
      addSums(sums, low);
      addSums(sums + 32, high);
      requantizeSums(sums, constants + (block << 6), output + (block << 4), 8, mode, lower, upper);
    }
    input += stepBytes;
    output += outputPixelBytes;
  }
}
