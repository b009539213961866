// Owns spans of functions of one float.
import { OpKind } from '../abi';
import { exponential, wholeExponential } from '../exponential';
import { clamp, leaky } from '../simd';
import { storeElements } from './f32-copy';

/** `a` and `b` are the function's parameters; `kind` is a literal. */
// @ts-ignore: decorator
@inline
function compute(kind: i32, x: v128, a: v128, b: v128): v128 {
  if (kind == OpKind.Clamp) return clamp(x, a, b);
  if (kind == OpKind.LeakyRelu) return leaky(x, a);
  if (kind == OpKind.Exp) return wholeExponential(x);
  if (kind == OpKind.Sqrt) return f32x4.sqrt(x);
  const one = f32x4.splat(1);
  if (kind == OpKind.Rsqrt) return f32x4.div(one, f32x4.sqrt(x));
  // 1 / (1 + exp(-x))
  if (kind == OpKind.Logistic) return f32x4.div(one, f32x4.add(one, exponential(f32x4.neg(x))));
  // 1 - 2 / (1 + exp(2x)): exact to 2^-23 of the range, not of small results.
  if (kind == OpKind.Tanh) return f32x4.sub(one, f32x4.div(f32x4.splat(2), f32x4.add(one, exponential(f32x4.add(x, x)))));
  // HARD_SWISH: x min(max(x + 3, 0), 6) / 6, the division a multiplication by 1 / 6 as in XNNPACK (f32-vhswish).
  const gate = clamp(f32x4.add(x, f32x4.splat(3)), f32x4.splat(0), f32x4.splat(6));
  return f32x4.mul(f32x4.mul(x, gate), f32x4.splat(<f32>(1.0 / 6.0)));
}

/** `elements` results. Functions of few instructions are computed for sixteen elements at a time. */
// @ts-ignore: decorator
@inline
export function unarySpan(kind: i32, input: usize, output: usize, elements: u32, a: f32, b: f32): void {
  const first = f32x4.splat(a);
  const second = f32x4.splat(b);
  if (kind == OpKind.Clamp || kind == OpKind.LeakyRelu || kind == OpKind.HardSwish) {
    while (elements > 16) {
      v128.store(output, compute(kind, v128.load(input), first, second));
      v128.store(output, compute(kind, v128.load(input, 16), first, second), 16);
      v128.store(output, compute(kind, v128.load(input, 32), first, second), 32);
      v128.store(output, compute(kind, v128.load(input, 48), first, second), 48);
      input += 64;
      output += 64;
      elements -= 16;
    }
  }
  while (true) {
    const result = compute(kind, v128.load(input), first, second);
    if (elements <= 4) {
      storeElements(output, result, elements);
      return;
    }
    v128.store(output, result);
    input += 16;
    output += 16;
    elements -= 4;
  }
}
