// Owns the resizing of rows to fewer or more columns, of grey, RGB and RGBA pixels.
import { dotAdd, roundSums, splatPair } from '../simd';

/** Four pixels of `step` bytes as int16 pairs of neighbours, by channel: r0 r1 g0 g1 b0 b1 a0 a1, then those of pixels 2 and 3. */
// @ts-ignore: decorator
@inline
function pairNeighbours(step: u32, pixels: v128): v128 {
  if (step == 4) return i8x16.shuffle(pixels, pixels, 0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15);
  return i8x16.shuffle(pixels, pixels, 0, 3, 1, 4, 2, 5, 2, 5, 6, 9, 7, 10, 8, 11, 8, 11);
}

/** One output of three channels from `groups` times four pixels; writes a fourth byte. `step` is a literal. */
// @ts-ignore: decorator
@inline
function colorPixel(step: u32, source: usize, weights: usize, groups: u32, output: usize): void {
  let low = i32x4.splat(0);
  let high = i32x4.splat(0);
  for (; groups != 0; groups--) {
    const bytes = pairNeighbours(step, v128.load(source));
    const first = i16x8.extend_low_i8x16_u(bytes);
    const second = i16x8.extend_high_i8x16_u(bytes);
    low = dotAdd(low, first, splatPair(weights, 0));
    high = dotAdd(high, first, splatPair(weights, 1));
    low = dotAdd(low, second, splatPair(weights, 2));
    high = dotAdd(high, second, splatPair(weights, 3));
    source += 4 * step;
    weights += 16;
  }
  const words = i16x8.narrow_i32x4_s(roundSums(low, high), low);
  v128.store32_lane(output, i8x16.narrow_i16x8_u(words, words), 0);
}

/** The same of one channel. */
// @ts-ignore: decorator
@inline
function greyPixel(source: usize, weights: usize, groups: u32, output: usize): void {
  // Lanes: low of taps 0 and 1, high of the same, low of taps 2 and 3, high of the same.
  let sum = i32x4.splat(0);
  for (; groups != 0; groups--) {
    const four = v128.load32_splat(source);
    const bytes = i8x16.shuffle(four, four, 0, 1, 0, 1, 2, 3, 2, 3, 0, 1, 0, 1, 2, 3, 2, 3);
    sum = dotAdd(sum, i16x8.extend_low_i8x16_u(bytes), v128.load(weights));
    source += 4;
    weights += 16;
  }
  const other = i32x4.add(sum, v128.shuffle<u32>(sum, sum, 2, 3, 0, 1));
  store<u8>(output, i32x4.extract_lane(roundSums(other, v128.shuffle<u32>(other, other, 1, 0, 3, 2)), 0));
}

/**
 * One row of `count` outputs, from pixels of `step` bytes: 1, 3 or 4, a literal.
 * @param spans per output two u32, of which the first is the bytes from `source` to its first pixel
 * @param weights per output `groups` vectors, each of four taps
 */
// @ts-ignore: decorator
@inline
function resizeRow(step: u32, source: usize, spans: usize, weights: usize, groups: u32, count: u32, output: usize): void {
  for (; count != 0; count--) {
    const first = source + load<u32>(spans);
    if (step == 1) greyPixel(first, weights, groups, output);
    else colorPixel(step, first, weights, groups, output);
    output += step == 1 ? 1 : 3;
    weights += <usize>groups << 4;
    spans += 8;
  }
}

function resizeGreyRow(source: usize, spans: usize, weights: usize, groups: u32, count: u32, output: usize): void {
  resizeRow(1, source, spans, weights, groups, count, output);
}

function resizeRgbRow(source: usize, spans: usize, weights: usize, groups: u32, count: u32, output: usize): void {
  resizeRow(3, source, spans, weights, groups, count, output);
}

function resizeRgbaRow(source: usize, spans: usize, weights: usize, groups: u32, count: u32, output: usize): void {
  resizeRow(4, source, spans, weights, groups, count, output);
}

/**
 * `rows` rows, `sourceBytes` apart, to lines that are `lineBytes` apart, of 3 bytes an output, or 1 where `step` is 1. Reads up to
 * 16 * groups bytes after the last pixel and writes one byte after the last line.
 */
export function resizeColumns(
  step: u32,
  source: usize,
  sourceBytes: usize,
  rows: u32,
  spans: usize,
  weights: usize,
  groups: u32,
  count: u32,
  output: usize,
  lineBytes: usize,
): void {
  for (; rows != 0; rows--) {
    if (step == 1) resizeGreyRow(source, spans, weights, groups, count, output);
    else if (step == 3) resizeRgbRow(source, spans, weights, groups, count, output);
    else resizeRgbaRow(source, spans, weights, groups, count, output);
    source += sourceBytes;
    output += lineBytes;
  }
}
