// Owns spans of two float operands: sums, differences, products and quotients of four elements at a time, clamped.
import { OpKind } from '../abi';

// @ts-ignore: decorator
@inline
function compute(kind: i32, a: v128, b: v128): v128 {
  if (kind == OpKind.Add) return f32x4.add(a, b);
  if (kind == OpKind.Subtract) return f32x4.sub(a, b);
  if (kind == OpKind.Multiply) return f32x4.mul(a, b);
  return f32x4.div(a, b);
}

/** Elements of an operand: four, or with `channelBytes` 0 one for all. */
// @ts-ignore: decorator
@inline
function operand(at: usize, channelBytes: u32): v128 {
  return channelBytes ? v128.load(at) : v128.load32_splat(at);
}

/** `vectors` x 4 elements; `kind` is a literal. */
// @ts-ignore: decorator
@inline
export function elementwiseSpan(
  left: usize,
  right: usize,
  output: usize,
  vectors: u32,
  leftChannelBytes: u32,
  rightChannelBytes: u32,
  kind: i32,
  lower: v128,
  upper: v128,
): void {
  const leftStep = <usize>leftChannelBytes << 2;
  const rightStep = <usize>rightChannelBytes << 2;
  const end = output + (<usize>vectors << 4);
  while (output < end) {
    const result = compute(kind, operand(left, leftChannelBytes), operand(right, rightChannelBytes));
    v128.store(output, f32x4.min(f32x4.max(result, lower), upper));
    left += leftStep;
    right += rightStep;
    output += 16;
  }
}
