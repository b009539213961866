// Owns the mse observer's range: the trade-off between clipping and step width that has the least mean squared error.
import type { Histogram } from './histogram';
import type { TensorRange } from './ranges';

/** Steps between the lowest and the highest of 256 codes. */
const steps = 255;
/** Rounds of searching both ends in turn; they mostly converge in two or three. */
const maxRounds = 8;

/** Prefix sums: entry i is the sum over the bins before bin i of count, count * x and count * x², where x is the bin's middle. */
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

/** Sum of (x - bound)² over the numbers x in bins [begin, end), which are clipped to `bound`. */
function clippingError({ counts, sums, squares }: Moments, begin: number, end: number, bound: number): number {
  return squares[end] - squares[begin] - 2 * bound * (sums[end] - sums[begin]) + bound * bound * (counts[end] - counts[begin]);
}

/**
 * The range [a, b] with the least expected squared error of asymmetric 8-bit quantization, with step d = (b - a) / 255: a number x with |x|
 * < d / 2 becomes 0 and has the error x²; others in the range have d² / 12 on average; numbers outside have their squared distance to the
 * range. Both ends are edges of bins. Each is searched over all edges on its side of 0 while the other is held, in turns. Zeros have no
 * error.
 */
export function mseRange(histogram: Histogram): TensorRange {
  const { min, max } = histogram;
  const { width, first, counts } = histogram.shape;
  const moments = momentsOf(histogram.shape);
  const bins = counts.length;
  /** The real number at an edge; the outermost edges are the extremes. */
  const at = (edge: number) => Math.min(Math.max((first + edge) * width, min), max);
  /** Of the range over bins [begin, end). */
  const error = (begin: number, end: number): number => {
    const [low, high] = [Math.min(at(begin), 0), Math.max(at(end), 0)];
    const step = (high - low) / steps;
    const [below, above] = [-1, 1].map((side) => Math.min(Math.max(Math.round((side * step) / 2 / width) - first, begin), end));
    const rounded = moments.counts[end] - moments.counts[begin] - (moments.counts[above] - moments.counts[below]);
    const toZero = moments.squares[above] - moments.squares[below];
    return (rounded * step * step) / 12 + toZero + clippingError(moments, 0, begin, low) + clippingError(moments, end, bins, high);
  };
  /** The edge at 0, or the nearest. */
  const zero = Math.min(Math.max(-first, 0), bins);
  let [begin, end] = [0, bins];
  for (let round = 0; round < maxRounds; round++) {
    const before = [begin, end];
    for (let edge = bins; edge >= Math.max(zero, begin); edge--) if (error(begin, edge) < error(begin, end)) end = edge;
    for (let edge = 0; edge <= Math.min(zero, end); edge++) if (error(edge, end) < error(begin, end)) begin = edge;
    if (begin === before[0] && end === before[1]) break;
  }
  return { min: at(begin), max: at(end) };
}
