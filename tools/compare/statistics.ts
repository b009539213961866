// Owns the statistics of paired accuracies: shares, their drop, and confidence intervals.
import type { Interval, PairedAccuracy, PairedCounts } from './comparison';

/** 97.5 % quantile of the standard normal distribution: intervals hold 95 %. */
const z = 1.959963984540054;

/** Wilson's score interval of the share `hits / total` (E. B. Wilson 1927); the whole of 0..1 without samples. */
export function wilsonInterval(hits: number, total: number): Interval {
  if (total === 0) return { low: 0, high: 1 };
  const share = hits / total;
  const centre = share + (z * z) / (2 * total);
  const half = z * Math.sqrt((share * (1 - share)) / total + (z * z) / (4 * total * total));
  const scale = 1 + (z * z) / total;
  return { low: Math.max(0, (centre - half) / scale), high: Math.min(1, (centre + half) / scale) };
}

/** Correlation of both results over the samples, with the continuity correction of Newcombe's method 10. */
function correlation({ both, floatOnly, quantizedOnly, neither }: PairedCounts, total: number): number {
  const product = (both + floatOnly) * (quantizedOnly + neither) * (both + quantizedOnly) * (floatOnly + neither);
  if (product === 0) return 0;
  const excess = both * neither - floatOnly * quantizedOnly;
  return (excess > 0 ? Math.max(0, excess - total / 2) : excess) / Math.sqrt(product);
}

/**
 * Both accuracies and their drop. Its interval is Newcombe's method 10 for paired shares (R. G. Newcombe, Statistics in Medicine 17,
 * 1998): two Wilson intervals, combined with the correlation of the pairs. It holds for few samples and for drops of 0, where the
 * textbook formula gives an interval without width.
 */
export function pairedAccuracy(counts: PairedCounts): PairedAccuracy {
  const total = counts.both + counts.floatOnly + counts.quantizedOnly + counts.neither;
  const float = (counts.both + counts.floatOnly) / total;
  const quantized = (counts.both + counts.quantizedOnly) / total;
  const phi = correlation(counts, total);
  const first = wilsonInterval(counts.both + counts.floatOnly, total);
  const second = wilsonInterval(counts.both + counts.quantizedOnly, total);
  const combine = (a: number, b: number) => Math.sqrt(Math.max(0, a * a - 2 * phi * a * b + b * b));
  const drop = float - quantized;
  const interval = {
    low: Math.max(-1, drop - combine(float - first.low, second.high - quantized)),
    high: Math.min(1, drop + combine(quantized - second.low, first.high - float)),
  };
  return { counts, float, quantized, drop, interval };
}
