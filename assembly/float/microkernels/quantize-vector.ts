// Owns vectors of float32 and int8 as the int16 elements that int8 weights are multiplied with.

/** To the nearest integers, halves away from zero (std::round): a fraction of a float32 is exact. */
// @ts-ignore: decorator
@inline
function round(x: v128): v128 {
  const truncated = f32x4.trunc(x);
  const isAway = f32x4.ge(f32x4.abs(f32x4.sub(x, truncated)), f32x4.splat(0.5));
  const one = v128.or(f32x4.splat(1), v128.and(x, i32x4.splat(i32.MIN_VALUE)));
  return i32x4.trunc_sat_f32x4_s(f32x4.add(truncated, v128.and(isAway, one)));
}

/** The same of one double. */
function roundOne(x: f64): i32 {
  const truncated = trunc(x);
  const rounded = abs(x - truncated) >= 0.5 ? truncated + copysign<f64>(1, x) : truncated;
  // NaN, of a vector that is not finite, becomes 0, where the scalar instruction would trap.
  return i32x4.extract_lane(i32x4.trunc_sat_f64x2_s_zero(f64x2.splat(rounded)), 0);
}

/** The largest lane. */
// @ts-ignore: decorator
@inline
function largest(x: v128): f32 {
  const pairs = f32x4.pmax(x, v128.shuffle<i64>(x, x, 1, 0));
  return max<f32>(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1));
}

/** `count` floats at `from` times `factor` plus `zero` to codes less `zeroPoint`, clamped from `lowest` on; whole vectors are written. */
// @ts-ignore: decorator
@inline
function quantize(from: usize, count: i32, factor: f32, zeroPoint: i32, lowest: i32, to: usize): void {
  const scale = f32x4.splat(factor);
  const zero = i32x4.splat(zeroPoint);
  const offset = f32x4.convert_i32x4_s(zero);
  for (let i = 0; i < count; i += 4) {
    const codes = round(f32x4.add(offset, f32x4.mul(v128.load(from), scale)));
    const clamped = i32x4.min_s(i32x4.max_s(codes, i32x4.splat(lowest)), i32x4.splat(127));
    const elements = i32x4.sub(clamped, zero);
    v128.store64_lane(to, i16x8.narrow_i32x4_s(elements, elements), 0);
    from += 16;
    to += 8;
  }
}

/**
 * `PortableSymmetricQuantizeFloats` (tflite/kernels/internal/reference/portable_tensor_utils.cc): the scale; `count` floats, then zeros up
 * to a multiple of four.
 */
export function quantizeSymmetric(from: usize, count: i32, to: usize): f32 {
  let ranges = f32x4.splat(0);
  for (let at = from, end = from + (<usize>(count & ~3) << 2); at < end; at += 16) ranges = f32x4.pmax(ranges, f32x4.abs(v128.load(at)));
  let range = largest(ranges);
  for (let i = count & ~3; i < count; i++) range = max<f32>(range, abs<f32>(load<f32>(from + (<usize>i << 2))));
  const isZero = !(range > 0);
  quantize(from, count, isZero ? 0 : 127 / range, 0, -127, to);
  return isZero ? 1 : range / 127;
}

/** `PortableAsymmetricQuantizeFloats` (same file): 0 and all elements lie in the range of int8, and 0 is a code. */
export function quantizeAsymmetric(from: usize, count: i32, to: usize): f32 {
  let minima = f32x4.splat(0);
  let maxima = minima;
  for (let at = from, end = from + (<usize>(count & ~3) << 2); at < end; at += 16) {
    minima = f32x4.pmin(minima, v128.load(at));
    maxima = f32x4.pmax(maxima, v128.load(at));
  }
  let lowest = -largest(f32x4.neg(minima));
  let highest = largest(maxima);
  for (let i = count & ~3; i < count; i++) {
    const x = load<f32>(from + (<usize>i << 2));
    lowest = min<f32>(lowest, x);
    highest = max<f32>(highest, x);
  }
  if (!(highest > lowest)) {
    quantize(from, count, 0, 0, -128, to);
    return 1;
  }
  const step = (<f64>highest - <f64>lowest) / 255;
  const fromLowest = <f64>lowest / step;
  const fromHighest = <f64>highest / step;
  const nearest = 128 + abs(fromLowest) < 127 + abs(fromHighest) ? -128 - fromLowest : 127 - fromHighest;
  const zeroPoint = min(max(roundOne(nearest), -128), 127);
  const scale = <f32>step;
  quantize(from, count, 1 / scale, zeroPoint, -128, to);
  return scale;
}

/** int8 codes less a zero point; whole vectors of eight are read and written. */
export function widen(from: usize, count: i32, zeroPoint: i32, to: usize): void {
  const zero = i16x8.splat(<i16>zeroPoint);
  for (let i = 0; i < count; i += 8) {
    v128.store(to, i16x8.sub(v128.load8x8_s(from), zero));
    from += 8;
    to += 16;
  }
}
