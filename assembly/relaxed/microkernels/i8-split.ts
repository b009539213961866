// Owns the arithmetic of splitting weights on turns of eight int16: which no dot product holds, what is kept of them, and their rests.

/** `channels` codes, `stride` bytes apart, as int16 weights. */
export function expand(source: usize, output: usize, channels: u32, stride: u32, isSigned: bool, zeroPoint: i32): void {
  const zero = i16x8.splat(<i16>zeroPoint);
  const whole: u32 = stride == 1 ? channels & ~7 : 0;
  for (let k: u32 = 0; k < whole; k += 8) {
    const codes = isSigned ? v128.load8x8_s(source + k) : v128.load8x8_u(source + k);
    v128.store(output + (k << 1), i16x8.sub(codes, zero));
  }
  for (let k: u32 = whole; k < channels; k++) {
    const at = source + k * stride;
    store<i16>(output + (k << 1), <i16>((isSigned ? <i32>load<i8>(at) : <i32>load<u8>(at)) - zeroPoint));
  }
}

/**
 * Sums of the magnitudes of the four pairs of a turn that saturating processors add up. A weight above 127, which is no int8, counts one
 * more: alone with a zero, 128 would be within the limit.
 */
// @ts-ignore: decorator
@inline
function pairSums(at: usize): v128 {
  const weights = v128.load(at);
  const isWide = i16x8.gt_s(weights, i16x8.splat(127));
  return i32x4.extadd_pairwise_i16x8_s(i16x8.sub(i16x8.abs(weights), isWide));
}

/** Sums of both quads' pairs in the same places, each twice. */
// @ts-ignore: decorator
@inline
function quadSums(pairs: v128): v128 {
  return i32x4.add(pairs, v128.shuffle<i32>(pairs, pairs, 2, 3, 0, 1));
}

/** Marks quads of a filter that exceed the limit of 128: bit 0 where Ones does not hold them, bit 1 of a turn's second where Pairs does not. */
export function markSaturating(weights: usize, marks: usize, quads: u32): void {
  const limit = i32x4.splat(128);
  for (let quad: u32 = 0; quad < quads; quad += 2, weights += 16) {
    const pairs = pairSums(weights);
    const sums = i32x4.gt_s(quadSums(pairs), limit);
    // Sums of four exceed the limit where any of two does.
    if (!v128.any_true(sums)) continue;
    const ones = i32x4.bitmask(i32x4.gt_s(pairs, limit));
    const at = marks + quad;
    store<u8>(at, load<u8>(at) | u8((ones & 3) != 0));
    store<u8>(at, load<u8>(at, 1) | 2 | u8((ones & 12) != 0), 1);
  }
}

/**
 * Replaces the weights of a turn by what is left of them when the panel keeps the nearest ones that it holds: magnitudes of two, with Pairs
 * of four, add up to 128. Returns whether any has a rest.
 */
export function saturatingRests(at: usize, minWeight: i32, isPairs: bool): bool {
  const pairs = pairSums(at);
  const sums = isPairs ? quadSums(pairs) : pairs;
  const isHeld = !v128.any_true(i32x4.gt_s(sums, i32x4.splat(128)));
  if (isHeld) {
    v128.store(at, i64x2.splat(0));
    return false;
  }
  for (let pair: u32 = 0; pair < 2; pair++) {
    let left: i32 = 128;
    for (let quad: u32 = 0; quad < 2; quad++) {
      if (!isPairs) left = 128;
      for (let i: u32 = 0; i < 2; i++) {
        const weight = at + ((quad << 3) | (pair << 2) | (i << 1));
        const value = <i32>load<i16>(weight);
        const kept = min(max(value, max(-left, minWeight)), min(left, 127));
        left -= abs(kept);
        store<i16>(weight, <i16>(value - kept));
      }
    }
  }
  return true;
}

/** As saturatingRests where an instruction holds weights from `minWeight` to 127. */
export function wideRests(at: usize, minWeight: i32): bool {
  const weights = v128.load(at);
  const kept = i16x8.min_s(i16x8.max_s(weights, i16x8.splat(<i16>minWeight)), i16x8.splat(127));
  const rests = i16x8.sub(weights, kept);
  v128.store(at, rests);
  return v128.any_true(rests);
}

/** Whether one of the four rests at `rests`, or at so many bytes after it, is left in any of `filters`. */
export function anyRest(rests: usize, filterBytes: usize, filters: u32): bool {
  let any: u64 = 0;
  for (let i: u32 = 0; i < filters; i++) any |= load<u64>(rests + <usize>i * filterBytes);
  return any != 0;
}
