// Owns weight ranges that minimize the mean squared error: clipping the largest weights can make all others finer.
import { weightRanges } from 'zeropoint/graph';

/** Shares of the full range that are tried, from all of it down. */
const shares = Array.from({ length: 26 }, (_, i) => 1 - i * 0.02);

/** Sum of squared errors of values rounded to steps of `step` within [low, high]. */
function squaredError(values: readonly number[] | Float32Array, step: number, low: number, high: number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const clipped = Math.min(Math.max(values[i], low), high);
    const error = values[i] - Math.round(clipped / step) * step;
    sum += error * error;
  }
  return sum;
}

/** Symmetric ranges per channel along `axis` for int8 codes in [-127, 127]; at most the largest magnitude, at least half of it. */
export function meanSquareRanges(weights: Float32Array, shape: readonly number[], axis: number): Float32Array {
  const ranges = weightRanges(weights, shape, axis);
  const stride = shape.slice(axis + 1).reduce((product, n) => product * n, 1);
  const channels = Array.from(ranges, (): number[] => []);
  for (let i = 0; i < weights.length; i++) channels[Math.floor(i / stride) % ranges.length].push(weights[i]);
  return ranges.map((range, c) => {
    if (range === 0) return 0;
    const errors = shares.map((share) => squaredError(channels[c], (range * share) / 127, -range * share, range * share));
    return range * shares[errors.indexOf(Math.min(...errors))];
  });
}

/** More weights than this are judged by an even choice of them. */
const mostWeights = 1 << 14;

/** The span of one asymmetric grid of `steps` steps for all weights, one end searched after the other; contains 0. */
export function meanSquareSpan(weights: Float32Array, steps: number): { low: number; high: number } {
  let [low, high] = [0, 0];
  for (const weight of weights) {
    low = Math.min(low, weight);
    high = Math.max(high, weight);
  }
  if (low === high) return { low, high };
  // Odd, so that it meets all channels of a layer.
  const stride = Math.ceil(weights.length / mostWeights) | 1;
  const chosen = weights.filter((_, i) => i % stride === 0);
  const best = (span: (share: number) => [number, number]): [number, number] => {
    const errors = shares.map((share) => squaredError(chosen, (span(share)[1] - span(share)[0]) / steps, ...span(share)));
    return span(shares[errors.indexOf(Math.min(...errors))]);
  };
  const full = { low, high };
  [low, high] = best((share) => [full.low * share, full.high]);
  [low, high] = best((share) => [low, full.high * share]);
  return { low, high };
}
