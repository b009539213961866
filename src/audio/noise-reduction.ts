// Owns the noise reduction of the micro front end: spectral subtraction of a smoothed estimate, channel by channel.

/** Fractional bits of the coefficients (`kNoiseReductionBits`). */
const coefficientBits = 14;

export interface NoiseReductionOptions {
  /** Fractional bits of the estimate. */
  readonly smoothingBits: number;
  /** Weight of the newest window in the estimate, of channels 0, 2, 4 ... and of channels 1, 3, 5 ... */
  readonly evenSmoothing: number;
  readonly oddSmoothing: number;
  /** Share of the signal that always stays. */
  readonly minSignalRemaining: number;
}

/** Arithmetic is that of `tensorflow/lite/experimental/microfrontend/lib/noise_reduction.c` (Apache-2.0): uint32, products in 64 bits. */
export class NoiseReduction {
  /** Estimated noise times 2^smoothingBits, by channel. */
  readonly estimate: Uint32Array;
  private readonly smoothing: readonly [even: number, odd: number];
  private readonly remaining: number;
  private readonly bits: number;

  constructor({ smoothingBits, evenSmoothing, oddSmoothing, minSignalRemaining }: NoiseReductionOptions, channels: number) {
    const coefficient = (x: number): number => Math.trunc(Math.fround(x) * (1 << coefficientBits));
    this.bits = smoothingBits;
    this.smoothing = [coefficient(evenSmoothing), coefficient(oddSmoothing)];
    this.remaining = coefficient(minSignalRemaining);
    this.estimate = new Uint32Array(channels);
  }

  /** Replaces the signal by max(signal - estimate, minSignalRemaining * signal). Products stay below 2^46, exact in float64. */
  apply(signal: Uint32Array): void {
    const unit = 1 << coefficientBits;
    for (let i = 0; i < signal.length; i++) {
      const smoothing = this.smoothing[i & 1];
      const scaled = (signal[i] << this.bits) >>> 0;
      const estimate = Math.floor((scaled * smoothing + this.estimate[i] * (unit - smoothing)) / unit);
      this.estimate[i] = estimate;
      const subtracted = (scaled - Math.min(this.estimate[i], scaled)) >>> this.bits;
      signal[i] = Math.max(subtracted, Math.floor((signal[i] * this.remaining) / unit));
    }
  }

  reset(): void {
    this.estimate.fill(0);
  }
}
