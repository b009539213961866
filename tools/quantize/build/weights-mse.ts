// Owns weight ranges of least mean squared error: clipping the largest weights makes the steps of all others smaller.
import { weightRanges } from 'zeropoint/graph';
import type { TensorRange } from '../../calibrate/ranges';

/** Candidates for a range's end, as shares of the largest magnitude: 1, 0.98, ... 0.5. */
const shares = Array.from({ length: 26 }, (_, i) => 1 - i * 0.02);

/** Sum over w of (w - step * round(clip(w, min, max) / step))². */
function squaredError(weights: readonly number[] | Float32Array, step: number, { min, max }: TensorRange): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    const clipped = Math.min(Math.max(weights[i], min), max);
    const error = weights[i] - Math.round(clipped / step) * step;
    sum += error * error;
  }
  return sum;
}

/**
 * Half-widths r, one per channel along `axis`, of the symmetric ranges [-r, r] with the least squared error for int8 codes in
 * [-maxCode, maxCode]; between half the channel's largest magnitude and all of it. `weights` is row-major with shape `shape`.
 */
export function meanSquareRanges(weights: Float32Array, shape: readonly number[], axis: number, maxCode = 127): Float32Array {
  const ranges = weightRanges(weights, shape, axis);
  const stride = shape.slice(axis + 1).reduce((product, n) => product * n, 1);
  const channels = Array.from(ranges, (): number[] => []);
  for (let i = 0; i < weights.length; i++) channels[Math.floor(i / stride) % ranges.length].push(weights[i]);
  return ranges.map((range, c) => {
    if (range === 0) return 0;
    const errors = shares.map((share) => squaredError(channels[c], (range * share) / maxCode, { min: -range * share, max: range * share }));
    return range * shares[errors.indexOf(Math.min(...errors))];
  });
}

/** In larger layers the error is that of a subset of about as many weights, evenly spaced. */
const maxWeights = 1 << 14;

/**
 * The range within `full`, all weights' range with 0, that has the least squared error for one asymmetric grid of `steps` steps: first its
 * lower end is searched, then its upper.
 */
export function meanSquareRange(weights: Float32Array, full: TensorRange, steps: number): TensorRange {
  if (full.min === full.max) return full;
  // An odd stride visits all channels of a layer, whose number is mostly even.
  const stride = Math.ceil(weights.length / maxWeights) | 1;
  const subset = weights.filter((_, i) => i % stride === 0);
  const best = (candidates: TensorRange[]): TensorRange => {
    const errors = candidates.map((range) => squaredError(subset, (range.max - range.min) / steps, range));
    return candidates[errors.indexOf(Math.min(...errors))];
  };
  const { min } = best(shares.map((share) => ({ min: full.min * share, max: full.max })));
  return best(shares.map((share) => ({ min, max: full.max * share })));
}
