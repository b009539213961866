// Owns spans of functions of one float: `vectors` x 4 elements each.
import { exponential } from '../exponential';

export function clampSpan(input: usize, output: usize, vectors: u32, lower: f32, upper: f32): void {
  const low = f32x4.splat(lower);
  const high = f32x4.splat(upper);
  for (const end = input + (<usize>vectors << 4); input < end; input += 16, output += 16) {
    v128.store(output, f32x4.min(f32x4.max(v128.load(input), low), high));
  }
}

/** 1 / (1 + exp(-x)) */
export function logisticSpan(input: usize, output: usize, vectors: u32): void {
  const one = f32x4.splat(1);
  for (const end = input + (<usize>vectors << 4); input < end; input += 16, output += 16) {
    v128.store(output, f32x4.div(one, f32x4.add(one, exponential(f32x4.neg(v128.load(input))))));
  }
}

/** 1 - 2 / (1 + exp(2x)): exact to 2^-23 of the range, not of small results. */
export function tanhSpan(input: usize, output: usize, vectors: u32): void {
  const one = f32x4.splat(1);
  const two = f32x4.splat(2);
  for (const end = input + (<usize>vectors << 4); input < end; input += 16, output += 16) {
    const grown = exponential(f32x4.mul(two, v128.load(input)));
    v128.store(output, f32x4.sub(one, f32x4.div(two, f32x4.add(one, grown))));
  }
}

/** x min(max(x + 3, 0), 6) / 6 (tflite/kernels/internal/reference/hard_swish.h) */
export function hardSwishSpan(input: usize, output: usize, vectors: u32): void {
  const three = f32x4.splat(3);
  const six = f32x4.splat(6);
  const zero = f32x4.splat(0);
  for (const end = input + (<usize>vectors << 4); input < end; input += 16, output += 16) {
    const x = v128.load(input);
    const gate = f32x4.min(f32x4.max(f32x4.add(x, three), zero), six);
    v128.store(output, f32x4.div(f32x4.mul(x, gate), six));
  }
}
