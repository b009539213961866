// Owns latencies of many runs in bounded memory: a histogram on a logarithmic scale, whose counts add up over shards.

/** The width of a bin is 2^(1/128): a median is right to 0.3 %. */
const binsPerOctave = 128;
/** Milliseconds are counted from 2^-20 to 2^30, shorter and longer ones in the outermost bins. */
const leastOctave = -20;
const octaves = 50;
export const bins = octaves * binsPerOctave;

/** Counts of neighbouring bins, from bin `first` on. */
export interface LatenciesState {
  readonly first: number;
  readonly counts: readonly number[];
}

export class Latencies {
  private readonly counts = new Float64Array(bins);

  add(milliseconds: number): void {
    const bin = Math.floor((Math.log2(milliseconds) - leastOctave) * binsPerOctave);
    this.counts[Math.min(bins - 1, Math.max(0, bin))]++;
  }

  get total(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  /** Middle latency in milliseconds, of an even number the mean of the two in the middle; 0 of none. */
  median(): number {
    const { total } = this;
    return total === 0 ? 0 : (this.ranked(Math.floor((total - 1) / 2)) + this.ranked(Math.floor(total / 2))) / 2;
  }

  merge({ counts }: Latencies): void {
    for (let bin = 0; bin < bins; bin++) this.counts[bin] += counts[bin];
  }

  state(): LatenciesState {
    const first = Math.max(
      0,
      this.counts.findIndex((count) => count > 0),
    );
    return { first, counts: Array.from(this.counts.subarray(first, this.counts.findLastIndex((count) => count > 0) + 1)) };
  }

  /** All bins of `state` lie below `bins`. */
  static from({ first, counts }: LatenciesState): Latencies {
    const latencies = new Latencies();
    latencies.counts.set(counts, first);
    return latencies;
  }

  /** The geometric middle of the bin that holds the latency before which `rank` shorter ones come. */
  private ranked(rank: number): number {
    let bin = 0;
    for (let left = rank; this.counts[bin] <= left; bin++) left -= this.counts[bin];
    return 2 ** (leastOctave + (bin + 0.5) / binsPerOctave);
  }
}
