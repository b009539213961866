// Owns spans of powers, in float64 one element at a time: within one unit in the last place of float32.
//
// a^b = 2^(b log2 a). log2 a = k + 2 / ln 2 (s + s^3 / 3 + ... + s^13 / 13) with a = 2^k m, sqrt(1/2) <= m < sqrt(2), s = (m - 1) / (m + 1);
// 2^y = 2^n sum of (ln 2 (y - n))^i / i! up to i = 9.

/** `leftStep` and `rightStep`: bytes from one operand to the next, 4 or 0. */
export function powerSpan(left: usize, right: usize, output: usize, elements: u32, leftStep: usize, rightStep: usize): void {
  for (; elements > 0; elements--) {
    store<f32>(output, power(<f64>load<f32>(left), <f64>load<f32>(right)));
    left += leftStep;
    right += rightStep;
    output += 4;
  }
}

/** As the power of JavaScript (ECMA-262, Number::exponentiate): 1 to the power of an infinity is NaN. */
function power(a: f64, b: f64): f32 {
  if (b == 0) return 1;
  const isNegative = reinterpret<u64>(a) >> 63 != 0;
  const isWhole = floor(b) == b;
  if (a < 0 && !isWhole && a > -f64.MAX_VALUE) return f32.NaN;
  const isOdd = isWhole && floor(b * 0.5) * 2 != b;
  const result = <f32>exponential2(b * logarithm2(abs(a)));
  return isNegative && isOdd ? -result : result;
}

/** a >= 0; the floats that a comes from are normal float64. */
function logarithm2(a: f64): f64 {
  if (a == 0) return -Infinity;
  if (!(a < Infinity)) return a;
  const least: u64 = 0x3fe6a09e667f3bcd; // sqrt(1/2)
  const bits = reinterpret<u64>(a) - least;
  const k = <f64>(<i64>bits >> 52);
  const m = reinterpret<f64>((bits & 0xfffffffffffff) + least);
  const s = (m - 1) / (m + 1);
  const t = s * s;
  const rest = 1.0 / 3 + t * (1.0 / 5 + t * (1.0 / 7 + t * (1.0 / 9 + t * (1.0 / 11 + t * (1.0 / 13)))));
  return k + 2.8853900817779268 * (s + s * t * rest);
}

/** Arguments beyond those of a float32's range, infinities included, end in infinity or 0 as a float32. */
function exponential2(y: f64): f64 {
  const bounded = min(max(y, -300), 300);
  const shift = 6755399441055744.0; // 1.5 x 2^52
  const shifted = bounded + shift;
  const r = (bounded - (shifted - shift)) * 0.6931471805599453;
  let p = 1.0 / 362880;
  p = p * r + 1.0 / 40320;
  p = p * r + 1.0 / 5040;
  p = p * r + 1.0 / 720;
  p = p * r + 1.0 / 120;
  p = p * r + 1.0 / 24;
  p = p * r + 1.0 / 6;
  p = p * r + 0.5;
  p = p * r + 1;
  p = p * r + 1;
  return reinterpret<f64>(reinterpret<u64>(p) + (reinterpret<u64>(shifted) << 52));
}
