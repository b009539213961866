// Owns the entropy range: the clipping that keeps the distribution most alike (Kullback-Leibler divergence).
import type { Histogram } from './histogram';
import type { TensorRange } from './ranges';

/** Codes of an 8-bit tensor. */
const levels = 256;
/** How many thresholds are tried, evenly up to the largest magnitude. */
const candidates = 128;
/** Stands for a probability of 0 in the quantized distribution, where the divergence would be infinite. */
const nearlyZero = 1e-9;

/**
 * Divergence between the numbers clipped to bins [from, to) and the same numbers quantized to `levels` codes. Numbers outside join the
 * outermost bins of the first distribution, but not of the second, which is what makes clipping cost something (Migacz, 8-bit Inference
 * with TensorRT, GTC 2017).
 */
function divergence(counts: Float64Array, from: number, to: number, total: number): number {
  const clipped = counts.slice(from, to);
  for (let i = 0; i < from; i++) clipped[0] += counts[i];
  for (let i = to; i < counts.length; i++) clipped[clipped.length - 1] += counts[i];
  let inside = 0;
  for (let i = from; i < to; i++) inside += counts[i];
  let sum = 0;
  for (let level = 0; level < levels; level++) {
    const [begin, end] = [level, level + 1].map((edge) => Math.round((edge * (to - from)) / levels));
    let mass = 0;
    let occupied = 0;
    for (let i = begin; i < end; i++) {
      mass += counts[from + i];
      if (clipped[i] > 0) occupied++;
    }
    const q = Math.max(mass / occupied / inside, nearlyZero);
    for (let i = begin; i < end; i++) {
      const p = clipped[i] / total;
      if (p > 0) sum += p * Math.log(p / q);
    }
  }
  return sum;
}

/**
 * The range [max(min, -t), min(max, t)] of the threshold t with the least divergence; the whole range where it has no more bins than there
 * are codes. Exact zeros are left out, since every range represents them.
 */
export function entropyRange(histogram: Histogram): TensorRange {
  const { min, max } = histogram;
  const { width, first, counts } = histogram.shape;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const largest = Math.max(-min, max);
  let best: TensorRange = { min, max };
  let least = Number.POSITIVE_INFINITY;
  // From the widest down: of equals the widest wins.
  for (let k = candidates; k >= 1; k--) {
    const threshold = (largest * k) / candidates;
    const from = Math.max(Math.floor(-threshold / width) - first, 0);
    // The bin that begins at the threshold holds it, as the spike of a ReLU6.
    const to = Math.min(Math.floor(threshold / width) + 1 - first, counts.length);
    if (to - from < levels) break;
    const found = divergence(counts, from, to, total);
    if (found < least) {
      least = found;
      best = { min: Math.max(min, -threshold), max: Math.min(max, threshold) };
    }
  }
  return best;
}
