// Owns the resizing of lines to one line, as one row of the result.
import { dotAdd, roundSums, splatPair } from '../simd';

/** Bytes of two lines by turns. */
// @ts-ignore: decorator
@inline
function zip(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

/** Eight bytes of the result from `groups` times four lines that are `lineBytes` apart; weights as in ../simd.ts. */
// @ts-ignore: decorator
@inline
function eightBytes(lines: usize, lineBytes: usize, weights: usize, groups: u32): v128 {
  let lowFirst = i32x4.splat(0);
  let lowSecond = i32x4.splat(0);
  let highFirst = i32x4.splat(0);
  let highSecond = i32x4.splat(0);
  for (; groups != 0; groups--) {
    for (let pair = 0; pair < 4; pair += 2) {
      const bytes = zip(v128.load64_zero(lines), v128.load64_zero(lines + lineBytes));
      const first = i16x8.extend_low_i8x16_u(bytes);
      const second = i16x8.extend_high_i8x16_u(bytes);
      const low = splatPair(weights, pair);
      const high = splatPair(weights, pair + 1);
      lowFirst = dotAdd(lowFirst, first, low);
      lowSecond = dotAdd(lowSecond, second, low);
      highFirst = dotAdd(highFirst, first, high);
      highSecond = dotAdd(highSecond, second, high);
      lines += 2 * lineBytes;
    }
    weights += 16;
  }
  return i16x8.narrow_i32x4_s(roundSums(lowFirst, highFirst), roundSums(lowSecond, highSecond));
}

/** One line, rounded up to 8 bytes, of which the last ones are void. Lines behind the last one with a weight are read and not used. */
function resizeRow(lines: usize, lineBytes: usize, weights: usize, groups: u32, output: usize): void {
  for (const end = output + lineBytes; output < end; output += 8) {
    const words = eightBytes(lines, lineBytes, weights, groups);
    v128.store64_lane(output, i8x16.narrow_i16x8_u(words, words), 0);
    lines += 8;
  }
}

/**
 * `count` lines of the result, one after the other, from lines of which the first is row `first` of the source; writes up to 7 bytes after
 * the last one.
 * @param spans per output two u32, of which the first is the row of its first line
 */
export function resizeRows(
  lines: usize,
  first: u32,
  lineBytes: usize,
  spans: usize,
  weights: usize,
  groups: u32,
  count: u32,
  output: usize,
): void {
  for (; count != 0; count--) {
    resizeRow(lines + <usize>(load<u32>(spans) - first) * lineBytes, lineBytes, weights, groups, output);
    output += lineBytes;
    weights += <usize>groups << 4;
    spans += 8;
  }
}
