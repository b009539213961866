// Owns statistics of lists of numbers: order, mean and deviation.

/** Middle value, of an even number the mean of the two in the middle; 0 of none. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Nearest-rank percentile of ascending values, `share` in (0, 1]. */
export function percentile(ascending: ArrayLike<number>, share: number): number {
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)];
}

/** Arithmetic mean; NaN of none. */
export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Standard deviation of a sample, sqrt(sum (x - mean)^2 / (n - 1)); NaN of less than two numbers. */
export function deviation(values: readonly number[]): number {
  const centre = mean(values);
  return values.length < 2 ? Number.NaN : Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}
