// Owns the interface of observers, and their construction by name.
import { ModelError } from 'zeropoint';
import type { Check } from '../json';
import { entropyRange } from './entropy';
import { Histogram, type HistogramState, histogramState } from './histogram';
import { MinMax, type MinMaxState, minMaxState } from './min-max';
import { MovingAverage, type MovingAverageState, movingAverageState } from './moving-average';
import { mseRange } from './mse';
import { percentileRange } from './percentile';
import type { TensorRange } from './ranges';
import type { CalibrationSettings } from './settings';

/** Accumulates the elements of one tensor over many samples, in memory that does not grow with their number. */
export interface Observer {
  /** Adds one sample's elements; NaN and infinities are only counted. */
  observe(data: Float32Array): void;
  /**
   * The range for quantization, of observers on histograms that of any of them, as `settings` say (default: its own); [0, 0] where no
   * finite number was observed.
   */
  range(settings?: CalibrationSettings): TensorRange;
  /** Adds the samples of another observer of the same settings. */
  merge(other: this): void;
  /** The state as JSON, for `restoreObserver`. */
  state(): ObserverState;
  /** Count of NaN and infinities. */
  readonly nonFinite: number;
}

export type ObserverState = MinMaxState | MovingAverageState | HistogramState;

/** An observer that computes its range from a histogram. */
class HistogramObserver implements Observer {
  /** Ranges of the numbers observed so far, by the observers' settings. */
  private readonly known = new Map<string, TensorRange>();

  constructor(
    private readonly search: (histogram: Histogram) => TensorRange,
    private readonly histogram: Histogram,
  ) {}

  get nonFinite(): number {
    return this.histogram.nonFinite;
  }

  observe(data: Float32Array): void {
    this.known.clear();
    this.histogram.observe(data);
  }

  range(settings?: CalibrationSettings): TensorRange {
    if (settings?.observer === 'min-max') return { min: this.histogram.min, max: this.histogram.max };
    const key = settings ? `${settings.observer} ${settings.percentile}` : '';
    const range = this.known.get(key) ?? (settings ? searchOf(settings) : this.search)(this.histogram);
    this.known.set(key, range);
    return range;
  }

  merge(other: HistogramObserver): void {
    this.known.clear();
    this.histogram.merge(other.histogram);
  }

  state(): HistogramState {
    return this.histogram.state();
  }
}

/** The function from histogram to range that the settings name. */
function searchOf({ observer, percentile = 99.99 }: CalibrationSettings): (histogram: Histogram) => TensorRange {
  if (observer === 'percentile') return (histogram) => percentileRange(histogram, percentile);
  return observer === 'entropy' ? entropyRange : mseRange;
}

/** @throws ModelError `bad-argument` for a percentile outside (50, 100] */
export function createObserver(settings: CalibrationSettings): Observer {
  const { observer, percentile = 100 } = settings;
  if (!(percentile > 50 && percentile <= 100)) {
    throw new ModelError('bad-argument', `percentile is ${percentile}; give a number above 50, at most 100`);
  }
  if (observer === 'min-max') return new MinMax();
  if (observer === 'moving-average') return new MovingAverage();
  return new HistogramObserver(searchOf(settings), new Histogram());
}

/** The check of the state of an observer with these settings. */
export function observerState({ observer }: CalibrationSettings): Check<ObserverState> {
  if (observer === 'min-max') return minMaxState;
  return observer === 'moving-average' ? movingAverageState : histogramState;
}

/** An observer in the given state. */
export function restoreObserver(settings: CalibrationSettings, state: ObserverState): Observer {
  if (settings.observer === 'min-max') return MinMax.from(state as MinMaxState);
  if (settings.observer === 'moving-average') return MovingAverage.from(state as MovingAverageState);
  return new HistogramObserver(searchOf(settings), Histogram.from(state as HistogramState));
}
