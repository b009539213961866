// Owns the exponential of four floats, which softmax, logistic, tanh and EXP share.
//
// x = n ln 2 + r with |r| <= ln 2 / 2; constants and the minimax polynomial for exp(r) are those of XNNPACK
// (f32-raddstoreexpminusmax, rr2-p5), within 2 units in the last place.

const LOG2E: f32 = 1.44269504;
/** -ln 2 in two parts: the first has so few bits that its product with n is exact. */
const MINUS_LN2_HIGH: f32 = -0.693145752;
const MINUS_LN2_LOW: f32 = -1.42860677e-6;
/** 1.5 x 2^23 + 127: adding it to a float below 2^22 leaves its nearest integer, plus the bias of exponents, in the lowest bits. */
const SHIFT: f32 = 12583039.0;
const SHIFT_BITS: i32 = 0x4b40007f;

/** n + SHIFT */
// @ts-ignore: decorator
@inline
function shiftedExponent(x: v128): v128 {
  return f32x4.add(f32x4.mul(x, f32x4.splat(LOG2E)), f32x4.splat(SHIFT));
}

/** exp(r) - 1 */
// @ts-ignore: decorator
@inline
function exponentialOfRest(x: v128, shifted: v128): v128 {
  const n = f32x4.sub(shifted, f32x4.splat(SHIFT));
  let r = f32x4.add(x, f32x4.mul(n, f32x4.splat(MINUS_LN2_HIGH)));
  r = f32x4.add(r, f32x4.mul(n, f32x4.splat(MINUS_LN2_LOW)));
  let p = f32x4.add(f32x4.mul(f32x4.splat(8.28929059e-3), r), f32x4.splat(4.18978222e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.66676521e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.99991506e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(9.99999702e-1));
  return f32x4.mul(p, r);
}

/** exp(x) of x clamped to [-87.3, 88]; NaN stays. */
// @ts-ignore: decorator
@inline
export function exponential(value: v128): v128 {
  const x = f32x4.pmin(f32x4.pmax(value, f32x4.splat(-87.3)), f32x4.splat(88.0));
  const shifted = shiftedExponent(x);
  const power = i32x4.shl(shifted, 23);
  return f32x4.add(power, f32x4.mul(power, exponentialOfRest(x, shifted)));
}

/** exp(x) from denormals to infinity: 2^n is multiplied in as two powers, each of them a normal float. */
// @ts-ignore: decorator
@inline
export function wholeExponential(value: v128): v128 {
  const x = f32x4.pmin(f32x4.pmax(value, f32x4.splat(-105.0)), f32x4.splat(90.0));
  const shifted = shiftedExponent(x);
  const n = i32x4.sub(shifted, i32x4.splat(SHIFT_BITS));
  const half = i32x4.shr_s(n, 1);
  const low = i32x4.shl(i32x4.add(half, i32x4.splat(127)), 23);
  const high = i32x4.shl(i32x4.add(i32x4.sub(n, half), i32x4.splat(127)), 23);
  const mantissa = f32x4.add(f32x4.splat(1), exponentialOfRest(x, shifted));
  return f32x4.mul(f32x4.mul(mantissa, low), high);
}
