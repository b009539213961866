// Owns bounded histograms of real numbers whose counts do not depend on the order of the data.

/** Bins never outnumber this; unless all numbers are equal, at least half as many span the range. */
const mostBins = 4096;

/** Every float32 is a multiple of 2^-149, so finer bins than these separate nothing. */
const leastExponent = -149;

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

/** The least exponent for which `mostBins` bins cover [low, high]; it grows with the range and depends on nothing else. */
function exponentFor(low: number, high: number): number {
  let exponent = Math.max(leastExponent, Math.floor(Math.log2((high - low) / mostBins)) - 1);
  while (Math.floor(high / 2 ** exponent) - Math.floor(low / 2 ** exponent) >= mostBins) exponent++;
  return exponent;
}

/**
 * Counts float32 numbers in bins of equal width, a power of two, that begin at multiples of it. Widening doubles the width and merges
 * whole bins, so the counts depend on the set of numbers only: histograms of parts add up exactly to the histogram of the whole.
 * Exact zeros, which ReLU makes by the million and every quantization represents exactly, are counted apart. NaN and infinities are
 * counted and otherwise ignored.
 */
export class Histogram {
  zeros = 0;
  nonFinite = 0;
  private low = Number.POSITIVE_INFINITY;
  private high = Number.NEGATIVE_INFINITY;
  private exponent = leastExponent;
  private first = 0;
  /** Doubles count exactly up to 2^53. */
  private bins = new Float64Array(0);

  observe(data: Float32Array): void {
    if (this.low > this.high) this.coverAll(data);
    // Later samples mostly stay within the range of the earlier ones, and one pass is enough.
    const outside = Float32Array.from(this.count(data));
    this.coverAll(outside);
    this.count(outside);
  }

  /** Counts what lies in the bins, zeros and what is not finite, and returns the rest. */
  private count(data: Float32Array): number[] {
    const { bins, first } = this;
    const counts = new Uint32Array(bins.length);
    const outside: number[] = [];
    // Products with a power of two are exact, so that a number falls into the same bin on every machine.
    const perWidth = 2 ** -this.exponent;
    let { low, high } = this;
    let zeros = 0;
    for (let i = 0; i < data.length; i++) {
      const x = data[i];
      if (x === 0) {
        zeros++;
        continue;
      }
      const bin = Math.floor(x * perWidth) - first;
      if (bin >= 0 && bin < counts.length) {
        counts[bin]++;
        if (x < low) low = x;
        if (x > high) high = x;
      } else if (x - x === 0) outside.push(x);
      else this.nonFinite++;
    }
    this.zeros += zeros;
    this.low = low;
    this.high = high;
    for (let bin = 0; bin < counts.length; bin++) bins[bin] += counts[bin];
    return outside;
  }

  /** Makes bins for all finite numbers but 0. */
  private coverAll(data: Float32Array): void {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const x of data) {
      if (x === 0 || x - x !== 0) continue;
      if (x < low) low = x;
      if (x > high) high = x;
    }
    if (low <= high) this.cover(low, high);
  }

  /** Adds what another histogram has counted. */
  merge(other: Histogram): void {
    this.zeros += other.zeros;
    this.nonFinite += other.nonFinite;
    if (other.low > other.high) return;
    this.cover(other.low, other.high);
    this.add(other.bins, other.first, other.exponent);
  }

  /** Smallest and largest finite number seen; 0 and 0 where there was none. */
  get min(): number {
    return this.zeros > 0 || this.low > this.high ? Math.min(this.low, 0) : this.low;
  }

  get max(): number {
    return this.zeros > 0 || this.low > this.high ? Math.max(this.high, 0) : this.high;
  }

  /** Width of a bin, the number of the first one, and how many numbers, zeros left out, each holds. Bin 0 begins at 0. */
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

  /** Makes bins for [low, high] besides what they cover, as wide as the whole range needs. */
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

  /** Adds counts of bins that are no wider than these. */
  private add(counts: Float64Array, first: number, exponent: number): void {
    const scale = 2 ** (exponent - this.exponent);
    for (let i = 0; i < counts.length; i++) this.bins[Math.floor((first + i) * scale) - this.first] += counts[i];
  }
}
