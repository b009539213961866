// Owns counting values into equal bins.
import type { Histogram } from './comparison';

/** Fine enough for percentiles; reports merge neighbours. */
const fineBins = 2048;
const shownBins = 64;

/** Counts values in [min, max]; what lies beyond counts at the ends. */
export class HistogramCounter {
  private readonly counts = new Float64Array(fineBins);

  constructor(
    readonly min: number,
    readonly max: number,
  ) {}

  add(value: number): void {
    const width = this.max - this.min;
    const bin = width > 0 ? Math.floor(((value - this.min) / width) * fineBins) : 0;
    this.counts[Math.min(fineBins - 1, Math.max(0, bin))]++;
  }

  /** Width of the central interval that holds all values but `tail` of them at each end, to the width of a bin. */
  centralWidth(tail: number): number {
    const total = this.counts.reduce((sum, count) => sum + count, 0);
    const fromEnd = (step: 1 | -1): number => {
      let bin = step === 1 ? 0 : fineBins - 1;
      for (let left = total * tail; bin >= 0 && bin < fineBins && this.counts[bin] <= left; bin += step) left -= this.counts[bin];
      return bin;
    };
    return ((Math.max(0, fromEnd(-1) - fromEnd(1)) + 1) / fineBins) * (this.max - this.min);
  }

  shown(): Histogram {
    const counts = new Array<number>(shownBins).fill(0);
    this.counts.forEach((count, bin) => {
      counts[Math.floor((bin * shownBins) / fineBins)] += count;
    });
    return { min: this.min, max: this.max, counts };
  }
}
