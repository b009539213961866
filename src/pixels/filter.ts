// Owns the weights of antialiased bilinear resizing: a triangle filter with half-pixel centres whose support grows with the reduction.
//
// As in Pillow's libImaging/Resample.c (precompute_coeffs, normalize_coeffs_8bpc): float64, normalized to sum 1, rounded to 22-bit fixed point.

/** One axis: `source` pixels from `sourceFirst` on are resized to `resized` pixels, of which `count` from `first` on are computed. */
export interface Span {
  readonly source: number;
  readonly sourceFirst: number;
  readonly resized: number;
  readonly first: number;
  readonly count: number;
}

/** PRECISION_BITS of Resample.c: 32 bits less 8 of the pixel less 2 of headroom. 255 * 2^22 plus rounding stays below 2^31. */
export const fractionBits = 22;

/** For output i: source pixels starts[i] .. starts[i] + lengths[i], weighted by weights[i * taps ...]; starts count from the span's own source. */
export interface Filter {
  readonly taps: number;
  readonly starts: Int32Array;
  readonly lengths: Int32Array;
  readonly weights: Int32Array;
}

export function triangleFilter({ source, resized, first, count }: Span): Filter {
  const scale = source / resized;
  const support = Math.max(scale, 1);
  const taps = Math.ceil(support) * 2 + 1;
  const filter = { taps, starts: new Int32Array(count), lengths: new Int32Array(count), weights: new Int32Array(count * taps) };
  const row = new Float64Array(taps);
  for (let i = 0; i < count; i++) {
    const centre = (first + i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const length = Math.min(source, Math.trunc(centre + support + 0.5)) - start;
    let sum = 0;
    for (let t = 0; t < length; t++) {
      row[t] = Math.max(0, 1 - Math.abs((t + start - centre + 0.5) * (1 / support)));
      sum += row[t];
    }
    for (let t = 0; t < length; t++) filter.weights[i * taps + t] = Math.trunc(0.5 + (row[t] / sum) * (1 << fractionBits));
    filter.starts[i] = start;
    filter.lengths[i] = length;
  }
  return filter;
}
