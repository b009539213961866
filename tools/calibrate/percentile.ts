// Owns the percentile observer's range: between a low and a high percentile of the numbers.
import type { Histogram } from './histogram';
import type { TensorRange } from './ranges';

/** The number below which a share of all numbers lies, interpolated within its bin; exact for the shares 0 and 1. */
function quantile(histogram: Histogram, share: number): number {
  const { width, first, counts } = histogram.shape;
  const total = counts.reduce((sum, count) => sum + count, histogram.zeros);
  let rest = share * total;
  if (rest <= 0) return histogram.min;
  for (let i = 0; i <= counts.length; i++) {
    // Zeros have no bin; in ascending order they are in front of bin 0, or at an end where all numbers have one sign.
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

/** From the (100 - percentile)-th to the percentile-th percentile of all numbers, zeros included. */
export function percentileRange(histogram: Histogram, percentile: number): TensorRange {
  if (percentile === 100) return { min: histogram.min, max: histogram.max };
  return { min: quantile(histogram, 1 - percentile / 100), max: quantile(histogram, percentile / 100) };
}
