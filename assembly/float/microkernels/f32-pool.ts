// Owns the windows of pooling and reductions: maxima and sums of sixteen or eight channels at a time.
import { clamp } from '../simd';

/** (a < b) ? b : a as std::max(a, b), or the sum. */
// @ts-ignore: decorator
@inline
function combine(isMax: bool, a: v128, b: v128): v128 {
  return isMax ? f32x4.pmax(a, b) : f32x4.add(a, b);
}

/** `isMax` and `vectors`, 2 or 4, are literals. */
// @ts-ignore: decorator
@inline
function window(
  isMax: bool,
  vectors: i32,
  input: usize,
  rowBytes: usize,
  pixelBytes: usize,
  rows: i32,
  columns: i32,
  output: usize,
  divisor: v128,
  lower: v128,
  upper: v128,
): void {
  let s0 = isMax ? v128.load(input) : f32x4.splat(0);
  let s1 = isMax ? v128.load(input, 16) : s0;
  let s2 = isMax && vectors == 4 ? v128.load(input, 32) : s0;
  let s3 = isMax && vectors == 4 ? v128.load(input, 48) : s0;
  const width = <usize>columns * pixelBytes;
  const bottom = input + <usize>rows * rowBytes;
  do {
    let pixel = input;
    const end = pixel + width;
    do {
      s0 = combine(isMax, s0, v128.load(pixel));
      s1 = combine(isMax, s1, v128.load(pixel, 16));
      if (vectors == 4) {
        s2 = combine(isMax, s2, v128.load(pixel, 32));
        s3 = combine(isMax, s3, v128.load(pixel, 48));
      }
      pixel += pixelBytes;
    } while (pixel < end);
    input += rowBytes;
  } while (input < bottom);
  if (!isMax) {
    s0 = f32x4.div(s0, divisor);
    s1 = f32x4.div(s1, divisor);
    if (vectors == 4) {
      s2 = f32x4.div(s2, divisor);
      s3 = f32x4.div(s3, divisor);
    }
  }
  v128.store(output, clamp(s0, lower, upper));
  v128.store(output, clamp(s1, lower, upper), 16);
  if (vectors == 4) {
    v128.store(output, clamp(s2, lower, upper), 32);
    v128.store(output, clamp(s3, lower, upper), 48);
  }
}

/**
 * The maximum of `rows` x `columns` pixels, or their sum in row-major order over `divisor` (tflite/kernels/internal/reference/pooling.h),
 * clamped, for `blocks` x 8 channels. The window lies inside the image and is not empty.
 */
// @ts-ignore: decorator
@inline
export function poolWindow(
  isMax: bool,
  input: usize,
  rowBytes: usize,
  pixelBytes: usize,
  rows: i32,
  columns: i32,
  blocks: i32,
  output: usize,
  divisor: f32,
  lower: v128,
  upper: v128,
): void {
  const divisors = f32x4.splat(divisor);
  for (; blocks >= 2; blocks -= 2) {
    window(isMax, 4, input, rowBytes, pixelBytes, rows, columns, output, divisors, lower, upper);
    input += 64;
    output += 64;
  }
  if (blocks) window(isMax, 2, input, rowBytes, pixelBytes, rows, columns, output, divisors, lower, upper);
}
