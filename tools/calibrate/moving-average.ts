// Owns the moving-average observer: the mean of the samples' extremes, later samples weighing more.
import { extent } from './min-max';
import type { TensorRange } from './ranges';

/** Weight of the past at every sample: the last hundred samples make two thirds of the average. */
const decay = 0.99;

/** Weighted sums; the averages are `min / weight` and `max / weight`. */
export interface MovingAverageState {
  readonly min: number;
  readonly max: number;
  readonly weight: number;
  readonly nonFinite: number;
}

/**
 * Exponential moving average of each sample's smallest and largest number, divided by the sum of the weights, so that the first samples
 * count no more than they should (as the bias correction of Adam, Kingma and Ba 2014). It depends on the order of the samples; merged
 * shards count as if they had run side by side.
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
