// Owns spans of powers, in float64 two elements at a time: within one unit in the last place of float32.
//
// a^b = 2^(b log2 a). log2 a = k + 2 / ln 2 (s + s^3 / 3 + ... + s^13 / 13) with a = 2^k m, sqrt(1/2) <= m < sqrt(2), s = (m - 1) / (m + 1);
// 2^y = 2^n sum of (ln 2 (y - n))^i / i! up to i = 9.

/** 1.5 x 2^52, which leaves an integer in the lowest bits of what it is added to. */
const shift = 6755399441055744.0;

/** `leftStep` and `rightStep`: bytes from one operand to the next, 4 or 0. */
export function powerSpan(left: usize, right: usize, output: usize, elements: u32, leftStep: usize, rightStep: usize): void {
  const limit = f64x2.splat(f64.MAX_VALUE);
  const zero = f64x2.splat(0);
  for (; elements >= 2; elements -= 2, left += leftStep << 1, right += rightStep << 1, output += 8) {
    const a = f64x2(load<f32>(left), load<f32>(left + leftStep));
    const b = f64x2(load<f32>(right), load<f32>(right + rightStep));
    const size = f64x2.abs(a);
    const isPlain = v128.and(v128.and(f64x2.gt(size, zero), f64x2.le(size, limit)), f64x2.le(f64x2.abs(b), limit));
    if (i64x2.all_true(isPlain)) {
      store<i64>(output, i64x2.extract_lane(f32x4.demote_f64x2_zero(plainPower(a, size, b)), 0));
    } else {
      store<f32>(output, power(f64x2.extract_lane(a, 0), f64x2.extract_lane(b, 0)));
      store<f32>(output, power(f64x2.extract_lane(a, 1), f64x2.extract_lane(b, 1)), 4);
    }
  }
  if (elements) store<f32>(output, power(<f64>load<f32>(left), <f64>load<f32>(right)));
}

/** Of finite a, which is not 0, of magnitude `size`, and finite b: NaN of a negative number and a fraction, and the sign of odd powers. */
// @ts-ignore: decorator
@inline
function plainPower(a: v128, size: v128, b: v128): v128 {
  const half = f64x2.mul(b, f64x2.splat(0.5));
  const isNegative = f64x2.lt(a, f64x2.splat(0));
  const isFraction = f64x2.ne(f64x2.floor(b), b);
  const sign = v128.and(f64x2.ne(f64x2.floor(half), half), f64x2.splat(-0.0));
  return v128.or(v128.xor(positivePower(size, b), v128.and(sign, isNegative)), v128.and(isFraction, isNegative));
}

/** As the power of JavaScript (ECMA-262, Number::exponentiate): 1 to the power of an infinity is NaN. */
function power(a: f64, b: f64): f32 {
  const size = abs(a);
  const isWhole = floor(b) == b;
  if (b == 0) return 1;
  if (a != a || b != b || (size == 1 && abs(b) == Infinity)) return f32.NaN;
  if (a < 0 && !isWhole && size < Infinity) return f32.NaN;
  const isOdd = isWhole && floor(b * 0.5) * 2 != b;
  let result: f32;
  if (size == 0 || size == Infinity || abs(b) == Infinity) result = size > 1 == b > 0 ? f32.MAX_VALUE * 2 : 0;
  else result = <f32>f64x2.extract_lane(positivePower(f64x2.splat(size), f64x2.splat(b)), 0);
  return reinterpret<u64>(a) >> 63 && isOdd ? -result : result;
}

/** c0 + x c1: polynomials are sums of pairs, which do not wait for one another. */
// @ts-ignore: decorator
@inline
function pair(x: v128, c0: f64, c1: f64): v128 {
  return f64x2.add(f64x2.mul(x, f64x2.splat(c1)), f64x2.splat(c0));
}

/** Of finite a > 0, which is normal as a float64, and finite b; beyond the range of float32 it is still beyond it. */
function positivePower(a: v128, b: v128): v128 {
  const y = f64x2.mul(b, logarithm2(a));
  const bounded = f64x2.pmin(f64x2.pmax(y, f64x2.splat(-300)), f64x2.splat(300));
  const shifted = f64x2.add(bounded, f64x2.splat(shift));
  const n = f64x2.sub(shifted, f64x2.splat(shift));
  const r = f64x2.mul(f64x2.sub(bounded, n), f64x2.splat(0.6931471805599453));
  const r2 = f64x2.mul(r, r);
  const r4 = f64x2.mul(r2, r2);
  const p0 = f64x2.add(f64x2.add(r, f64x2.splat(1)), f64x2.mul(r2, pair(r, 1.0 / 2, 1.0 / 6)));
  const p4 = f64x2.add(pair(r, 1.0 / 24, 1.0 / 120), f64x2.mul(r2, pair(r, 1.0 / 720, 1.0 / 5040)));
  const p8 = f64x2.mul(r4, pair(r, 1.0 / 40320, 1.0 / 362880));
  const p = f64x2.add(p0, f64x2.mul(r4, f64x2.add(p4, p8)));
  return i64x2.add(p, i64x2.shl(shifted, 52));
}

// @ts-ignore: decorator
@inline
function logarithm2(a: v128): v128 {
  const one = f64x2.splat(1);
  // sqrt(1/2); the exponent of what is left is k + 1023.
  const least = i64x2.splat(0x3fe6a09e667f3bcd);
  const bits = i64x2.add(i64x2.sub(a, least), one);
  const exponent = i64x2.add(i64x2.shr_u(bits, 52), f64x2.splat(shift));
  const k = f64x2.sub(exponent, f64x2.splat(shift + 1023));
  const m = i64x2.add(v128.and(bits, i64x2.splat(0xfffffffffffff)), least);
  const s = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one));
  const t = f64x2.mul(s, s);
  const t2 = f64x2.mul(t, t);
  const rest = f64x2.add(pair(t, 1.0 / 7, 1.0 / 9), f64x2.mul(t2, pair(t, 1.0 / 11, 1.0 / 13)));
  const p = f64x2.add(s, f64x2.mul(f64x2.mul(s, t), f64x2.add(pair(t, 1.0 / 3, 1.0 / 5), f64x2.mul(t2, rest))));
  return f64x2.add(k, f64x2.mul(p, f64x2.splat(2.8853900817779268)));
}
