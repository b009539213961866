// Owns the statistics of paired accuracies: proportions, their difference, and confidence intervals.
import type { Interval, PairedAccuracy, PairedCounts } from './figures';

/** 97.5 % quantile of the standard normal distribution, for two-sided 95 % intervals. */
const z = 1.959963984540054;

/**
 * 95 % score interval of the proportion p = hits / n:
 * (p + z^2 / 2n ± z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n) (E. B. Wilson, Probable Inference, the Law of Succession, and
 * Statistical Inference, 1927). [0, 1] without samples.
 */
export function wilsonInterval(hits: number, total: number): Interval {
  if (total === 0) return { low: 0, high: 1 };
  const share = hits / total;
  const centre = share + (z * z) / (2 * total);
  const half = z * Math.sqrt((share * (1 - share)) / total + (z * z) / (4 * total * total));
  const scale = 1 + (z * z) / total;
  return { low: Math.max(0, (centre - half) / scale), high: Math.min(1, (centre + half) / scale) };
}

/**
 * Phi coefficient of the contingency table, (ad - bc) / sqrt of the product of its margins, in [-1, 1], with the continuity correction of
 * Newcombe's method 10: a positive ad - bc is reduced by n / 2, to no less than 0. 0 where a margin is empty.
 */
function correlation({ both, floatOnly, quantizedOnly, neither }: PairedCounts, total: number): number {
  const product = (both + floatOnly) * (quantizedOnly + neither) * (both + quantizedOnly) * (floatOnly + neither);
  if (product === 0) return 0;
  const excess = both * neither - floatOnly * quantizedOnly;
  return (excess > 0 ? Math.max(0, excess - total / 2) : excess) / Math.sqrt(product);
}

/**
 * Both accuracies, their difference d = p1 - p2, and its 95 % interval by method 10 of R. G. Newcombe, Improved Confidence Intervals for the
 * Difference between Binomial Proportions Based on Paired Data, Statistics in Medicine 17, 1998: with the Wilson interval [l, u] of each
 * proportion, d - sqrt((p1 - l1)^2 - 2 phi (p1 - l1)(u2 - p2) + (u2 - p2)^2), and likewise above. It holds for few samples and for d = 0,
 * where Wald's interval has no width.
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
