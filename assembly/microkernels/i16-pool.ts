// Owns the windows of pooling and means: maxima and sums of eight channels at a time.
import { multiplyByQuantizedMultiplier, narrowClamp } from '../requantize';

/** Maximum of `rows` x `columns` pixels, clamped, for every block; the window lies inside the image and is not empty. */
export function maxWindow(
  input: usize,
  rowBytes: usize,
  pixelBytes: usize,
  rows: i32,
  columns: i32,
  blocks: i32,
  output: usize,
  lower: v128,
  upper: v128,
): void {
  for (let block = 0; block < blocks; block++) {
    let result = v128.load(input);
    for (let y = 0; y < rows; y++) {
      let pixel = input + <usize>y * rowBytes;
      for (let x = 0; x < columns; x++) {
        result = i16x8.max_s(result, v128.load(pixel));
        pixel += pixelBytes;
      }
    }
    v128.store(output, i16x8.min_s(i16x8.max_s(result, lower), upper));
    input += 16;
    output += 16;
  }
}

/** (sum + sign(sum) floor(n / 2)) / n towards zero; exact in float32 since every operand is below 2^24. */
// @ts-ignore: decorator
@inline
function divideRounding(sum: v128, count: v128, half: v128): v128 {
  const signedHalf = v128.bitselect(half, i32x4.neg(half), i32x4.gt_s(sum, i32x4.splat(0)));
  return i32x4.trunc_sat_f32x4_s(f32x4.div(f32x4.convert_i32x4_s(i32x4.add(sum, signedHalf)), count));
}

/**
 * Average of a window, rounded in code space: the zero point is added to the sum and taken off the quotient
 * (reference/pooling.h, reference/integer_ops/pooling.h). 255 rows columns < 2^24.
 */
export function averageWindow(
  input: usize,
  rowBytes: usize,
  pixelBytes: usize,
  rows: i32,
  columns: i32,
  blocks: i32,
  output: usize,
  zeroPoint: i32,
  lower: v128,
  upper: v128,
): void {
  const taps = rows * columns;
  const start = i32x4.splat(taps * zeroPoint);
  const count = f32x4.splat(<f32>taps);
  const half = i32x4.splat(taps >> 1);
  const zero = i32x4.splat(zeroPoint);
  for (let block = 0; block < blocks; block++) {
    let low = start;
    let high = start;
    for (let y = 0; y < rows; y++) {
      let pixel = input + <usize>y * rowBytes;
      for (let x = 0; x < columns; x++) {
        const a = v128.load(pixel);
        low = i32x4.add(low, i32x4.extend_low_i16x8_s(a));
        high = i32x4.add(high, i32x4.extend_high_i16x8_s(a));
        pixel += pixelBytes;
      }
    }
    low = i32x4.sub(divideRounding(low, count, half), zero);
    high = i32x4.sub(divideRounding(high, count, half), zero);
    v128.store(output, narrowClamp(low, high, lower, upper));
    input += 16;
    output += 16;
  }
}

/** Sum of a window, requantized by one multiplier, for every block. */
export function sumWindow(
  input: usize,
  rowBytes: usize,
  pixelBytes: usize,
  rows: i32,
  columns: i32,
  blocks: i32,
  output: usize,
  multiplier: i32,
  shift: i32,
  lower: i32,
  upper: i32,
): void {
  const channels = blocks << 3;
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    for (let y = 0; y < rows; y++) {
      let pixel = input + <usize>y * rowBytes;
      for (let x = 0; x < columns; x++) {
        sum += <i32>load<i16>(pixel);
        pixel += pixelBytes;
      }
    }
    const result = multiplyByQuantizedMultiplier(sum, multiplier, shift);
    store<i16>(output, <i16>min(max(result, lower), upper));
    input += 2;
    output += 2;
  }
}
