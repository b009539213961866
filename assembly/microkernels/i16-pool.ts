// Owns the windows of pooling and means: maxima and sums of eight channels at a time.
import { ScalarRequantization } from '../abi';
import { general, narrowClamp, requantizeScalar4 } from '../requantize';

/** Maxima of three spans of `bytes`, a multiple of 16; the output may be the first span. */
function max3(a: usize, b: usize, c: usize, output: usize, bytes: usize): void {
  const end = output + bytes;
  while (output + 32 <= end) {
    const first = i16x8.max_s(i16x8.max_s(v128.load(a), v128.load(b)), v128.load(c));
    const second = i16x8.max_s(i16x8.max_s(v128.load(a, 16), v128.load(b, 16)), v128.load(c, 16));
    v128.store(output, first);
    v128.store(output, second, 16);
    a += 32;
    b += 32;
    c += 32;
    output += 32;
  }
  if (output < end) v128.store(output, i16x8.max_s(i16x8.max_s(v128.load(a), v128.load(b)), v128.load(c)));
}

/** Maxima of `count` >= 1 spans, `step` bytes apart; the output lies outside of them. */
export function maxSpans(input: usize, step: usize, count: i32, output: usize, bytes: usize): void {
  const last = input + <usize>(count - 1) * step;
  max3(input, min(input + step, last), min(input + 2 * step, last), output, bytes);
  for (input += 3 * step; input <= last; input += 2 * step) max3(output, input, min(input + step, last), output, bytes);
}

/** Maximum of `count` rows, 2 or 3, at one place; addresses come with an immediate offset of 0 or 16. */
// @ts-ignore: decorator
@inline
function maxColumn(count: i32, at0: usize, at1: usize, at2: usize, second: bool): v128 {
  const a = second ? v128.load(at0, 16) : v128.load(at0);
  const b = second ? v128.load(at1, 16) : v128.load(at1);
  if (count == 2) return i16x8.max_s(a, b);
  return i16x8.max_s(i16x8.max_s(a, b), second ? v128.load(at2, 16) : v128.load(at2));
}

/** One or two blocks of channels of `pixels` windows of `size` x `size`, 2 or 3, whose columns are two pixels apart. */
// @ts-ignore: decorator
@inline
function maxBlocks(
  size: i32,
  vectors: i32,
  row0: usize,
  row1: usize,
  row2: usize,
  pixelBytes: usize,
  output: usize,
  pixels: i32,
): void {
  const end = output + <usize>pixels * pixelBytes;
  let first = maxColumn(size, row0, row1, row2, false);
  let second = vectors == 2 ? maxColumn(size, row0, row1, row2, true) : first;
  while (true) {
    row0 += pixelBytes;
    row1 += pixelBytes;
    row2 += pixelBytes;
    first = i16x8.max_s(first, maxColumn(size, row0, row1, row2, false));
    if (vectors == 2) second = i16x8.max_s(second, maxColumn(size, row0, row1, row2, true));
    row0 += pixelBytes;
    row1 += pixelBytes;
    row2 += pixelBytes;
    if (size == 2) {
      v128.store(output, first);
      if (vectors == 2) v128.store(output, second, 16);
      output += pixelBytes;
      if (output >= end) return;
      first = maxColumn(size, row0, row1, row2, false);
      if (vectors == 2) second = maxColumn(size, row0, row1, row2, true);
    } else {
      // The third column is the next window's first.
      const next = maxColumn(size, row0, row1, row2, false);
      v128.store(output, i16x8.max_s(first, next));
      first = next;
      if (vectors == 2) {
        const nextSecond = maxColumn(size, row0, row1, row2, true);
        v128.store(output, i16x8.max_s(second, nextSecond), 16);
        second = nextSecond;
      }
      output += pixelBytes;
      if (output >= end) return;
    }
  }
}

// @ts-ignore: decorator
@inline
function maxWindows(size: i32, row0: usize, row1: usize, row2: usize, pixelBytes: usize, output: usize, pixels: i32): void {
  const end = row0 + pixelBytes;
  while (row0 + 32 <= end) {
    maxBlocks(size, 2, row0, row1, row2, pixelBytes, output, pixels);
    row0 += 32;
    row1 += 32;
    row2 += 32;
    output += 32;
  }
  if (row0 < end) maxBlocks(size, 1, row0, row1, row2, pixelBytes, output, pixels);
}

/** `pixels` whole windows of 2x2 with stride 2; the rows begin at the first window. */
export function max2x2Stride2(row0: usize, row1: usize, pixelBytes: usize, output: usize, pixels: i32): void {
  maxWindows(2, row0, row1, row1, pixelBytes, output, pixels);
}

/** The same of 3x3. */
export function max3x3Stride2(row0: usize, row1: usize, row2: usize, pixelBytes: usize, output: usize, pixels: i32): void {
  maxWindows(3, row0, row1, row2, pixelBytes, output, pixels);
}

/** Clamps `bytes`, a multiple of 16. */
export function clampSpan(output: usize, bytes: usize, lower: v128, upper: v128): void {
  for (const end = output + bytes; output < end; output += 16) {
    v128.store(output, i16x8.min_s(i16x8.max_s(v128.load(output), lower), upper));
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

/** Eight sums of elements to results. */
// @ts-ignore: decorator
@inline
function requantizeSums(low: v128, high: v128, constants: usize, lower: v128, upper: v128): v128 {
  if (changetype<ScalarRequantization>(constants).general) {
    return narrowClamp(general(low, constants), general(high, constants), lower, upper);
  }
  return narrowClamp(requantizeScalar4(low, constants), requantizeScalar4(high, constants), lower, upper);
}

/** Sums of `rows` x `columns` pixels over four blocks of channels, requantized; those of `terms` neighbours are int16. */
export function sumWindow4(
  input: usize,
  rowBytes: usize,
  pixelBytes: usize,
  rows: i32,
  columns: i32,
  terms: i32,
  output: usize,
  constants: usize,
  lower: v128,
  upper: v128,
): void {
  let low0 = i32x4.splat(0);
  let low1 = low0;
  let low2 = low0;
  let low3 = low0;
  let high0 = low0;
  let high1 = low0;
  let high2 = low0;
  let high3 = low0;
  for (let y = 0; y < rows; y++) {
    let pixel = input + <usize>y * rowBytes;
    for (let x = 0; x < columns; x += terms) {
      const end = pixel + <usize>min(columns - x, terms) * pixelBytes;
      let sum0 = i32x4.splat(0);
      let sum1 = sum0;
      let sum2 = sum0;
      let sum3 = sum0;
      do {
        sum0 = i16x8.add(sum0, v128.load(pixel));
        sum1 = i16x8.add(sum1, v128.load(pixel, 16));
        sum2 = i16x8.add(sum2, v128.load(pixel, 32));
        sum3 = i16x8.add(sum3, v128.load(pixel, 48));
        pixel += pixelBytes;
      } while (pixel < end);
      low0 = i32x4.add(low0, i32x4.extend_low_i16x8_s(sum0));
      high0 = i32x4.add(high0, i32x4.extend_high_i16x8_s(sum0));
      low1 = i32x4.add(low1, i32x4.extend_low_i16x8_s(sum1));
      high1 = i32x4.add(high1, i32x4.extend_high_i16x8_s(sum1));
      low2 = i32x4.add(low2, i32x4.extend_low_i16x8_s(sum2));
      high2 = i32x4.add(high2, i32x4.extend_high_i16x8_s(sum2));
      low3 = i32x4.add(low3, i32x4.extend_low_i16x8_s(sum3));
      high3 = i32x4.add(high3, i32x4.extend_high_i16x8_s(sum3));
    }
  }
  v128.store(output, requantizeSums(low0, high0, constants, lower, upper));
  v128.store(output, requantizeSums(low1, high1, constants, lower, upper), 16);
  v128.store(output, requantizeSums(low2, high2, constants, lower, upper), 32);
  v128.store(output, requantizeSums(low3, high3, constants, lower, upper), 48);
}

/** The same over one block. */
export function sumWindow(
  input: usize,
  rowBytes: usize,
  pixelBytes: usize,
  rows: i32,
  columns: i32,
  output: usize,
  constants: usize,
  lower: v128,
  upper: v128,
): void {
  let low = i32x4.splat(0);
  let high = low;
  for (let y = 0; y < rows; y++) {
    let pixel = input + <usize>y * rowBytes;
    const end = pixel + <usize>columns * pixelBytes;
    do {
      const a = v128.load(pixel);
      low = i32x4.add(low, i32x4.extend_low_i16x8_s(a));
      high = i32x4.add(high, i32x4.extend_high_i16x8_s(a));
      pixel += pixelBytes;
    } while (pixel < end);
  }
  v128.store(output, requantizeSums(low, high, constants, lower, upper));
}
