// Owns the moving-average observer: the exponential moving average of the samples' extremes.
import { consistent, count, ensure, finite, record, within } from '../json';
import { extent } from './min-max';
import type { TensorRange } from './ranges';

/** Factor by which each sample reduces the weights of those before it; the last hundred have 63 % of the weight (1 - 0.99^100). */
const decay = 0.99;

/** Weighted sums of the samples' extremes, and the sum of the weights; the averages are min / weight and max / weight. */
export interface MovingAverageState {
  readonly min: number;
  readonly max: number;
  readonly weight: number;
  readonly nonFinite: number;
}

/** Of a file. The sum of all weights, 1 / (1 - decay) of each shard, bounds the sums: |min| and |max| are at most weight times FLT_MAX. */
export const movingAverageState = consistent(
  record<MovingAverageState>({ min: finite, max: finite, weight: within(0, Number.MAX_SAFE_INTEGER), nonFinite: count }),
  ({ min, max, weight }, at) => {
    ensure(min <= max, at, `has the extremes ${min} and ${max}`);
    ensure(Math.max(-min, max) <= weight * 2 ** 128, at, `has extremes beyond ${weight} float32 numbers`);
  },
);

/**
 * Average of each sample's smallest and largest number with weights decay^k for the sample k samples before the last, divided by the sum of
 * the weights, which keeps it unbiased for few samples (as the bias correction of Adam, Kingma and Ba, 2014). It depends on the order of
 * the samples; in merged shards, samples at the same distance from their shard's end have the same weight.
 */
export class MovingAverage {
  nonFinite = 0;
  private min = 0;
  private max = 0;
  private weight = 0;

  observe(data: Float32Array): void {
    const { min, max, nonFinite } = extent(data);
    this.nonFinite += nonFinite;
    if (min > max) return;
    this.min = decay * this.min + min;
    this.max = decay * this.max + max;
    this.weight = decay * this.weight + 1;
  }

  range(): TensorRange {
    return this.weight === 0 ? { min: 0, max: 0 } : { min: this.min / this.weight, max: this.max / this.weight };
  }

  merge({ min, max, weight, nonFinite }: MovingAverage): void {
    this.min += min;
    this.max += max;
    this.weight += weight;
    this.nonFinite += nonFinite;
  }

  state(): MovingAverageState {
    const { min, max, weight, nonFinite } = this;
    return { min, max, weight, nonFinite };
  }

  static from(state: MovingAverageState): MovingAverage {
    return Object.assign(new MovingAverage(), state);
  }
}
