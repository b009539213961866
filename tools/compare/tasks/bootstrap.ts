// Owns bootstrap intervals of ratios of sums over samples, in constant memory, whatever the order and the shards of the samples.
import { Random } from '../../random';
import type { Estimate, Interval, PairedEstimate } from '../figures';

/** Resamples; percentile intervals of 95 % leave out 12 on either side. */
export const replicates = 500;

/**
 * Cumulative probabilities of the Poisson distribution of mean 1: sum of exp(-1) / k! for k = 0, 1, ...; more than 7 has a probability
 * of 1e-5.
 */
const cumulative = [0.36787944117, 0.73575888234, 0.91969860293, 0.98101184312, 0.9963401532, 0.99940581518, 0.99991675886, 1];

/**
 * How often each resample holds the sample at position `index` of the dataset: Poisson numbers of mean 1 instead of drawing all samples at
 * once (J. A. Hanley, B. MacGibbon, Creating Non-Parametric Bootstrap Samples Using Poisson Frequencies, 2006). They depend on the index
 * alone, so that shards add up, and measures of both networks are resampled together.
 */
export function resampleWeights(index: number, count = replicates): Uint8Array {
  const random = Random.stream(0x5eed, index);
  return Uint8Array.from({ length: count }, () => {
    const draw = random.uniform(0, 1);
    return cumulative.findIndex((bound) => draw < bound);
  });
}

/** The central 95 % of values of resamples; without those that are NaN, as ratios of resamples that hold no sample. */
export function percentileInterval(values: readonly number[]): Interval | undefined {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))];
  return { low: at(0.025), high: at(0.975) };
}

/** Sums as plain data: those of all samples, and of every resample, for one column after the other; trailing zeros are left out. */
export interface BootstrapState {
  readonly columns: number;
  readonly samples: number;
  readonly sums: readonly number[];
}

/** A figure as a function of the columns' sums. */
export type Statistic = (sums: (column: number) => number) => number;

/** Sums of `columns` numbers per sample, over all samples and over every resample. */
export class BootstrapSums {
  /** Of column c: all samples at c * (1 + replicates), then the resamples. */
  private readonly sums: Float64Array;
  private samples = 0;

  constructor(readonly columns: number) {
    this.sums = new Float64Array(columns * (1 + replicates));
  }

  /** Adds the numbers of the sample at position `index` of the dataset. */
  add(index: number, values: ArrayLike<number>): void {
    const weights = resampleWeights(index);
    this.samples++;
    for (let column = 0; column < this.columns; column++) {
      const value = values[column];
      if (value === 0) continue;
      const first = column * (1 + replicates);
      this.sums[first] += value;
      for (let r = 0; r < replicates; r++) this.sums[first + 1 + r] += weights[r] * value;
    }
  }

  /** Adds the sums of other samples. */
  merge(other: BootstrapSums): void {
    this.samples += other.samples;
    for (let i = 0; i < this.sums.length; i++) this.sums[i] += other.sums[i];
  }

  state(): BootstrapState {
    const end = this.sums.findLastIndex((sum) => sum !== 0) + 1;
    return { columns: this.columns, samples: this.samples, sums: Array.from(this.sums.subarray(0, end)) };
  }

  /** As many sums as the state's columns have, or fewer. */
  static from({ columns, samples, sums }: BootstrapState): BootstrapSums {
    const result = new BootstrapSums(columns);
    result.sums.set(sums);
    result.samples = samples;
    return result;
  }

  /** The sum of a column over all samples. */
  total(column: number): number {
    return this.sums[column * (1 + replicates)];
  }

  /** The figure of all samples, and the interval of its resamples. */
  estimate(statistic: Statistic): Estimate {
    const of = (resample: number) => statistic((column) => this.sums[column * (1 + replicates) + resample]);
    if (this.samples < 2) return { value: of(0) };
    return { value: of(0), interval: percentileInterval(Array.from({ length: replicates }, (_, r) => of(1 + r))) };
  }
}

/** Both figures and their difference. */
export function pairedEstimate(sums: BootstrapSums, float: Statistic, quantized: Statistic): PairedEstimate {
  const { value: drop, interval } = sums.estimate((of) => float(of) - quantized(of));
  return { float: sums.estimate(float).value, quantized: sums.estimate(quantized).value, drop, interval };
}

/** Sum of one column over that of another one; NaN where the second is 0. */
export const ratio =
  (above: number, below: number): Statistic =>
  (sums) =>
    sums(above) / sums(below);
