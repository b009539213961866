// Owns the entropy observer's range: the clipping threshold of least Kullback-Leibler divergence from the observed distribution.
import type { Histogram } from './histogram';
import type { TensorRange } from './ranges';

/** Codes of an 8-bit tensor. */
const levels = 256;
/** Number of thresholds that are tried, evenly spaced up to the largest magnitude. */
const thresholds = 128;
/** Lower bound of the quantized distribution's probabilities; at 0 the divergence would be infinite. */
const minProbability = 1e-9;

/**
 * Kullback-Leibler divergence sum of p log(p / q) over the bins [begin, end), after Migacz, "8-bit Inference with TensorRT", GTC 2017. p:
 * counts clipped to these bins, so that the counts outside are added to the outermost bins, divided by `total`, the sum of all counts. q:
 * the counts inside, without those outside, summed up per code and spread evenly over the code's occupied bins, divided by their sum. The
 * counts outside, which are in p alone, make the divergence grow with clipping.
 */
function divergence(counts: Float64Array, begin: number, end: number, total: number): number {
  const clipped = counts.slice(begin, end);
  for (let i = 0; i < begin; i++) clipped[0] += counts[i];
  for (let i = end; i < counts.length; i++) clipped[clipped.length - 1] += counts[i];
  let inside = 0;
  for (let i = begin; i < end; i++) inside += counts[i];
  let sum = 0;
  for (let level = 0; level < levels; level++) {
    const [first, next] = [level, level + 1].map((edge) => Math.round((edge * (end - begin)) / levels));
    let mass = 0;
    let occupied = 0;
    for (let i = first; i < next; i++) {
      mass += counts[begin + i];
      if (clipped[i] > 0) occupied++;
    }
    const q = Math.max(mass / occupied / inside, minProbability);
    for (let i = first; i < next; i++) {
      const p = clipped[i] / total;
      if (p > 0) sum += p * Math.log(p / q);
    }
  }
  return sum;
}

/**
 * The range [max(min, -t), min(max, t)] for the threshold t of least divergence, where min and max are the extremes; the whole range where
 * it has fewer bins than there are codes. Zeros are left out, since 0 has an exact code in every range.
 */
export function entropyRange(histogram: Histogram): TensorRange {
  const { min, max } = histogram;
  const { width, first, counts } = histogram.shape;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const maxMagnitude = Math.max(-min, max);
  let best: TensorRange = { min, max };
  let minDivergence = Number.POSITIVE_INFINITY;
  // From the widest threshold down, so that the widest of equally good ones is chosen.
  for (let k = thresholds; k >= 1; k--) {
    const threshold = (maxMagnitude * k) / thresholds;
    const begin = Math.max(Math.floor(-threshold / width) - first, 0);
    // The bin that begins at the threshold is included: it holds the many values that a ReLU6 clips to 6.
    const end = Math.min(Math.floor(threshold / width) + 1 - first, counts.length);
    if (end - begin < levels) break;
    const found = divergence(counts, begin, end, total);
    if (found < minDivergence) {
      minDivergence = found;
      best = { min: Math.max(min, -threshold), max: Math.min(max, threshold) };
    }
  }
  return best;
}
