// Owns the places of extremes: of neighbouring elements, or of elements at a distance, for four neighbours at a time.
import { storeElements } from './f32-copy';

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

/**
 * The same for `count` neighbours, 1 to 4, each with `channels` elements `stepBytes` apart, as int32, or as int64 where `outputBytes` is 8;
 * writes exactly those.
 */
// @ts-ignore: decorator
@inline
export function argOfColumns(
  isMax: bool,
  input: usize,
  stepBytes: usize,
  channels: u32,
  output: usize,
  outputBytes: u32,
  count: u32,
): void {
  let best = v128.load(input);
  let places = i32x4.splat(0);
  for (let i: u32 = 1; i < channels; i++) {
    input += stepBytes;
    const x = v128.load(input);
    const wins = isMax ? f32x4.gt(x, best) : f32x4.lt(x, best);
    best = v128.bitselect(x, best, wins);
    places = v128.bitselect(i32x4.splat(i), places, wins);
  }
  if (outputBytes == 4) {
    storeElements(output, places, count);
    return;
  }
  const zero = i32x4.splat(0);
  storeElements(output, v128.shuffle<u32>(places, zero, 0, 4, 1, 5), min(count << 1, 4));
  if (count > 2) storeElements(output + 16, v128.shuffle<u32>(places, zero, 2, 6, 3, 7), (count << 1) - 4);
}
