// Owns latencies of many runs in constant memory: a histogram with logarithmic bins, whose counts add up over shards.

/** Neighbouring bins differ by the factor 2^(1/128): a latency read from a bin's centre is exact to 2^(1/256) - 1 = 0.27 %. */
const binsPerOctave = 128;
/** Bins cover 2^-20 to 2^30 ms; shorter and longer latencies count in the outermost ones. */
const minOctave = -20;
const octaves = 50;
export const latencyBins = octaves * binsPerOctave;

/** Counts of consecutive bins, of which the first has index `first`. */
export interface LatenciesState {
  readonly first: number;
  readonly counts: readonly number[];
}

export class Latencies {
  private readonly counts = new Float64Array(latencyBins);

  add(milliseconds: number): void {
    const bin = Math.floor((Math.log2(milliseconds) - minOctave) * binsPerOctave);
    this.counts[Math.min(latencyBins - 1, Math.max(0, bin))]++;
  }

  /** Number of latencies. */
  get total(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  /** Median in milliseconds, of an even number the mean of the two middle latencies; 0 of none. */
  median(): number {
    const { total } = this;
    return total === 0 ? 0 : (this.orderStatistic(Math.floor((total - 1) / 2)) + this.orderStatistic(Math.floor(total / 2))) / 2;
  }

  merge({ counts }: Latencies): void {
    for (let bin = 0; bin < latencyBins; bin++) this.counts[bin] += counts[bin];
  }

  state(): LatenciesState {
    const first = Math.max(
      0,
      this.counts.findIndex((count) => count > 0),
    );
    return { first, counts: Array.from(this.counts.subarray(first, this.counts.findLastIndex((count) => count > 0) + 1)) };
  }

  /** `first` + the number of counts is at most `latencyBins`. */
  static from({ first, counts }: LatenciesState): Latencies {
    const latencies = new Latencies();
    latencies.counts.set(counts, first);
    return latencies;
  }

  /** Geometric centre of the bin that holds the latency of `rank`, from 0, in ascending order. `rank` is below `total`. */
  private orderStatistic(rank: number): number {
    let bin = 0;
    for (let left = rank; this.counts[bin] <= left; bin++) left -= this.counts[bin];
    return 2 ** (minOctave + (bin + 0.5) / binsPerOctave);
  }
}
