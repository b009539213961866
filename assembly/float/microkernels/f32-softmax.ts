// Owns one row of SOFTMAX: exp(beta (x - max)) over its sum (tflite/kernels/internal/reference/softmax.h), and of LOG_SOFTMAX.
import { exponential } from '../exponential';
import { logarithm } from '../logarithm';

/** beta (x - max), no larger than 0. */
// @ts-ignore: decorator
@inline
function argument(isPlain: bool, x: v128, largest: v128, beta: v128, lowest: v128): v128 {
  const difference = f32x4.sub(x, largest);
  return f32x4.pmax(isPlain ? difference : f32x4.mul(difference, beta), lowest);
}

/** The largest of four lanes, in each of them. */
// @ts-ignore: decorator
@inline
function maximumOf(x: v128): v128 {
  const pairs = f32x4.pmax(x, v128.shuffle<u64>(x, x, 1, 0));
  return f32x4.pmax(pairs, v128.shuffle<u32>(pairs, pairs, 1, 0, 3, 2));
}

// @ts-ignore: decorator
@inline
function sumOf(x: v128): v128 {
  const pairs = f32x4.add(x, v128.shuffle<u64>(x, x, 1, 0));
  return f32x4.add(pairs, v128.shuffle<u32>(pairs, pairs, 1, 0, 3, 2));
}

/**
 * SOFTMAX of `channels` > 0 elements and `beta` > 0, or `isLog`, a literal, LOG_SOFTMAX with a beta of 1: x - max - log(sum of exp(x - max)).
 * The output is written up to the next multiple of 4, where padding lanes lie. Maxima and sums are made in lanes, and products with the
 * reciprocal replace quotients, as in XNNPACK. `isPlain`, a literal: beta is 1, a product with which changes nothing.
 */
// @ts-ignore: decorator
@inline
function row(isLog: bool, isPlain: bool, input: usize, output: usize, channels: u32, constants: usize, logarithms: usize, beta: f32): void {
  const whole = <usize>((channels - 1) >> 2) << 4;
  const mask = i32x4.lt_u(i32x4(0, 1, 2, 3), i32x4.splat(((channels - 1) & 3) + 1));
  const scale = f32x4.splat(beta);
  const lowest = v128.load32_splat(constants);
  const log2e = v128.load32_splat(constants, 8);
  const shift = v128.load32_splat(constants, 12);
  const high = v128.load32_splat(constants, 16);
  const low = v128.load32_splat(constants, 20);
  const c5 = v128.load32_splat(constants, 24);
  const c4 = v128.load32_splat(constants, 28);
  const c3 = v128.load32_splat(constants, 32);
  const c2 = v128.load32_splat(constants, 36);
  const c1 = v128.load32_splat(constants, 40);
  const tail = v128.load(input + whole);
  const largest = largestOf(input, whole, v128.bitselect(tail, f32x4.splat(-<f32>Infinity), mask));
  const first = argument(isPlain, tail, largest, scale, lowest);
  const last = v128.and(exponential(first, log2e, shift, high, low, c5, c4, c3, c2, c1), mask);
  let sum = last;
  let i: usize = 0;
  for (; i + 32 <= whole; i += 32) {
    const x = argument(isPlain, v128.load(input + i), largest, scale, lowest);
    const y = argument(isPlain, v128.load(input + i, 16), largest, scale, lowest);
    const e = exponential(x, log2e, shift, high, low, c5, c4, c3, c2, c1);
    const f = exponential(y, log2e, shift, high, low, c5, c4, c3, c2, c1);
    if (!isLog) v128.store(output + i, e);
    if (!isLog) v128.store(output + i, f, 16);
    sum = f32x4.add(f32x4.add(sum, e), f);
  }
  if (i < whole) {
    const x = argument(isPlain, v128.load(input + i), largest, scale, lowest);
    const e = exponential(x, log2e, shift, high, low, c5, c4, c3, c2, c1);
    if (!isLog) v128.store(output + i, e);
    sum = f32x4.add(sum, e);
  }
  if (isLog) {
    const logSum = logarithm(sumOf(sum), logarithms);
    for (i = 0; i <= whole; i += 16) v128.store(output + i, f32x4.sub(f32x4.sub(v128.load(input + i), largest), logSum));
    return;
  }
  const factor = f32x4.div(f32x4.splat(1), sumOf(sum));
  scaleSpan(output, whole, factor);
  v128.store(output + whole, f32x4.mul(last, factor));
}

/** The largest of `bytes` of elements and of a vector. */
// @ts-ignore: decorator
@inline
function largestOf(input: usize, bytes: usize, tail: v128): v128 {
  let m0 = tail;
  let m1 = m0;
  let m2 = m0;
  let m3 = m0;
  let i: usize = 0;
  for (; i + 64 <= bytes; i += 64) {
    m0 = f32x4.pmax(m0, v128.load(input + i));
    m1 = f32x4.pmax(m1, v128.load(input + i, 16));
    m2 = f32x4.pmax(m2, v128.load(input + i, 32));
    m3 = f32x4.pmax(m3, v128.load(input + i, 48));
  }
  for (; i < bytes; i += 16) m0 = f32x4.pmax(m0, v128.load(input + i));
  return maximumOf(f32x4.pmax(f32x4.pmax(m0, m1), f32x4.pmax(m2, m3)));
}

// @ts-ignore: decorator
@inline
function scaleSpan(output: usize, bytes: usize, factor: v128): void {
  let i: usize = 0;
  for (; i + 64 <= bytes; i += 64) {
    v128.store(output + i, f32x4.mul(v128.load(output + i), factor));
    v128.store(output + i, f32x4.mul(v128.load(output + i, 16), factor), 16);
    v128.store(output + i, f32x4.mul(v128.load(output + i, 32), factor), 32);
    v128.store(output + i, f32x4.mul(v128.load(output + i, 48), factor), 48);
  }
  for (; i < bytes; i += 16) v128.store(output + i, f32x4.mul(v128.load(output + i), factor));
}

/** The literals compile the row once each. */
export function softmaxRow(input: usize, output: usize, channels: u32, constants: usize, beta: f32): void {
  if (beta == 1) row(false, true, input, output, channels, constants, 0, beta);
  else row(false, false, input, output, channels, constants, 0, beta);
}

export function logSoftmaxRow(input: usize, output: usize, channels: u32, constants: usize, logarithms: usize): void {
  row(true, true, input, output, channels, constants, logarithms, 1);
}
