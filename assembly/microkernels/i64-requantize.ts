// Owns int64 sums of products of int16 codes: adding int32 to them, and the way to int16.
import { SumRequantization } from '../abi-int16';
import { multiplyByQuantizedMultiplier } from '../requantize';

/** Adds four int32 to the four int64 at `at`. A function of its own, for its size: it runs once per 128 pairs of products. */
export function addSums(at: usize, terms: v128): void {
  v128.store(at, i64x2.add(v128.load(at), i64x2.extend_low_i32x4_s(terms)));
  v128.store(at, i64x2.add(v128.load(at, 16), i64x2.extend_high_i32x4_s(terms)), 16);
}

/**
 * `channels` sums to clamped int16. Wide is MultiplyByQuantizedMultiplier of int64 (tensorflow/lite/kernels/internal/common.cc):
 * floor((x m + 2^(s-1)) / 2^s), wrapped to int32, for |x| < 2^48 and 0 <= m < 2^15.
 */
export function requantizeSums(sums: usize, constants: usize, output: usize, channels: usize, mode: u32, lower: i32, upper: i32): void {
  for (let c: usize = 0; c < channels; c++) {
    const at = constants + ((c >> 2) << 5) + ((c & 3) << 2);
    const multiplier = load<i32>(at);
    const shift = load<i32>(at, 16);
    const sum = load<i64>(sums + (c << 3));
    const result =
      mode == SumRequantization.Wide
        ? <i32>((sum * <i64>multiplier + (<i64>1 << (shift - 1))) >> shift)
        : multiplyByQuantizedMultiplier(<i32>sum, multiplier, shift);
    store<i16>(output + (c << 1), <i16>min(max(result, lower), upper));
  }
}
