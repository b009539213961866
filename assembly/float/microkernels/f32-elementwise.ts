// Owns spans of two float operands, sixteen elements at a time, and the elements that are left.
import { OpKind } from '../abi';
import { clamp, leaky } from '../simd';
import { storeElements } from './f32-copy';

/** `kind` is a literal. */
// @ts-ignore: decorator
@inline
function compute(kind: i32, a: v128, b: v128, lower: v128, upper: v128): v128 {
  if (kind == OpKind.Add) return clamp(f32x4.add(a, b), lower, upper);
  if (kind == OpKind.Subtract) return clamp(f32x4.sub(a, b), lower, upper);
  if (kind == OpKind.Multiply) return clamp(f32x4.mul(a, b), lower, upper);
  if (kind == OpKind.Divide) return clamp(f32x4.div(a, b), lower, upper);
  // a > b ? a : b and a < b ? a : b (tflite/kernels/maximum_minimum.cc): b where one is NaN.
  if (kind == OpKind.Maximum) return f32x4.pmax(b, a);
  if (kind == OpKind.Minimum) return f32x4.pmin(b, a);
  if (kind == OpKind.SquaredDifference) {
    const difference = f32x4.sub(a, b);
    return f32x4.mul(difference, difference);
  }
  // PRELU (tflite/kernels/activations.cc, ApplyPrelu), whose `lower` is 0.
  return leaky(a, b, lower);
}

/** `elements` results from operands whose 16 elements advance by `leftStep` and `rightStep` bytes: 64, or 0 for one element 16 times. */
// @ts-ignore: decorator
@inline
export function elementwiseSpan(
  kind: i32,
  left: usize,
  right: usize,
  output: usize,
  elements: u32,
  leftStep: usize,
  rightStep: usize,
  lower: v128,
  upper: v128,
): void {
  while (elements >= 16) {
    v128.store(output, compute(kind, v128.load(left), v128.load(right), lower, upper));
    v128.store(output, compute(kind, v128.load(left, 16), v128.load(right, 16), lower, upper), 16);
    v128.store(output, compute(kind, v128.load(left, 32), v128.load(right, 32), lower, upper), 32);
    v128.store(output, compute(kind, v128.load(left, 48), v128.load(right, 48), lower, upper), 48);
    left += leftStep;
    right += rightStep;
    output += 64;
    elements -= 16;
  }
  if (elements == 0) return;
  while (true) {
    const result = compute(kind, v128.load(left), v128.load(right), lower, upper);
    if (elements <= 4) {
      storeElements(output, result, elements);
      return;
    }
    v128.store(output, result);
    left += leftStep >> 2;
    right += rightStep >> 2;
    output += 16;
    elements -= 4;
  }
}

/** The same with one right operand for all elements. */
// @ts-ignore: decorator
@inline
export function scalarSpan(kind: i32, left: usize, right: usize, output: usize, elements: u32, lower: v128, upper: v128): void {
  const b = v128.load32_splat(right);
  if (elements >= 16) do {
    v128.store(output, compute(kind, v128.load(left), b, lower, upper));
    v128.store(output, compute(kind, v128.load(left, 16), b, lower, upper), 16);
    v128.store(output, compute(kind, v128.load(left, 32), b, lower, upper), 32);
    v128.store(output, compute(kind, v128.load(left, 48), b, lower, upper), 48);
    left += 64;
    output += 64;
    elements -= 16;
  } while (elements >= 16);
  for (; elements > 0; elements -= min(elements, 4), left += 16, output += 16) {
    storeElements(output, compute(kind, v128.load(left), b, lower, upper), min(elements, 4));
  }
}

/** Four results without bounds, added to `sum`, which is not finite once one of them is not. */
// @ts-ignore: decorator
@inline
function storeUnbounded(output: usize, a: v128, b: v128, c: v128, d: v128, sum: v128): v128 {
  v128.store(output, a);
  v128.store(output, b, 16);
  v128.store(output, c, 32);
  v128.store(output, d, 48);
  return f32x4.add(sum, f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
}

/**
 * ADD or MUL of `elements`, a multiple of 16, whose bounds are the largest floats: results are compared with them where the sum of all is not
 * finite, which takes one instruction each instead of two. One right operand for all where `isScalar`, a literal.
 */
// @ts-ignore: decorator
@inline
function unboundedSpan(kind: i32, isScalar: bool, left: usize, right: usize, output: usize, elements: u32, lower: v128, upper: v128): void {
  const begin = output;
  const end = output + (<usize>elements << 2);
  const scalar = v128.load32_splat(right);
  let sum = f32x4.sub(lower, lower);
  do {
    const a = unbounded(kind, v128.load(left), isScalar ? scalar : v128.load(right));
    const b = unbounded(kind, v128.load(left, 16), isScalar ? scalar : v128.load(right, 16));
    const c = unbounded(kind, v128.load(left, 32), isScalar ? scalar : v128.load(right, 32));
    const d = unbounded(kind, v128.load(left, 48), isScalar ? scalar : v128.load(right, 48));
    sum = storeUnbounded(output, a, b, c, d, sum);
    left += 64;
    if (!isScalar) right += 64;
    output += 64;
  } while (output < end);
  const difference = f32x4.sub(sum, sum);
  if (i32x4.all_true(f32x4.eq(difference, difference))) return;
  boundSpan(begin, end, lower, upper);
}

export function addSpan(left: usize, right: usize, output: usize, elements: u32, lower: v128, upper: v128): void {
  unboundedSpan(OpKind.Add, false, left, right, output, elements, lower, upper);
}

export function addScalarSpan(left: usize, right: usize, output: usize, elements: u32, lower: v128, upper: v128): void {
  unboundedSpan(OpKind.Add, true, left, right, output, elements, lower, upper);
}

export function multiplySpan(left: usize, right: usize, output: usize, elements: u32, lower: v128, upper: v128): void {
  unboundedSpan(OpKind.Multiply, false, left, right, output, elements, lower, upper);
}

export function multiplyScalarSpan(left: usize, right: usize, output: usize, elements: u32, lower: v128, upper: v128): void {
  unboundedSpan(OpKind.Multiply, true, left, right, output, elements, lower, upper);
}

function boundSpan(at: usize, end: usize, lower: v128, upper: v128): void {
  for (; at < end; at += 16) v128.store(at, clamp(v128.load(at), lower, upper));
}

// @ts-ignore: decorator
@inline
function unbounded(kind: i32, a: v128, b: v128): v128 {
  return kind == OpKind.Add ? f32x4.add(a, b) : f32x4.mul(a, b);
}

/** PRELU of two pixels, `inputBytes` and `outputBytes` from their successors, with the slopes of both; `elements` is a multiple of 8. */
export function preluPair(
  input: usize,
  inputBytes: usize,
  slopes: usize,
  output: usize,
  outputBytes: usize,
  elements: u32,
  zero: v128,
): void {
  let second = input + inputBytes;
  let secondOutput = output + outputBytes;
  for (const end = input + (<usize>elements << 2); input < end; input += 32, second += 32, slopes += 32, output += 32, secondOutput += 32) {
    const slope = v128.load(slopes);
    const next = v128.load(slopes, 16);
    v128.store(output, leaky(v128.load(input), slope, zero));
    v128.store(output, leaky(v128.load(input, 16), next, zero), 16);
    v128.store(secondOutput, leaky(v128.load(second), slope, zero));
    v128.store(secondOutput, leaky(v128.load(second, 16), next, zero), 16);
  }
}
