// Owns the first stage of the micro front end: overlapping windows of samples, each times a Hann window in fixed point.

/** Fractional bits of the coefficients (`kFrontendWindowBits`). */
const windowBits = 12;

const { fround } = Math;

/**
 * Arithmetic and constants are those of `tensorflow/lite/experimental/microfrontend/lib/window.c` and `window_util.c` (Apache-2.0), in
 * float32 and int16: coefficient i of n is floor(2^12 (0.5 - 0.5 cos(2 pi (i + 0.5) / n)) + 0.5).
 */
export class HannWindow {
  readonly coefficients: Int16Array;
  /** The samples of the last window, times the coefficients. */
  readonly output: Int16Array;
  /** The largest magnitude in `output`. */
  maxMagnitude = 0;
  /** Samples of the next window, of which `used` are there. */
  readonly input: Int16Array;
  used = 0;

  /** `size` and `step` in samples; `step` is at most `size`. */
  constructor(
    readonly size: number,
    readonly step: number,
  ) {
    const angle = fround(fround(fround(Math.PI) * 2) / size);
    this.coefficients = Int16Array.from({ length: size }, (_, i) => {
      const cosine = fround(Math.cos(fround(angle * fround(i + 0.5))));
      return Math.floor(fround(fround(0.5 - fround(0.5 * cosine)) * (1 << windowBits) + 0.5));
    });
    this.input = new Int16Array(size);
    this.output = new Int16Array(size);
  }

  /** Takes samples from `samples[begin]` on until a window is full; returns how many it took. `apply` is due once `used` is `size`. */
  take(samples: Int16Array, begin: number): number {
    const count = Math.min(this.size - this.used, samples.length - begin);
    this.input.set(samples.subarray(begin, begin + count), this.used);
    this.used += count;
    return count;
  }

  /** Fills `output` and `maxMagnitude` from a full window, and moves on by `step` samples. */
  apply(): void {
    const { coefficients, input, output, size, step } = this;
    let max = 0;
    for (let i = 0; i < size; i++) {
      const value = (input[i] * coefficients[i]) >> windowBits;
      output[i] = value;
      // -(-32768) is -32768 in int16, as in the source.
      const magnitude = value === -32768 ? value : Math.abs(value);
      if (magnitude > max) max = magnitude;
    }
    this.maxMagnitude = max;
    input.copyWithin(0, step);
    this.used -= step;
  }

  reset(): void {
    this.input.fill(0);
    this.output.fill(0);
    this.used = 0;
    this.maxMagnitude = 0;
  }
}
