// Owns one row of SOFTMAX: exp(beta (x - max)) over its sum (tflite/kernels/internal/reference/softmax.h), and of LOG_SOFTMAX.
import { logarithm } from '../logarithm';

/**
 * exp(beta (x - max)) as 2^t, t = (x - max) `scale` no larger than 0, `scale` = beta log2(e): t = n + f with |f| <= 1 / 2, and 2^f is the
 * minimax polynomial 1 + f (c1 + f (c2 + f (c3 + f (c4 + f c5)))), within 1e-7. Rounding t costs |t| 2^-25 of a result of 2^t, 2^-25 of the largest
 * one at most. Adding `shift` = 1.5 x 2^23 leaves n in the lowest bits, and n is added to the exponent of 2^f.
 */
// @ts-ignore: decorator
@inline
function power(
  x: v128,
  largest: v128,
  scale: v128,
  lowest: v128,
  shift: v128,
  one: v128,
  c5: v128,
  c4: v128,
  c3: v128,
  c2: v128,
  c1: v128,
): v128 {
  const t = f32x4.pmax(f32x4.mul(f32x4.sub(x, largest), scale), lowest);
  const shifted = f32x4.add(t, shift);
  const f = f32x4.sub(t, f32x4.sub(shifted, shift));
  let p = f32x4.add(f32x4.mul(c5, f), c4);
  p = f32x4.add(f32x4.mul(p, f), c3);
  p = f32x4.add(f32x4.mul(p, f), c2);
  p = f32x4.add(f32x4.mul(p, f), c1);
  p = f32x4.add(f32x4.mul(p, f), one);
  return i32x4.add(p, i32x4.shl(shifted, 23));
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
 * SOFTMAX of `channels` > 0 elements, or `isLog`, a literal, LOG_SOFTMAX: x - max - log(sum of exp(x - max)). The output is written up to the
 * next multiple of 4, where padding lanes lie. Maxima and sums are made in lanes, and products with the reciprocal replace quotients.
 */
// @ts-ignore: decorator
@inline
function row(isLog: bool, input: usize, output: usize, channels: u32, constants: usize, logarithms: usize, factor: f32): void {
  const whole = <usize>((channels - 1) >> 2) << 4;
  const mask = i32x4.lt_u(i32x4(0, 1, 2, 3), i32x4.splat(((channels - 1) & 3) + 1));
  const scale = f32x4.splat(factor);
  const lowest = v128.load32_splat(constants);
  const shift = v128.load32_splat(constants, 4);
  const c5 = v128.load32_splat(constants, 8);
  const c4 = v128.load32_splat(constants, 12);
  const c3 = v128.load32_splat(constants, 16);
  const c2 = v128.load32_splat(constants, 20);
  const c1 = v128.load32_splat(constants, 24);
  const one = v128.load32_splat(constants, 28);
  const tail = v128.load(input + whole);
  const largest = largestOf(input, whole, v128.bitselect(tail, f32x4.splat(-<f32>Infinity), mask));
  const last = v128.and(power(tail, largest, scale, lowest, shift, one, c5, c4, c3, c2, c1), mask);
  let sum = last;
  let i: usize = 0;
  for (; i + 32 <= whole; i += 32) {
    const x = power(v128.load(input + i), largest, scale, lowest, shift, one, c5, c4, c3, c2, c1);
    const y = power(v128.load(input + i, 16), largest, scale, lowest, shift, one, c5, c4, c3, c2, c1);
    if (!isLog) v128.store(output + i, x);
    if (!isLog) v128.store(output + i, y, 16);
    sum = f32x4.add(f32x4.add(sum, x), y);
  }
  if (i < whole) {
    const x = power(v128.load(input + i), largest, scale, lowest, shift, one, c5, c4, c3, c2, c1);
    if (!isLog) v128.store(output + i, x);
    sum = f32x4.add(sum, x);
  }
  if (isLog) {
    const logSum = logarithm(sumOf(sum), logarithms);
    for (i = 0; i <= whole; i += 16) v128.store(output + i, f32x4.sub(f32x4.sub(v128.load(input + i), largest), logSum));
    return;
  }
  const reciprocal = f32x4.div(one, sumOf(sum));
  scaleSpan(output, whole, reciprocal);
  v128.store(output + whole, f32x4.mul(last, reciprocal));
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

export function softmaxRow(input: usize, output: usize, channels: u32, constants: usize, factor: f32): void {
  row(false, input, output, channels, constants, 0, factor);
}

export function logSoftmaxRow(input: usize, output: usize, channels: u32, constants: usize, logarithms: usize, factor: f32): void {
  row(true, input, output, channels, constants, logarithms, factor);
}
