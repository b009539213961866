// Owns spans of functions of one float.
import { OpKind } from '../abi';
import { exponential, exponentialMinusOne, wholeExponential } from '../exponential';
import { logarithm } from '../logarithm';
import { clamp, leaky } from '../simd';
import { storeElements } from './f32-copy';

/** Constant `index` of the table (FUNCTION_CONSTANTS). */
// @ts-ignore: decorator
@inline
function constant(constants: usize, index: usize): v128 {
  return v128.load32_splat(constants + (index << 2));
}

/** Whether a kind has neither an exponential nor a logarithm nor a root. */
// @ts-ignore: decorator
@inline
function isPiecewise(kind: i32): bool {
  return (kind >= OpKind.Negate && kind <= OpKind.Round) || kind == OpKind.Clamp || kind == OpKind.LeakyRelu || kind == OpKind.HardSwish;
}

/** `elements` results; `kind` is a literal, `a` and `b` are the function's parameters, `constants` the table of FUNCTION_CONSTANTS. */
// @ts-ignore: decorator
@inline
export function unarySpan(kind: i32, input: usize, output: usize, elements: u32, constants: usize, a: f32, b: f32): void {
  const first = f32x4.splat(a);
  const second = f32x4.splat(b);
  if (isPiecewise(kind)) {
    const three = constant(constants, 12);
    const six = constant(constants, 13);
    const sixth = constant(constants, 14);
    if (elements >= 16) do {
      v128.store(output, piecewise(kind, v128.load(input), first, second, three, six, sixth));
      v128.store(output, piecewise(kind, v128.load(input, 16), first, second, three, six, sixth), 16);
      v128.store(output, piecewise(kind, v128.load(input, 32), first, second, three, six, sixth), 32);
      v128.store(output, piecewise(kind, v128.load(input, 48), first, second, three, six, sixth), 48);
      input += 64;
      output += 64;
      elements -= 16;
    } while (elements >= 16);
    for (; elements > 0; elements -= min(elements, 4), input += 16, output += 16) {
      storeElements(output, piecewise(kind, v128.load(input), first, second, three, six, sixth), min(elements, 4));
    }
  } else if (kind == OpKind.Log) {
    logarithmSpan(input, output, elements, constants);
  } else {
    curvedSpan(kind, input, output, elements, constants, first, second);
  }
}

/** LOGISTIC, TANH and clamps are functions of their own, which recurrent layers call, too; results may lie where the elements do. */
export function logisticSpan(input: usize, output: usize, elements: u32, constants: usize): void {
  unarySpan(OpKind.Logistic, input, output, elements, constants, 0, 0);
}

export function tanhSpan(input: usize, output: usize, elements: u32, constants: usize): void {
  unarySpan(OpKind.Tanh, input, output, elements, constants, 0, 0);
}

export function clampSpan(input: usize, output: usize, elements: u32, constants: usize, lower: f32, upper: f32): void {
  unarySpan(OpKind.Clamp, input, output, elements, constants, lower, upper);
}

/** Functions of straight lines, parabolas and steps. Zero and the sign's bit come from memory: engines make literals anew at every use. */
// @ts-ignore: decorator
@inline
function piecewise(kind: i32, x: v128, a: v128, b: v128, three: v128, six: v128, sixth: v128): v128 {
  if (kind == OpKind.Clamp) return clamp(x, a, b);
  if (kind == OpKind.LeakyRelu) return leaky(x, a, b);
  if (kind == OpKind.Negate) return v128.xor(x, a);
  if (kind == OpKind.Absolute) return v128.andnot(x, a);
  if (kind == OpKind.Square) return f32x4.mul(x, x);
  if (kind == OpKind.Floor) return f32x4.floor(x);
  if (kind == OpKind.Ceil) return f32x4.ceil(x);
  // Halves to even.
  if (kind == OpKind.Round) return f32x4.nearest(x);
  // HARD_SWISH: x min(max(x + 3, 0), 6) / 6, the division a multiplication by 1 / 6 as in XNNPACK (f32-vhswish). Compared with what is not
  // negative, floats are ordered as integers are, for which x86 has more units. `a` is 0.
  const gate = i32x4.min_s(i32x4.max_s(f32x4.add(x, three), a), six);
  return f32x4.mul(f32x4.mul(x, gate), sixth);
}

/** Functions of exponentials and roots. */
// @ts-ignore: decorator
@inline
function curved(
  kind: i32,
  x: v128,
  lowest: v128,
  highest: v128,
  log2e: v128,
  shift: v128,
  high: v128,
  low: v128,
  c5: v128,
  c4: v128,
  c3: v128,
  c2: v128,
  c1: v128,
  one: v128,
  two: v128,
): v128 {
  if (kind == OpKind.Exp) return wholeExponential(clamp(x, lowest, highest), one, log2e, shift, high, low, c5, c4, c3, c2, c1);
  if (kind == OpKind.Sqrt) return f32x4.sqrt(x);
  if (kind == OpKind.Rsqrt) return f32x4.div(one, f32x4.sqrt(x));
  if (kind == OpKind.Elu) {
    const below = exponentialMinusOne(f32x4.pmax(x, lowest), one, log2e, shift, high, low, c5, c4, c3, c2, c1);
    return v128.bitselect(below, x, f32x4.lt(x, f32x4.splat(0)));
  }
  // 1 / (1 + exp(-x)); TANH: 1 - 2 / (1 + exp(2x)), exact to 2^-23 of the range, not of small results.
  const argument = clamp(kind == OpKind.Logistic ? f32x4.neg(x) : f32x4.add(x, x), lowest, highest);
  const divisor = f32x4.add(one, exponential(argument, log2e, shift, high, low, c5, c4, c3, c2, c1));
  return kind == OpKind.Logistic ? f32x4.div(one, divisor) : f32x4.sub(one, f32x4.div(two, divisor));
}

/** Two vectors at a time, whose long chains of operations overlap. */
// @ts-ignore: decorator
@inline
function curvedSpan(kind: i32, input: usize, output: usize, elements: u32, constants: usize, a: v128, b: v128): void {
  const lowest = kind == OpKind.Exp ? a : constant(constants, 0);
  const highest = kind == OpKind.Exp ? b : constant(constants, 1);
  const log2e = constant(constants, 2);
  const shift = constant(constants, 3);
  const high = constant(constants, 4);
  const low = constant(constants, 5);
  const c5 = constant(constants, 6);
  const c4 = constant(constants, 7);
  const c3 = constant(constants, 8);
  const c2 = constant(constants, 9);
  const c1 = constant(constants, 10);
  const one = constant(constants, 11);
  const two = f32x4.add(one, one);
  for (; elements >= 8; elements -= 8, input += 32, output += 32) {
    const x = v128.load(input);
    const y = v128.load(input, 16);
    v128.store(output, curved(kind, x, lowest, highest, log2e, shift, high, low, c5, c4, c3, c2, c1, one, two));
    v128.store(output, curved(kind, y, lowest, highest, log2e, shift, high, low, c5, c4, c3, c2, c1, one, two), 16);
  }
  for (; elements > 0; elements -= min(elements, 4), input += 16, output += 16) {
    const x = v128.load(input);
    storeElements(output, curved(kind, x, lowest, highest, log2e, shift, high, low, c5, c4, c3, c2, c1, one, two), min(elements, 4));
  }
}

/** Of a logarithm, whose constants are other ones. */
function logarithmSpan(input: usize, output: usize, elements: u32, constants: usize): void {
  for (; elements > 0; elements -= min(elements, 4), input += 16, output += 16) {
    storeElements(output, logarithm(v128.load(input), constants), min(elements, 4));
  }
}

/**
 * GELU: x / (1 + exp(-2 sqrt(2 / pi) (x + 0.044715 x^3))), or, of the error function, max(x, 0) - |x| erfc(|x| / sqrt(2)) / 2
 * (tflite/kernels/internal/reference/gelu.h). erfc(z) = t (a1 + t (a2 + t (a3 + t (a4 + t a5)))) exp(-z^2) with t = 1 / (1 + p z), within
 * 1.5e-7 (Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26).
 */
// @ts-ignore: decorator
@inline
export function geluSpan(isTanh: bool, input: usize, output: usize, elements: u32, constants: usize): void {
  const lowest = constant(constants, 0);
  const highest = constant(constants, 1);
  const log2e = constant(constants, 2);
  const shift = constant(constants, 3);
  const high = constant(constants, 4);
  const low = constant(constants, 5);
  const c5 = constant(constants, 6);
  const c4 = constant(constants, 7);
  const c3 = constant(constants, 8);
  const c2 = constant(constants, 9);
  const c1 = constant(constants, 10);
  const one = constant(constants, 11);
  for (; elements > 0; elements -= min(elements, 4), input += 16, output += 16) {
    const x = v128.load(input);
    let argument: v128;
    if (isTanh) {
      const cubic = f32x4.mul(f32x4.mul(f32x4.mul(constant(constants, 17), x), x), x);
      argument = f32x4.mul(constant(constants, 16), f32x4.add(x, cubic));
    } else {
      // Beyond 14 the product is 0, also where x is infinite.
      argument = f32x4.pmin(f32x4.abs(x), f32x4.splat(14));
      argument = f32x4.mul(f32x4.mul(argument, argument), f32x4.splat(-0.5));
    }
    const e = exponential(clamp(argument, lowest, highest), log2e, shift, high, low, c5, c4, c3, c2, c1);
    let result: v128;
    if (isTanh) {
      result = f32x4.div(x, f32x4.add(one, e));
    } else {
      const size = f32x4.pmin(f32x4.abs(x), f32x4.splat(14));
      const t = f32x4.div(one, f32x4.add(one, f32x4.mul(size, constant(constants, 16))));
      let p = f32x4.add(f32x4.mul(constant(constants, 17), t), constant(constants, 18));
      p = f32x4.add(f32x4.mul(p, t), constant(constants, 19));
      p = f32x4.add(f32x4.mul(p, t), constant(constants, 20));
      p = f32x4.add(f32x4.mul(p, t), constant(constants, 21));
      result = f32x4.sub(f32x4.pmax(x, f32x4.splat(0)), f32x4.mul(f32x4.mul(size, f32x4.mul(p, t)), e));
    }
    storeElements(output, result, min(elements, 4));
  }
}
