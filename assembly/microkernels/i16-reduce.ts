// Owns sums and extremes of spans of centred int16, and extremes of eight neighbours at a time in nested loops.

/** The largest of `count` >= 8 neighbours, xor `flip`; the last vector may overlap the one before. */
export function maxSpan(input: usize, count: i32, flip: i32): i32 {
  const flips = i16x8.splat(<i16>flip);
  const last = input + (<usize>count << 1) - 16;
  let best = v128.xor(v128.load(last), flips);
  for (let at = input; at < last; at += 16) best = i16x8.max_s(best, v128.xor(v128.load(at), flips));
  best = i16x8.max_s(best, v128.shuffle<i64>(best, best, 1, 0));
  best = i16x8.max_s(best, v128.shuffle<i32>(best, best, 1, 0, 3, 2));
  return max(i16x8.extract_lane_s(best, 0), i16x8.extract_lane_s(best, 1));
}

/** The position of the first of `count` >= 8 neighbours that equals `element`, which one of them does. */
export function findSpan(input: usize, count: i32, element: i32): i32 {
  const elements = i16x8.splat(<i16>element);
  const last = input + (<usize>count << 1) - 16;
  for (let at = input; at < last; at += 16) {
    const equal = i16x8.bitmask(i16x8.eq(v128.load(at), elements));
    if (equal != 0) return (<i32>(at - input) >> 1) + ctz(equal);
  }
  return count - 8 + ctz(i16x8.bitmask(i16x8.eq(v128.load(last), elements)));
}

/** Modulo 2^32, as the reference adds. */
export function sumSpan(input: usize, count: i32): i32 {
  const end = input + (<usize>(count & ~7) << 1);
  let sums = i32x4.splat(0);
  for (; input < end; input += 16) sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(v128.load(input)));
  let sum = i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) + i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
  for (let i = 0; i < (count & 7); i++) sum += <i32>load<i16>(input + (<usize>i << 1));
  return sum;
}

/** The largest of each of eight neighbours and those in three nested loops, xor `flip`, plus `offset`. */
export function maxBlock(
  input: usize,
  outerCount: i32,
  outerBytes: i32,
  middleCount: i32,
  middleBytes: i32,
  innerCount: i32,
  innerBytes: i32,
  output: usize,
  flip: i32,
  offset: i32,
): void {
  const flips = i16x8.splat(<i16>flip);
  let best = i16x8.splat(-32768);
  for (let outer = 0; outer < outerCount; outer++) {
    let line = input + <usize>(outer * outerBytes);
    for (let middle = 0; middle < middleCount; middle++, line += <usize>middleBytes) {
      let at = line;
      for (let inner = 0; inner < innerCount; inner++, at += <usize>innerBytes) {
        best = i16x8.max_s(best, v128.xor(v128.load(at), flips));
      }
    }
  }
  v128.store(output, i16x8.add(v128.xor(best, flips), i16x8.splat(<i16>offset)));
}
