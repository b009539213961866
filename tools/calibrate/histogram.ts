// Owns histograms of bounded size whose counts do not depend on the order of the data.
import { consistent, count, ensure, float32, integer, list, nullable, record } from '../json';
import { countBins, extremesOf } from '../kernels/kernels';

/** Largest number of bins; the range of the numbers has at least half as many, unless they are all equal. */
const maxBins = 4096;

/** Every float32 is a multiple of 2^-149, so narrower bins separate no two numbers. */
const minExponent = -149;

/** A histogram as JSON. Bin i counts the numbers x != 0 with first + i = floor(x / 2^exponent). */
export interface HistogramState {
  readonly exponent: number;
  readonly first: number;
  readonly counts: readonly number[];
  readonly zeros: number;
  readonly nonFinite: number;
  /** Smallest and largest number that is not 0; null: there is none. */
  readonly low: number | null;
  readonly high: number | null;
}

/** The smallest exponent for which `maxBins` bins cover [low, high]; a function of the range alone. */
function exponentFor(low: number, high: number): number {
  let exponent = Math.max(minExponent, Math.floor(Math.log2((high - low) / maxBins)) - 1);
  while (Math.floor(high / 2 ** exponent) - Math.floor(low / 2 ** exponent) >= maxBins) exponent++;
  return exponent;
}

/** Widest bins: 2^128 is beyond every float32. */
const maxExponent = 128;

/** Of a file: the bins reach from that of `low` to that of `high`, as `cover` makes them. */
export const histogramState = consistent(
  record<HistogramState>({
    exponent: integer,
    first: integer,
    counts: list(count),
    zeros: count,
    nonFinite: count,
    low: nullable(float32),
    high: nullable(float32),
  }),
  ({ exponent, first, counts, low, high }, at) => {
    ensure(exponent >= minExponent && exponent <= maxExponent, at, `has bins of width 2^${exponent}`);
    ensure(counts.length <= maxBins, at, `has ${counts.length} bins; ${maxBins} are the most`);
    if (low === null || high === null) {
      ensure(low === high && counts.length === 0, at, `has ${counts.length} bins without both extremes`);
      return;
    }
    const [begin, last] = [low, high].map((extreme) => Math.floor(extreme / 2 ** exponent));
    ensure(low <= high && begin === first && last === first + counts.length - 1, at, `has bins that do not reach from ${low} to ${high}`);
  },
);

/**
 * Counts float32 numbers in bins [i w, (i + 1) w) whose width w is a power of two. When the range outgrows the bins, w doubles and whole
 * bins merge, so that the counts depend on the multiset of numbers alone, and histograms of parts add up exactly to that of the whole.
 * Zeros have a count of their own: ReLU yields many, and 0 has an exact code in every quantization. NaN and infinities are counted, but not
 * in bins.
 */
export class Histogram {
  zeros = 0;
  nonFinite = 0;
  private low = Number.POSITIVE_INFINITY;
  private high = Number.NEGATIVE_INFINITY;
  private exponent = minExponent;
  private first = 0;
  /** Counts, exact up to 2^53. */
  private bins = new Float64Array(0);

  observe(data: Float32Array): void {
    const { low, high, nonFinite } = extremesOf(data);
    this.nonFinite += nonFinite;
    if (low <= high) this.cover(low, high);
    const finite = nonFinite > 0 ? data.filter((x) => x - x === 0) : data;
    // The product of a float32 and this power of two is exact in double precision, so that bins are equal on every machine.
    const { counts, zeros } = countBins(finite, 2 ** -this.exponent, this.first, this.bins.length);
    this.zeros += zeros;
    for (let bin = 0; bin < counts.length; bin++) this.bins[bin] += counts[bin];
  }

  /** Adds the counts of another histogram. */
  merge(other: Histogram): void {
    this.zeros += other.zeros;
    this.nonFinite += other.nonFinite;
    if (other.low > other.high) return;
    this.cover(other.low, other.high);
    this.add(other.bins, other.first, other.exponent);
  }

  /** Smallest and largest finite number, zeros included; 0 and 0 where there is none. */
  get min(): number {
    return this.zeros > 0 || this.low > this.high ? Math.min(this.low, 0) : this.low;
  }

  get max(): number {
    return this.zeros > 0 || this.low > this.high ? Math.max(this.high, 0) : this.high;
  }

  /** Width of a bin; number of the first bin, where bin 0 begins at 0; count per bin, without zeros. */
  get shape(): { width: number; first: number; counts: Float64Array } {
    return { width: 2 ** this.exponent, first: this.first, counts: this.bins };
  }

  state(): HistogramState {
    const { exponent, first, zeros, nonFinite } = this;
    const [low, high] = this.low > this.high ? [null, null] : [this.low, this.high];
    return { exponent, first, counts: Array.from(this.bins), zeros, nonFinite, low, high };
  }

  static from(state: HistogramState): Histogram {
    const histogram = new Histogram();
    const { exponent, first, counts, zeros, nonFinite, low, high } = state;
    Object.assign(histogram, { exponent, first, zeros, nonFinite });
    histogram.bins = Float64Array.from(counts);
    histogram.low = low ?? Number.POSITIVE_INFINITY;
    histogram.high = high ?? Number.NEGATIVE_INFINITY;
    return histogram;
  }

  /** Widens the bins to [low, high], in addition to the numbers counted so far. */
  private cover(low: number, high: number): void {
    if (low >= this.low && high <= this.high) return;
    this.low = Math.min(this.low, low);
    this.high = Math.max(this.high, high);
    const { bins, first, exponent } = this;
    this.exponent = exponentFor(this.low, this.high);
    this.first = Math.floor(this.low / 2 ** this.exponent);
    this.bins = new Float64Array(Math.floor(this.high / 2 ** this.exponent) - this.first + 1);
    this.add(bins, first, exponent);
  }

  /** Adds counts of bins of at most this histogram's width. */
  private add(counts: Float64Array, first: number, exponent: number): void {
    const scale = 2 ** (exponent - this.exponent);
    for (let i = 0; i < counts.length; i++) this.bins[Math.floor((first + i) * scale) - this.first] += counts[i];
  }
}
