// Owns the smoothing of values that arrive over time: low-pass and One Euro filters.

/** Exponential smoothing: alpha * value + (1 - alpha) * the last result; the first value is its own result. */
export class LowPassFilter {
  private last: number | undefined;

  get isEmpty(): boolean {
    return this.last === undefined;
  }

  apply(value: number, alpha: number): number {
    this.last = this.last === undefined ? value : alpha * value + (1 - alpha) * this.last;
    return this.last;
  }
}

export interface OneEuroOptions {
  /** Cutoff frequency in Hz of a value at rest. */
  readonly minCutoff: number;
  /** What the cutoff rises by with the speed. */
  readonly beta: number;
  /** Cutoff frequency in Hz of the speed. */
  readonly derivateCutoff: number;
}

/** Hz; of the first value, whose distance in time is not known (`landmarks_smoothing_calculator.proto`). */
const firstFrequency = 30;

/**
 * The One Euro filter (Casiez, Roussel, Vogel: "1 Euro Filter", CHI 2012): a low-pass filter whose cutoff is minCutoff + beta * |speed|. As
 * in MediaPipe (`mediapipe/util/filtering/one_euro_filter.cc`), the speed is that of the values before filtering, times a scale.
 */
export class OneEuroFilter {
  private readonly values = new LowPassFilter();
  private readonly speeds = new LowPassFilter();
  private lastValue = 0;
  private lastSeconds = 0;

  constructor(private readonly options: OneEuroOptions) {}

  /** @param seconds later than that of the value before; `scale` is the factor of speeds, 1 / the size of what moves */
  apply(value: number, seconds: number, scale = 1): number {
    const { minCutoff, beta, derivateCutoff } = this.options;
    const isFirst = this.values.isEmpty;
    const period = isFirst ? 1 / firstFrequency : seconds - this.lastSeconds;
    const speed = this.speeds.apply(isFirst ? 0 : ((value - this.lastValue) * scale) / period, smoothingFactor(derivateCutoff, period));
    this.lastValue = value;
    this.lastSeconds = seconds;
    return this.values.apply(value, smoothingFactor(minCutoff + beta * Math.abs(speed), period));
  }
}

/**
 * alpha = 1 / (1 + tau / period), tau = 1 / (2 pi cutoff): of a low-pass filter with this cutoff in Hz, for values every `period` seconds.
 */
function smoothingFactor(cutoff: number, period: number): number {
  return 1 / (1 + 1 / (2 * Math.PI * cutoff * period));
}
