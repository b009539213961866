// Owns functions of one int16 code by a table of lines, eight elements at a time and one by one.
import { Interpolation } from '../abi-int16';
import { dotAdd } from '../simd';

/** Four positions to results. `lengths` is 2^bits in the lower half of every lane, the factor of a line's first value. */
// @ts-ignore: decorator
@inline
function interpolate4(x: v128, table: usize, k: Interpolation, lengths: v128, mask: v128): v128 {
  const scaled = i32x4.add(i32x4.mul(x, i32x4.splat(k.multiplier)), i32x4.splat(k.scaleRounding));
  const position = i32x4.shr_s(scaled, k.scaleShift);
  const sign = v128.and(i32x4.shr_s(position, 31), i32x4.splat(k.mirrored));
  const shifted = i32x4.add(i32x4.sub(v128.xor(position, sign), sign), i32x4.splat(k.offset));
  // Padding lanes may hold anything: every position is inside.
  const inside = i32x4.min_u(shifted, i32x4.splat(k.last));
  const index = i32x4.shl(i32x4.shr_u(inside, k.bits), 2);
  let lines = v128.load32_zero(table + <usize>i32x4.extract_lane(index, 0));
  lines = v128.load32_lane(table + <usize>i32x4.extract_lane(index, 1), lines, 1);
  lines = v128.load32_lane(table + <usize>i32x4.extract_lane(index, 2), lines, 2);
  lines = v128.load32_lane(table + <usize>i32x4.extract_lane(index, 3), lines, 3);
  // The complement of a value plus the rounding is the complement of the value less the rounding.
  const rounding = i32x4.sub(v128.xor(i32x4.splat(k.rounding), sign), sign);
  const value = dotAdd(rounding, lines, v128.or(lengths, i32x4.shl(v128.and(inside, mask), 16)));
  return i32x4.shr_s(v128.xor(value, sign), k.shift);
}

/** `blocks` x 8 elements; `constants` is one Interpolation. */
export function interpolateSpan(input: usize, output: usize, blocks: i32, table: usize, constants: usize): void {
  const k = changetype<Interpolation>(constants);
  const lengths = i32x4.splat(1 << k.bits);
  const mask = i32x4.splat((1 << k.bits) - 1);
  for (const end = output + (<usize>blocks << 4); output < end; output += 16) {
    const x = v128.load(input);
    const low = interpolate4(i32x4.extend_low_i16x8_s(x), table, k, lengths, mask);
    const high = interpolate4(i32x4.extend_high_i16x8_s(x), table, k, lengths, mask);
    // The lower halves: TFLite wraps.
    v128.store(output, i8x16.shuffle(low, high, 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29));
    input += 16;
  }
}

/** `LUTLookup` of tflite/kernels/internal/common.h, of 512 lines of 128 codes. */
// @ts-ignore: decorator
@inline
export function lookup(table: usize, code: i32): i32 {
  const line = table + (<usize>((code + 32768) >> 7) << 2);
  return <i32>load<i16>(line) + ((<i32>load<i16>(line, 2) * (code & 127) + 64) >> 7);
}
