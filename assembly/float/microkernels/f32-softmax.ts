// Owns one row of SOFTMAX: exp(beta (x - max)) over its sum (tflite/kernels/internal/reference/softmax.h).
import { exponential } from '../exponential';

// @ts-ignore: decorator
@inline
function exponentialOfDifference(x: v128, largest: v128, beta: v128): v128 {
  return exponential(f32x4.mul(f32x4.sub(x, largest), beta));
}

/**
 * `channels` > 0 elements; the output is written up to the next multiple of 4, where padding lanes lie. Sums are made in lanes, and
 * products with the reciprocal replace quotients, as in XNNPACK.
 */
export function softmaxRow(input: usize, output: usize, channels: u32, beta: f32): void {
  const whole = <usize>((channels - 1) >> 2) << 4;
  const mask = i32x4.lt_u(i32x4(0, 1, 2, 3), i32x4.splat(((channels - 1) & 3) + 1));
  const scale = f32x4.splat(beta);
  const tail = v128.load(input + whole);
  let largest = v128.bitselect(tail, f32x4.splat(-<f32>Infinity), mask);
  for (let i: usize = 0; i < whole; i += 16) largest = f32x4.pmax(largest, v128.load(input + i));
  largest = f32x4.pmax(largest, v128.shuffle<u64>(largest, largest, 1, 0));
  largest = f32x4.pmax(largest, v128.shuffle<u32>(largest, largest, 1, 0, 3, 2));
  const last = v128.and(exponentialOfDifference(tail, largest, scale), mask);
  let sum = last;
  for (let i: usize = 0; i < whole; i += 16) {
    const e = exponentialOfDifference(v128.load(input + i), largest, scale);
    v128.store(output + i, e);
    sum = f32x4.add(sum, e);
  }
  sum = f32x4.add(sum, v128.shuffle<u64>(sum, sum, 1, 0));
  sum = f32x4.add(sum, v128.shuffle<u32>(sum, sum, 1, 0, 3, 2));
  const factor = f32x4.div(f32x4.splat(1), sum);
  for (let i: usize = 0; i < whole; i += 16) v128.store(output + i, f32x4.mul(v128.load(output + i), factor));
  v128.store(output + whole, f32x4.mul(last, factor));
}
