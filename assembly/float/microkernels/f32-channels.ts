// Owns what is computed over the channels of a pixel: sums, sums of squares, and the places of extremes.
import { storeElements } from './f32-copy';

/** Four pixels of a row, `pixelBytes` apart, of which `count`, 1 to 4, exist: the last one stands for those that do not. */
// @ts-ignore: decorator
@inline
function pixelOf(input: usize, pixelBytes: usize, count: u32, index: u32): usize {
  return input + pixelBytes * <usize>min(count - 1, index);
}

/** `squares` is a literal. */
// @ts-ignore: decorator
@inline
function addTerm(squares: bool, sum: v128, x: v128): v128 {
  return f32x4.add(sum, squares ? f32x4.mul(x, x) : x);
}

/**
 * The sums of `channels` elements, or of their squares, of four pixels in the four lanes. Each is added in order, as in
 * tflite/kernels/internal/reference/reduce.h and l2normalization.h: four channels of four pixels are transposed.
 */
// @ts-ignore: decorator
@inline
function fourSums(squares: bool, input: usize, pixelBytes: usize, count: u32, channels: u32): v128 {
  let p0 = input;
  let p1 = pixelOf(input, pixelBytes, count, 1);
  let p2 = pixelOf(input, pixelBytes, count, 2);
  let p3 = pixelOf(input, pixelBytes, count, 3);
  let sum = f32x4.splat(0);
  const end = p0 + (<usize>(channels & ~3) << 2);
  while (p0 < end) {
    const a = v128.load(p0);
    const b = v128.load(p1);
    const c = v128.load(p2);
    const d = v128.load(p3);
    const ab = v128.shuffle<u32>(a, b, 0, 4, 1, 5);
    const cd = v128.shuffle<u32>(c, d, 0, 4, 1, 5);
    sum = addTerm(squares, sum, v128.shuffle<u64>(ab, cd, 0, 2));
    sum = addTerm(squares, sum, v128.shuffle<u64>(ab, cd, 1, 3));
    const ab2 = v128.shuffle<u32>(a, b, 2, 6, 3, 7);
    const cd2 = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
    sum = addTerm(squares, sum, v128.shuffle<u64>(ab2, cd2, 0, 2));
    sum = addTerm(squares, sum, v128.shuffle<u64>(ab2, cd2, 1, 3));
    p0 += 16;
    p1 += 16;
    p2 += 16;
    p3 += 16;
  }
  for (let left = channels & 3; left > 0; left--) {
    let x = v128.load32_splat(p0);
    x = f32x4.replace_lane(x, 1, load<f32>(p1));
    x = f32x4.replace_lane(x, 2, load<f32>(p2));
    x = f32x4.replace_lane(x, 3, load<f32>(p3));
    sum = addTerm(squares, sum, x);
    p0 += 4;
    p1 += 4;
    p2 += 4;
    p3 += 4;
  }
  return sum;
}

/** The sums of `count` pixels, 1 to 4, over `divisor`; writes exactly those. */
export function averagePixels(input: usize, pixelBytes: usize, count: u32, channels: u32, output: usize, divisor: f32): void {
  storeElements(output, f32x4.div(fourSums(false, input, pixelBytes, count, channels), f32x4.splat(divisor)), count);
}

/**
 * x / max(sqrt(sum of x x), 1e-6) of `count` pixels, 1 to 4 (tflite/kernels/internal/reference/l2normalization.h); writes `blocks` x 8
 * channels of each.
 */
export function normalizePixels(
  input: usize,
  pixelBytes: usize,
  count: u32,
  channels: u32,
  blocks: u32,
  output: usize,
  outputPixelBytes: usize,
): void {
  let norms = f32x4.pmax(f32x4.sqrt(fourSums(true, input, pixelBytes, count, channels)), f32x4.splat(1e-6));
  for (let pixel: u32 = 0; pixel < count; pixel++) {
    const norm = v128.shuffle<u32>(norms, norms, 0, 0, 0, 0);
    const bytes = <usize>blocks << 5;
    for (let i: usize = 0; i < bytes; i += 16) v128.store(output + i, f32x4.div(v128.load(input + i), norm));
    norms = v128.shuffle<u32>(norms, norms, 1, 2, 3, 0);
    input += pixelBytes;
    output += outputPixelBytes;
  }
}

// @ts-ignore: decorator
@inline
function beats(isMax: bool, a: f32, b: f32): bool {
  return isMax ? a > b : a < b;
}

/**
 * The first of `channels` elements that no other one exceeds (isMax, a literal) or undercuts: each lane keeps the first of its own, starting
 * from element 0, so that a NaN there stays and others never win (tflite/kernels/internal/reference/arg_min_max.h).
 */
// @ts-ignore: decorator
@inline
export function argOfSpan(isMax: bool, input: usize, channels: u32): u32 {
  let best = v128.load32_splat(input);
  let places = i32x4.splat(0);
  let next = i32x4(0, 1, 2, 3);
  const whole = channels & ~3;
  for (const end = input + (<usize>whole << 2); input < end; input += 16) {
    const x = v128.load(input);
    const wins = isMax ? f32x4.gt(x, best) : f32x4.lt(x, best);
    best = v128.bitselect(x, best, wins);
    places = v128.bitselect(next, places, wins);
    next = i32x4.add(next, i32x4.splat(4));
  }
  let extreme = f32x4.extract_lane(best, 0);
  let place = <u32>i32x4.extract_lane(places, 0);
  for (let lane = 1; lane < 4; lane++) {
    best = v128.shuffle<u32>(best, best, 1, 2, 3, 0);
    places = v128.shuffle<u32>(places, places, 1, 2, 3, 0);
    const x = f32x4.extract_lane(best, 0);
    const at = <u32>i32x4.extract_lane(places, 0);
    if (beats(isMax, x, extreme) || (x == extreme && at < place)) {
      extreme = x;
      place = at;
    }
  }
  for (let i = whole; i < channels; i++, input += 4) {
    if (!beats(isMax, load<f32>(input), extreme)) continue;
    extreme = load<f32>(input);
    place = i;
  }
  return place;
}
