// Owns the weights of antialiased bilinear resizing, as src/pixels/script.ts computes them, whose comments give the source.
import { storeWeight } from '../simd';

/** The filter's height at pixel `x` of the source: a triangle of half width `support` around `centre`. */
// @ts-ignore: decorator
@inline
function height(x: f64, centre: f64, inverseSupport: f64): f64 {
  return max<f64>(0, 1 - abs<f64>((x - centre + 0.5) * inverseSupport));
}

/**
 * The filter of one axis: outputs first .. first + count of `resized` from `source` pixels of `step` bytes.
 * @param spans per output two u32: bytes of the first pixel of the source, and the first pixel after the last
 * @param weights per output `groups` vectors of four taps, zeros behind its last one
 */
export function makeFilter(source: u32, resized: u32, first: u32, count: u32, step: u32, groups: u32, spans: usize, weights: usize): void {
  const scale = <f64>source / <f64>resized;
  const support = max<f64>(scale, 1);
  const inverseSupport: f64 = 1 / support;
  const taps = groups << 2;
  memory.fill(weights, 0, (<usize>count * groups) << 4);
  for (let i: u32 = 0; i < count; i++) {
    const centre = (<f64>first + <f64>i + 0.5) * scale;
    const start = <i32>max<f64>(0, trunc<f64>(centre - support + 0.5));
    const end = <i32>min<f64>(<f64>source, trunc<f64>(centre + support + 0.5));
    const length = min<i32>(end - start, taps);
    let sum: f64 = 0;
    for (let t = 0; t < length; t++) sum += height(<f64>(t + start), centre, inverseSupport);
    for (let t = 0; t < length; t++) {
      const share = height(<f64>(t + start), centre, inverseSupport) / sum;
      storeWeight(weights, t, <i32>(0.5 + share * <f64>(1 << 22)));
    }
    store<u32>(spans, <u32>start * step);
    store<u32>(spans, <u32>start + <u32>length, 4);
    spans += 8;
    weights += <usize>groups << 4;
  }
}
