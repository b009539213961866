// Owns counting float32 numbers in bins of one width, and the extremes that the bins reach to.

/**
 * Writes to `extreme` the smallest and the largest of the finite numbers that are not 0, as float32, Infinity and -Infinity where there is
 * none, and the count of NaN and infinities, as u32.
 */
export function extremes(data: usize, count: u32, extreme: usize): void {
  const zero = f32x4.splat(0);
  const infinity = f32x4.splat(Infinity);
  let low = infinity;
  let high = f32x4.splat(-Infinity);
  let finite = i32x4.splat(0);
  const end = data + (<usize>(count & ~3) << 2);
  for (; data < end; data += 16) {
    const x = v128.load(data);
    // x - x is 0 for finite numbers alone.
    const isFinite = f32x4.eq(f32x4.sub(x, x), zero);
    finite = i32x4.sub(finite, isFinite);
    const counts = v128.and(isFinite, f32x4.ne(x, zero));
    low = f32x4.pmin(low, v128.bitselect(x, infinity, counts));
    high = f32x4.pmax(high, v128.bitselect(x, f32x4.neg(infinity), counts));
  }
  let least: f32 = min(
    min(f32x4.extract_lane(low, 0), f32x4.extract_lane(low, 1)),
    min(f32x4.extract_lane(low, 2), f32x4.extract_lane(low, 3)),
  );
  let most: f32 = max(
    max(f32x4.extract_lane(high, 0), f32x4.extract_lane(high, 1)),
    max(f32x4.extract_lane(high, 2), f32x4.extract_lane(high, 3)),
  );
  let total: u32 =
    i32x4.extract_lane(finite, 0) + i32x4.extract_lane(finite, 1) + i32x4.extract_lane(finite, 2) + i32x4.extract_lane(finite, 3);
  for (let i: u32 = count & ~3; i < count; i++, data += 4) {
    const x = load<f32>(data);
    if (x - x != 0) continue;
    total++;
    if (x == 0) continue;
    least = min(least, x);
    most = max(most, x);
  }
  store<f32>(extreme, least);
  store<f32>(extreme, most, 4);
  store<u32>(extreme, count - total, 8);
}

// @ts-ignore: decorator
@inline
function increment(counts: usize, bin: i32): void {
  const at = counts + (<usize>bin << 2);
  store<u32>(at, load<u32>(at) + 1);
}

/**
 * Adds 1 to counts[floor(x perWidth) - first], u32, for every number x that is not 0, and 1 to one of counts[bins] to counts[bins + 3] for
 * every 0. perWidth is a power of two, whose product with a float32 is exact in float64. All numbers lie in the `bins` bins or are 0.
 */
export function countBins(data: usize, count: u32, perWidth: f64, first: f64, bins: i32, counts: usize): void {
  const factor = f64x2.splat(perWidth);
  const offset = f64x2.splat(first);
  const zero = f32x4.splat(0);
  // A place per lane: many zeros in one place would wait for each other's stores.
  const places = i32x4.add(i32x4.splat(bins), i32x4(0, 1, 2, 3));
  const end = data + (<usize>(count & ~3) << 2);
  for (; data < end; data += 16) {
    const x = v128.load(data);
    const low = f64x2.sub(f64x2.floor(f64x2.mul(f64x2.promote_low_f32x4(x), factor)), offset);
    const upper = v128.shuffle<i32>(x, x, 2, 3, 2, 3);
    const high = f64x2.sub(f64x2.floor(f64x2.mul(f64x2.promote_low_f32x4(upper), factor)), offset);
    const indices = v128.shuffle<i32>(i32x4.trunc_sat_f64x2_s_zero(low), i32x4.trunc_sat_f64x2_s_zero(high), 0, 1, 4, 5);
    const chosen = v128.bitselect(places, indices, f32x4.eq(x, zero));
    increment(counts, i32x4.extract_lane(chosen, 0));
    increment(counts, i32x4.extract_lane(chosen, 1));
    increment(counts, i32x4.extract_lane(chosen, 2));
    increment(counts, i32x4.extract_lane(chosen, 3));
  }
  for (let i: u32 = count & ~3; i < count; i++, data += 4) {
    const x = load<f32>(data);
    increment(counts, x == 0 ? bins : <i32>(Math.floor(<f64>x * perWidth) - first));
  }
}
