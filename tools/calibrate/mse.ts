// Owns the range of least mean squared error: where clipping more would cost as much as finer steps gain.
import type { Histogram } from './histogram';
import type { TensorRange } from './ranges';

/** Steps between the codes of an 8-bit tensor. */
const steps = 255;
/** Alternations between both ends; they settle within a few. */
const rounds = 8;

/** Numbers, their sum and their sum of squares before each bin, taking every number for its bin's middle. */
interface Moments {
  readonly counts: Float64Array;
  readonly sums: Float64Array;
  readonly squares: Float64Array;
}

function momentsOf({ width, first, counts }: Histogram['shape']): Moments {
  const moments = {
    counts: new Float64Array(counts.length + 1),
    sums: new Float64Array(counts.length + 1),
    squares: new Float64Array(counts.length + 1),
  };
  for (let i = 0; i < counts.length; i++) {
    const middle = (first + i + 0.5) * width;
    moments.counts[i + 1] = moments.counts[i] + counts[i];
    moments.sums[i + 1] = moments.sums[i] + counts[i] * middle;
    moments.squares[i + 1] = moments.squares[i] + counts[i] * middle * middle;
  }
  return moments;
}

/** Sum of (x - edge)^2 over bins [from, to). */
function clippingError({ counts, sums, squares }: Moments, from: number, to: number, edge: number): number {
  return squares[to] - squares[from] - 2 * edge * (sums[to] - sums[from]) + edge * edge * (counts[to] - counts[from]);
}

/**
 * The range with the least expected squared error of asymmetric 8-bit quantization: what rounds to 0 loses all of itself, other numbers
 * inside lose step^2 / 12 on average, numbers outside their distance to the end.
 * Ends are edges of bins; each is searched over all bins on its side of 0 with the other held, in turns. Exact zeros have no error and
 * do not count.
 */
export function mseRange(histogram: Histogram): TensorRange {
  const { min, max } = histogram;
  const { width, first, counts } = histogram.shape;
  const moments = momentsOf(histogram.shape);
  const bins = counts.length;
  /** The real number at a bin's edge; the outermost edges are the extremes. */
  const at = (edge: number) => Math.min(Math.max((first + edge) * width, min), max);
  const error = (from: number, to: number): number => {
    const [low, high] = [Math.min(at(from), 0), Math.max(at(to), 0)];
    const step = (high - low) / steps;
    const [below, above] = [-1, 1].map((side) => Math.min(Math.max(Math.round((side * step) / 2 / width) - first, from), to));
    const rounded = moments.counts[to] - moments.counts[from] - (moments.counts[above] - moments.counts[below]);
    const toZero = moments.squares[above] - moments.squares[below];
    return (rounded * step * step) / 12 + toZero + clippingError(moments, 0, from, low) + clippingError(moments, to, bins, high);
  };
  /** Bin edge of 0, or the nearest there is. */
  const zero = Math.min(Math.max(-first, 0), bins);
  let [from, to] = [0, bins];
  for (let round = 0; round < rounds; round++) {
    const before = [from, to];
    for (let edge = bins; edge >= Math.max(zero, from); edge--) if (error(from, edge) < error(from, to)) to = edge;
    for (let edge = 0; edge <= Math.min(zero, to); edge++) if (error(edge, to) < error(from, to)) from = edge;
    if (from === before[0] && to === before[1]) break;
  }
  return { min: at(from), max: at(to) };
}
