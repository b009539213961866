// Owns the windows of pooling and reductions: maxima, minima, sums and products of sixteen neighbouring elements at a time.
import { OpKind } from '../abi';
import { clamp } from '../simd';
import { storeElements } from './f32-copy';

/** What a reduction starts from: tflite/kernels/reduce.cc, where the largest of no elements is the lowest float. */
// @ts-ignore: decorator
@inline
export function identity(kind: i32): v128 {
  if (kind == OpKind.ReduceMax) return f32x4.splat(-f32.MAX_VALUE);
  if (kind == OpKind.ReduceMin) return f32x4.splat(f32.MAX_VALUE);
  return f32x4.splat(kind == OpKind.ReduceProduct ? 1 : 0);
}

/** (a < b) ? b : a as std::max(a, b), (b < a) ? b : a, the product, or the sum. */
// @ts-ignore: decorator
@inline
export function combine(kind: i32, a: v128, b: v128): v128 {
  if (kind == OpKind.MaxPool || kind == OpKind.ReduceMax) return f32x4.pmax(a, b);
  if (kind == OpKind.ReduceMin) return f32x4.pmin(a, b);
  return kind == OpKind.ReduceProduct ? f32x4.mul(a, b) : f32x4.add(a, b);
}

// @ts-ignore: decorator
@inline
function finish(kind: i32, sum: v128, divisor: v128, lower: v128, upper: v128): v128 {
  if (kind == OpKind.MaxPool) return clamp(sum, lower, upper);
  if (kind == OpKind.AveragePool) return clamp(f32x4.div(sum, divisor), lower, upper);
  return kind == OpKind.ReduceSum ? f32x4.div(sum, divisor) : sum;
}

/** `vectors`, 1, 2 or 4, is a literal; of one vector `count` elements are written. */
// @ts-ignore: decorator
@inline
function window(
  kind: i32,
  vectors: i32,
  count: u32,
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
  const isMax = kind == OpKind.MaxPool;
  const start = identity(kind);
  let s0 = isMax ? v128.load(input) : start;
  let s1 = isMax && vectors > 1 ? v128.load(input, 16) : start;
  let s2 = isMax && vectors > 2 ? v128.load(input, 32) : start;
  let s3 = isMax && vectors > 2 ? v128.load(input, 48) : start;
  const width = <usize>columns * pixelBytes;
  for (; rows > 0; rows--, input += rowBytes) {
    let pixel = input;
    const end = pixel + width;
    do {
      s0 = combine(kind, s0, v128.load(pixel));
      if (vectors > 1) s1 = combine(kind, s1, v128.load(pixel, 16));
      if (vectors > 2) {
        s2 = combine(kind, s2, v128.load(pixel, 32));
        s3 = combine(kind, s3, v128.load(pixel, 48));
      }
      pixel += pixelBytes;
    } while (pixel < end);
  }
  const first = finish(kind, s0, divisor, lower, upper);
  if (vectors == 1) storeElements(output, first, count);
  else v128.store(output, first);
  if (vectors > 1) v128.store(output, finish(kind, s1, divisor, lower, upper), 16);
  if (vectors > 2) {
    v128.store(output, finish(kind, s2, divisor, lower, upper), 32);
    v128.store(output, finish(kind, s3, divisor, lower, upper), 48);
  }
}

/** Adds `count` pixels, a literal, one after the other, to `elements` sums; both are a multiple of 4. */
// @ts-ignore: decorator
@inline
function addPixels(count: i32, pixel: usize, pixelBytes: usize, sums: usize, elements: u32): void {
  for (const end = sums + (<usize>elements << 2); sums < end; sums += 16) {
    let sum = f32x4.add(v128.load(sums), v128.load(pixel));
    if (count > 1) sum = f32x4.add(sum, v128.load(pixel + pixelBytes));
    if (count > 2) {
      sum = f32x4.add(sum, v128.load(pixel + 2 * pixelBytes));
      sum = f32x4.add(sum, v128.load(pixel + 3 * pixelBytes));
    }
    if (count > 4) {
      const p = pixel + 4 * pixelBytes;
      sum = f32x4.add(sum, v128.load(p));
      sum = f32x4.add(sum, v128.load(p + pixelBytes));
      sum = f32x4.add(sum, v128.load(p + 2 * pixelBytes));
    }
    v128.store(sums, sum);
    pixel += 16;
  }
}

/**
 * The same sums pixel by pixel, up to seven at a time: pixels of many channels are read from their beginning to their end. Columns of
 * pixels that are a power of two apart would take turns in few lines of a cache.
 */
// @ts-ignore: decorator
@inline
function averageByPixels(
  kind: i32,
  input: usize,
  rowBytes: usize,
  pixelBytes: usize,
  rows: i32,
  columns: i32,
  elements: u32,
  output: usize,
  divisor: v128,
  lower: v128,
  upper: v128,
): void {
  const end = output + (<usize>elements << 2);
  for (let at = output; at < end; at += 16) v128.store(at, f32x4.splat(0));
  for (; rows > 0; rows--, input += rowBytes) {
    let pixel = input;
    let left = columns;
    for (; left >= 7; left -= 7, pixel += 7 * pixelBytes) addPixels(7, pixel, pixelBytes, output, elements);
    if (left & 4) {
      addPixels(4, pixel, pixelBytes, output, elements);
      pixel += 4 * pixelBytes;
    }
    if (left & 2) {
      addPixels(2, pixel, pixelBytes, output, elements);
      pixel += 2 * pixelBytes;
    }
    if (left & 1) addPixels(1, pixel, pixelBytes, output, elements);
  }
  for (; output < end; output += 16) v128.store(output, finish(kind, v128.load(output), divisor, lower, upper));
}

/** Elements, and pixels of a window, from which on the sums are made pixel by pixel. */
const manyElements: u32 = 128;
const manyPixels: i32 = 9;

/**
 * A window of `rows` x `columns` spans of `elements`, which lies inside the image and is not empty: the maximum or the mean, clamped
 * (tflite/kernels/internal/reference/pooling.h), or a reduction (reduce.h). Combined in row-major order; a sum is divided by `divisor`.
 * Pools write multiples of 8 elements.
 */
// @ts-ignore: decorator
@inline
export function poolWindow(
  kind: i32,
  input: usize,
  rowBytes: usize,
  pixelBytes: usize,
  rows: i32,
  columns: i32,
  elements: u32,
  output: usize,
  divisor: f32,
  lower: v128,
  upper: v128,
): void {
  const divisors = f32x4.splat(divisor);
  const isSum = kind == OpKind.AveragePool || kind == OpKind.ReduceSum;
  if (isSum && elements >= manyElements && (elements & 3) == 0 && rows * columns >= manyPixels) {
    averageByPixels(kind, input, rowBytes, pixelBytes, rows, columns, elements, output, divisors, lower, upper);
    return;
  }
  for (; elements >= 16; elements -= 16, input += 64, output += 64) {
    window(kind, 4, 4, input, rowBytes, pixelBytes, rows, columns, output, divisors, lower, upper);
  }
  if (elements >= 8) {
    window(kind, 2, 4, input, rowBytes, pixelBytes, rows, columns, output, divisors, lower, upper);
    elements -= 8;
    input += 32;
    output += 32;
  }
  if (kind == OpKind.MaxPool || kind == OpKind.AveragePool) return;
  while (elements > 0) {
    const count = min<u32>(elements, 4);
    window(kind, 1, count, input, rowBytes, pixelBytes, rows, columns, output, divisors, lower, upper);
    elements -= count;
    input += 16;
    output += 16;
  }
}
