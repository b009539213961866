// Owns the min-max observer: the smallest and largest number over all samples.
import { consistent, count, ensure, float32, nullable, record } from '../json';
import { extremesOf } from '../kernels/kernels';
import type { TensorRange } from './ranges';

/** null: no finite number was observed. */
export interface MinMaxState {
  readonly min: number | null;
  readonly max: number | null;
  readonly nonFinite: number;
}

/** Of a file: both extremes or none, in order. */
export const minMaxState = consistent(
  record<MinMaxState>({ min: nullable(float32), max: nullable(float32), nonFinite: count }),
  ({ min, max }, at) => ensure(min === null ? max === null : max !== null && min <= max, at, `has the extremes ${min} and ${max}`),
);

/** Smallest and largest finite number of an array, Infinity and -Infinity where there is none, and the count of NaN and infinities. */
export function extent(data: Float32Array): { min: number; max: number; nonFinite: number } {
  const { low, high, nonFinite } = extremesOf(data);
  // Extremes leave zeros out, which matter where all other numbers are on one side of them.
  const isZeroIncluded = !(low < 0 && high > 0) && data.includes(0);
  return { min: isZeroIncluded ? Math.min(low, 0) : low, max: isZeroIncluded ? Math.max(high, 0) : high, nonFinite };
}

export class MinMax {
  nonFinite = 0;
  private min = Number.POSITIVE_INFINITY;
  private max = Number.NEGATIVE_INFINITY;

  observe(data: Float32Array): void {
    this.include(extent(data));
  }

  range(): TensorRange {
    return this.min > this.max ? { min: 0, max: 0 } : { min: this.min, max: this.max };
  }

  merge({ min, max, nonFinite }: MinMax): void {
    this.include({ min, max, nonFinite });
  }

  state(): MinMaxState {
    const { min, max, nonFinite } = this;
    return min > max ? { min: null, max: null, nonFinite } : { min, max, nonFinite };
  }

  static from({ min, max, nonFinite }: MinMaxState): MinMax {
    const observer = new MinMax();
    if (min !== null && max !== null) observer.include({ min, max, nonFinite: 0 });
    observer.nonFinite = nonFinite;
    return observer;
  }

  private include({ min, max, nonFinite }: { min: number; max: number; nonFinite: number }): void {
    this.min = Math.min(this.min, min);
    this.max = Math.max(this.max, max);
    this.nonFinite += nonFinite;
  }
}
