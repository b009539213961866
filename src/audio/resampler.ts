// Owns the way from one sample rate to another: a polyphase filter with a windowed sinc.
import { ModelError } from '../errors';
import { type AudioSamples, toFloat32 } from './samples';

/** Attenuation of what would be aliased, in dB, and the width of the transition as a share of the lower rate's band. */
const attenuation = 80;
const transition = 1 / 8;

/** Phases of the filter, which is their greatest number: 44100 to 16000 has 160. */
const maxPhases = 4096;

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** The modified Bessel function of the first kind, of order 0: sum of ((x / 2)^k / k!)^2. */
function bessel0(x: number): number {
  let [term, sum] = [1, 1];
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/**
 * Changes the sample rate of one channel by a rational factor L / M: output k is the sum over n of x[n] h(k M / L - n), where h is a low-pass
 * filter at half the lower rate (A. Oppenheim, R. Schafer, "Discrete-Time Signal Processing", 3rd ed., 4.6.3), a sinc under a Kaiser window:
 * beta = 0.1102 (A - 8.7) and (A - 7.95) / (2.285 d) samples for A dB of attenuation over a transition of d radians (there, 7.6).
 *
 * Output k is the sound at input k M / L: nothing is delayed but for the samples that the filter needs, `latency` of them.
 */
export class Resampler {
  /** Input samples beyond an output's own time that must be there before `process` gives it. */
  readonly latency: number;
  private readonly up: number;
  private readonly down: number;
  /** Taps by phase: element p of phase f is h(f / up + latency - p). */
  private readonly taps: readonly Float32Array[];
  /** The last inputs, `2 latency + 1` at most before a call, the first of them at input `first`. */
  private held: Float32Array;
  private first: number;
  /** The next output. */
  private next = 0;

  /**
   * Rates in Hz, whole numbers, whose ratio has a denominator up to 4096: 48000, 44100, 32000, 22050 or 8000 to 16000, and the like.
   * @throws ModelError `bad-argument` for other rates
   */
  constructor(
    readonly inputRate: number,
    readonly outputRate: number,
  ) {
    for (const rate of [inputRate, outputRate]) {
      if (!(Number.isInteger(rate) && rate >= 1 && rate <= 1e6))
        throw new ModelError('bad-argument', `a sample rate is ${String(rate)}; it must be a whole number of Hz up to 1,000,000`);
    }
    const common = gcd(inputRate, outputRate);
    [this.up, this.down] = [outputRate / common, inputRate / common];
    const share = Math.min(1, outputRate / inputRate);
    if (this.up > maxPhases || share < 1 / 64)
      throw new ModelError('bad-argument', `${inputRate} Hz to ${outputRate} Hz is not supported; take rates with a larger common divisor`);
    this.latency = Math.ceil((attenuation - 7.95) / (2.285 * transition * share * Math.PI) / 2);
    this.taps = this.up === this.down ? [] : Array.from({ length: this.up }, (_, phase) => this.phase(phase, share));
    this.first = -this.latency;
    this.held = new Float32Array(this.latency);
  }

  private phase(phase: number, share: number): Float32Array {
    const beta = 0.1102 * (attenuation - 8.7);
    return Float32Array.from({ length: 2 * this.latency + 1 }, (_, i) => {
      const x = phase / this.up + this.latency - i;
      const edge = 1 - (x / (this.latency + 1)) ** 2;
      return (share * sinc(share * x) * bessel0(beta * Math.sqrt(edge))) / bessel0(beta);
    });
  }

  /**
   * Takes samples, any number of them, and returns those at the other rate that can be computed so far: in all, as many as time has passed,
   * without the latency.
   * @param samples int16, which become code / 32768, or float32
   * @throws ModelError `bad-argument` for other arrays
   */
  process(samples: AudioSamples): Float32Array {
    const input = toFloat32(samples);
    const { up, down, latency, taps } = this;
    if (up === down) return input.slice();
    const all = new Float32Array(this.held.length + input.length);
    all.set(this.held);
    all.set(input, this.held.length);
    const last = this.first + all.length - 1;
    // The outputs k with floor(k down / up) + latency <= last.
    const count = Math.max(0, Math.floor(((last - latency + 1) * up - 1) / down) + 1 - this.next);
    const output = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      const position = (this.next + i) * down;
      const phase = position % up;
      const begin = (position - phase) / up - latency - this.first;
      const filter = taps[phase];
      let sum = 0;
      for (let j = 0; j < filter.length; j++) sum += filter[j] * all[begin + j];
      output[i] = sum;
    }
    this.next += count;
    // Positions are counted from a multiple of `up` outputs, so that they stay small however long a sound is.
    const whole = Math.floor(this.next / up);
    this.next -= whole * up;
    const begin = Math.floor((this.next * down) / up) - latency + whole * down - this.first;
    this.held = all.slice(begin);
    this.first += begin - whole * down;
    return output;
  }

  /** Forgets what was processed, as before the first call. */
  reset(): void {
    this.first = -this.latency;
    this.held = new Float32Array(this.latency);
    this.next = 0;
  }
}
