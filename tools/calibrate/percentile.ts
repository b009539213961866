// Owns the percentile range: what remains when the outermost numbers at both ends are cut off.
import type { Histogram } from './histogram';
import type { TensorRange } from './ranges';

/** The number below which `share` of all lie, exact to one bin; the ends are exact. */
function quantile(histogram: Histogram, share: number): number {
  const { width, first, counts } = histogram.shape;
  const total = counts.reduce((sum, count) => sum + count, histogram.zeros);
  let rest = share * total;
  if (rest <= 0) return histogram.min;
  for (let i = 0; i <= counts.length; i++) {
    // Zeros come before the bin that begins at 0.
    if (first + i === 0 || (i === 0 && first > 0) || (i === counts.length && first + i < 0)) {
      if (rest <= histogram.zeros) return 0;
      rest -= histogram.zeros;
    }
    const count = counts[i] ?? 0;
    if (rest <= count) return Math.min(Math.max((first + i + rest / count) * width, histogram.min), histogram.max);
    rest -= count;
  }
  return histogram.max;
}

/** From the (100 - percentile)th to the percentile-th percentile of all numbers, zeros included. */
export function percentileRange(histogram: Histogram, percentile: number): TensorRange {
  if (percentile === 100) return { min: histogram.min, max: histogram.max };
  return { min: quantile(histogram, 1 - percentile / 100), max: quantile(histogram, percentile / 100) };
}
