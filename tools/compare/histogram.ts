// Owns counting values into bins of equal width.
import type { Histogram } from './comparison';

/** Bins while counting: percentiles are exact to 1/2048 of the range. */
const fineBins = 2048;
/** Bins of the result, each of 32 neighbours. */
const resultBins = 64;

/** Counts values in [min, max]; values beyond count in the outermost bins. */
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

  /**
   * Width of the central interval: that between the quantiles `tail` and 1 - `tail`, to the width of a bin. `tail` is a share of the values,
   * in [0, 0.5).
   */
  centralWidth(tail: number): number {
    const total = this.counts.reduce((sum, count) => sum + count, 0);
    const fromEnd = (step: 1 | -1): number => {
      let bin = step === 1 ? 0 : fineBins - 1;
      for (let left = total * tail; bin >= 0 && bin < fineBins && this.counts[bin] <= left; bin += step) left -= this.counts[bin];
      return bin;
    };
    return ((Math.max(0, fromEnd(-1) - fromEnd(1)) + 1) / fineBins) * (this.max - this.min);
  }

  result(): Histogram {
    const counts = new Array<number>(resultBins).fill(0);
    this.counts.forEach((count, bin) => {
      counts[Math.floor((bin * resultBins) / fineBins)] += count;
    });
    return { min: this.min, max: this.max, counts };
  }
}
