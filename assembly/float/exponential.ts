// Owns the exponential of four floats, which logistic, tanh, EXP, ELU and GELU share.
//
// x = n ln 2 + r with |r| <= ln 2 / 2; the constants, which the host writes (src/plan/lower-float/constants.ts), and the minimax polynomial
// for exp(r) are those of XNNPACK (f32-raddstoreexpminusmax, rr2-p5), within 2 units in the last place. They are read from memory before a
// loop, since engines make a constant of the code anew wherever it is used, by three instructions.

/**
 * first + 2^n r (c1 + r (c2 + r (c3 + r (c4 + r c5)))), which is exp(x) where `first` is 2^n; `power` is 2^n, or 1 where the caller
 * multiplies.
 */
// @ts-ignore: decorator
@inline
function ofRest(
  x: v128,
  n: v128,
  power: v128,
  first: v128,
  minusLn2High: v128,
  minusLn2Low: v128,
  c5: v128,
  c4: v128,
  c3: v128,
  c2: v128,
  c1: v128,
): v128 {
  let r = f32x4.add(x, f32x4.mul(n, minusLn2High));
  r = f32x4.add(r, f32x4.mul(n, minusLn2Low));
  let p = f32x4.add(f32x4.mul(c5, r), c4);
  p = f32x4.add(f32x4.mul(p, r), c3);
  p = f32x4.add(f32x4.mul(p, r), c2);
  p = f32x4.add(f32x4.mul(p, r), c1);
  return f32x4.add(first, f32x4.mul(f32x4.mul(r, power), p));
}

/**
 * exp(x) for -87.3 <= x <= 88; NaN stays. Adding `shift` = 1.5 x 2^23 + 127 to x log2(e) leaves n, plus the bias of exponents, in the
 * lowest bits.
 */
// @ts-ignore: decorator
@inline
export function exponential(
  x: v128,
  log2e: v128,
  shift: v128,
  minusLn2High: v128,
  minusLn2Low: v128,
  c5: v128,
  c4: v128,
  c3: v128,
  c2: v128,
  c1: v128,
): v128 {
  const shifted = f32x4.add(f32x4.mul(x, log2e), shift);
  const power = i32x4.shl(shifted, 23);
  return ofRest(x, f32x4.sub(shifted, shift), power, power, minusLn2High, minusLn2Low, c5, c4, c3, c2, c1);
}

/** exp(x) - 1 for -87.3 <= x <= 88, within 16 units in the last place also near 0, where 2^n - 1 is 0. */
// @ts-ignore: decorator
@inline
export function exponentialMinusOne(
  x: v128,
  one: v128,
  log2e: v128,
  shift: v128,
  minusLn2High: v128,
  minusLn2Low: v128,
  c5: v128,
  c4: v128,
  c3: v128,
  c2: v128,
  c1: v128,
): v128 {
  const shifted = f32x4.add(f32x4.mul(x, log2e), shift);
  const power = i32x4.shl(shifted, 23);
  return ofRest(x, f32x4.sub(shifted, shift), power, f32x4.sub(power, one), minusLn2High, minusLn2Low, c5, c4, c3, c2, c1);
}

/** exp(x) from denormals to infinity, for -105 <= x <= 90: 2^n is multiplied in as two powers, each of them a normal float. */
// @ts-ignore: decorator
@inline
export function wholeExponential(
  x: v128,
  one: v128,
  log2e: v128,
  shift: v128,
  minusLn2High: v128,
  minusLn2Low: v128,
  c5: v128,
  c4: v128,
  c3: v128,
  c2: v128,
  c1: v128,
): v128 {
  const shifted = f32x4.add(f32x4.mul(x, log2e), shift);
  const mantissa = ofRest(x, f32x4.sub(shifted, shift), one, one, minusLn2High, minusLn2Low, c5, c4, c3, c2, c1);
  // The bits of a float 2^k are those of 1 plus k in the exponent.
  const n = i32x4.sub(shifted, shift);
  const half = i32x4.shr_s(n, 1);
  const low = i32x4.add(i32x4.shl(half, 23), one);
  const high = i32x4.add(i32x4.shl(i32x4.sub(n, half), 23), one);
  return f32x4.mul(f32x4.mul(mantissa, low), high);
}
