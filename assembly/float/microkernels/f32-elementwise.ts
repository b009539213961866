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
  // PRELU (tflite/kernels/activations.cc, ApplyPrelu).
  return leaky(a, b);
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
  for (; elements >= 16; elements -= 16, left += 64, output += 64) {
    v128.store(output, compute(kind, v128.load(left), b, lower, upper));
    v128.store(output, compute(kind, v128.load(left, 16), b, lower, upper), 16);
    v128.store(output, compute(kind, v128.load(left, 32), b, lower, upper), 32);
    v128.store(output, compute(kind, v128.load(left, 48), b, lower, upper), 48);
  }
  for (; elements > 0; elements -= min(elements, 4), left += 16, output += 16) {
    storeElements(output, compute(kind, v128.load(left), b, lower, upper), min(elements, 4));
  }
}

/** PRELU of two pixels, `inputBytes` and `outputBytes` from their successors, with the slopes of both; `elements` is a multiple of 4. */
export function preluPair(
  input: usize,
  inputBytes: usize,
  slopes: usize,
  output: usize,
  outputBytes: usize,
  elements: u32,
): void {
  for (const end = input + (<usize>elements << 2); input < end; input += 16, slopes += 16, output += 16) {
    const slope = v128.load(slopes);
    v128.store(output, leaky(v128.load(input), slope));
    v128.store(output + outputBytes, leaky(v128.load(input + inputBytes), slope));
  }
}
