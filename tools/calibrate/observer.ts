// Owns what observers have in common, and which observer belongs to which name.
import { ModelError } from 'zeropoint';
import { entropyRange } from './entropy';
import { Histogram, type HistogramState } from './histogram';
import { MinMax, type MinMaxState } from './min-max';
import { MovingAverage, type MovingAverageState } from './moving-average';
import { mseRange } from './mse';
import { percentileRange } from './percentile';
import type { CalibrationSettings, TensorRange } from './ranges';

/** Watches one tensor over many samples in memory that does not grow with them. */
export interface Observer {
  /** Takes one sample's elements; NaN and infinities are counted and otherwise ignored. */
  observe(data: Float32Array): void;
  /** The range to quantize; 0 to 0 where nothing finite was seen. */
  range(): TensorRange;
  /** Adds what another observer of the same settings has seen. */
  merge(other: this): void;
  /** All of it as JSON, for `restoreObserver`. */
  state(): ObserverState;
  readonly nonFinite: number;
}

export type ObserverState = MinMaxState | MovingAverageState | HistogramState;

/** An observer whose range is found in a histogram when it is asked for. */
class HistogramObserver implements Observer {
  constructor(
    private readonly search: (histogram: Histogram) => TensorRange,
    private readonly histogram: Histogram,
  ) {}

  get nonFinite(): number {
    return this.histogram.nonFinite;
  }

  observe(data: Float32Array): void {
    this.histogram.observe(data);
  }

  range(): TensorRange {
    return this.search(this.histogram);
  }

  merge(other: HistogramObserver): void {
    this.histogram.merge(other.histogram);
  }

  state(): HistogramState {
    return this.histogram.state();
  }
}

/** How the settings find a range in a histogram. */
function searchOf({ observer, percentile = 99.99 }: CalibrationSettings): (histogram: Histogram) => TensorRange {
  if (observer === 'percentile') return (histogram) => percentileRange(histogram, percentile);
  return observer === 'entropy' ? entropyRange : mseRange;
}

/** A new observer. @throws ModelError `bad-argument` for a percentile that is none */
export function createObserver(settings: CalibrationSettings): Observer {
  const { observer, percentile = 100 } = settings;
  if (!(percentile > 50 && percentile <= 100)) {
    throw new ModelError('bad-argument', `percentile is ${percentile}; give a number above 50, at most 100`);
  }
  if (observer === 'min-max') return new MinMax();
  if (observer === 'moving-average') return new MovingAverage();
  return new HistogramObserver(searchOf(settings), new Histogram());
}

/** The observer that `state()` was taken of. */
export function restoreObserver(settings: CalibrationSettings, state: ObserverState): Observer {
  if (settings.observer === 'min-max') return MinMax.from(state as MinMaxState);
  if (settings.observer === 'moving-average') return MovingAverage.from(state as MovingAverageState);
  return new HistogramObserver(searchOf(settings), Histogram.from(state as HistogramState));
}
