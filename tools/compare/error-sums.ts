// Owns sums over pairs of float and quantized values, per channel and in constant memory, and the error figures computed from them.
import type { ErrorFigures } from './comparison';

/** Bound of |SQNR|: float32 has a precision of 20 log10(2^24) = 144 dB, and errors below that may be rounding of the float computation. */
const maxDecibels = 150;

/** 10 log10(signal / noise) of two sums of squares, in dB, clamped to [-150, 150]; 150 without noise. */
export function decibels(signal: number, noise: number): number {
  if (noise <= 0) return maxDecibels;
  const value = signal > 0 ? 10 * Math.log10(signal / noise) : -maxDecibels;
  return Math.min(maxDecibels, Math.max(-maxDecibels, value));
}

/** An affine map per channel: float = gain * quantized + offset. */
export interface ChannelAffine {
  readonly gain: Float64Array;
  readonly offset: Float64Array;
}

/** Least SQNR, in dB, after undoing an estimated channel scaling; below it the layer is broken and not equalized. */
const minFitDecibels = 10;
/** Least gain in SQNR, in dB, by undoing it: a factor of 2 in amplitude. */
const minImprovementDecibels = 6;
/** Least correlation of float and quantized values from which a channel's factor is estimated; below it noise prevails. */
const minCorrelation = 0.5;

/** ErrorSums as plain data: sums of f, e, f^2, e^2 and f e, one number per channel each; `perChannel` is the number of summands. */
export interface ErrorSumsState {
  readonly perChannel: number;
  readonly maxAbs: number;
  readonly f: readonly number[];
  readonly e: readonly number[];
  readonly ff: readonly number[];
  readonly ee: readonly number[];
  readonly fe: readonly number[];
}

const sumNames = ['f', 'e', 'ff', 'ee', 'fe'] as const;

/**
 * Sums of the float values f, the errors e = q - f, and their products. Summing e instead of q keeps small errors of large values, which
 * sum q^2 - sum f^2 would lose to cancellation.
 */
export class ErrorSums {
  private readonly f: Float64Array;
  private readonly e: Float64Array;
  private readonly ff: Float64Array;
  private readonly ee: Float64Array;
  private readonly fe: Float64Array;
  private perChannel = 0;
  private maxAbs = 0;

  /** `channels`: size of the values' last dimension, at least 1. */
  constructor(readonly channels: number) {
    [this.f, this.e, this.ff, this.ee, this.fe] = Array.from({ length: 5 }, () => new Float64Array(channels));
  }

  /** Adds the values of one sample, channels last, as many in both; their number is a multiple of `channels`. */
  add(float: ArrayLike<number>, quantized: ArrayLike<number>): void {
    const { channels, f, e, ff, ee, fe } = this;
    let { maxAbs } = this;
    for (let i = 0, c = 0; i < float.length; i++, c = c + 1 === channels ? 0 : c + 1) {
      const value = float[i];
      const error = quantized[i] - value;
      f[c] += value;
      e[c] += error;
      ff[c] += value * value;
      ee[c] += error * error;
      fe[c] += value * error;
      if (Math.abs(error) > maxAbs) maxAbs = Math.abs(error);
    }
    this.maxAbs = maxAbs;
    this.perChannel += float.length / channels;
  }

  /** Adds other sums of as many channels. */
  merge(other: ErrorSums): void {
    for (const name of sumNames) for (let c = 0; c < this.channels; c++) this[name][c] += other[name][c];
    this.perChannel += other.perChannel;
    this.maxAbs = Math.max(this.maxAbs, other.maxAbs);
  }

  state(): ErrorSumsState {
    const { perChannel, maxAbs } = this;
    const [f, e, ff, ee, fe] = sumNames.map((name) => Array.from(this[name]));
    return { perChannel, maxAbs, f, e, ff, ee, fe };
  }

  static from(state: ErrorSumsState): ErrorSums {
    const sums = new ErrorSums(state.f.length);
    for (const name of sumNames) sums[name].set(state[name]);
    sums.perChannel = state.perChannel;
    sums.maxAbs = state.maxAbs;
    return sums;
  }

  /** sum f^2 over all channels. */
  get signal(): number {
    return total(this.ff);
  }

  /** sum e^2 over all channels. */
  get noise(): number {
    return total(this.ee);
  }

  /** SQNR, cosine and largest error. The cosine's norm is sum q^2 = sum f^2 + 2 sum f e + sum e^2, its product sum f q = sum f^2 + sum f e. */
  figures(): ErrorFigures {
    const [ff, ee, fe] = [this.signal, this.noise, total(this.fe)];
    const length = Math.sqrt(ff) * Math.sqrt(Math.max(0, ff + 2 * fe + ee));
    const cosine = ee === 0 ? 1 : length > 0 ? Math.max(-1, Math.min(1, (ff + fe) / length)) : 0;
    return { sqnr: decibels(ff, ee), cosine, maxAbs: this.maxAbs };
  }

  /** Share of the noise that is a constant per channel, sum_c (sum e)^2 / n / sum e^2, in [0, 1]; n values per channel. */
  biasShift(): number {
    let shifted = 0;
    for (let c = 0; c < this.channels; c++) shifted += this.e[c] ** 2 / this.perChannel;
    return this.noise > 0 ? Math.min(1, shifted / this.noise) : 0;
  }

  /** Channels with var(q) = 0 and var(f) > 0, within rounding, and their share of the noise, in [0, 1]. */
  deadChannels(): { count: number; noiseShare: number } {
    let [count, noise] = [0, 0];
    for (let c = 0; c < this.channels; c++) {
      const { varF, varQ } = this.centralSums(c);
      if (varQ > 1e-9 * varF || varF <= 1e-12 * this.ff[c]) continue;
      count++;
      noise += this.ee[c];
    }
    return { count, noiseShare: count > 0 ? noise / this.noise : 0 };
  }

  /**
   * The scaling that equalization applied to the channels (M. Nagel et al., Data-Free Quantization Through Weight Equalization and Bias
   * Correction, 2019), estimated by least squares of f on q: gain = cov(f, q) / var(q), offset = mean(f) - gain mean(q). Undefined unless
   * the fit's SQNR is high and clearly above that of q itself. Both are taken about the means, so that a constant shift alone, which is an
   * error, is never undone.
   */
  estimateAffine(): ChannelAffine | undefined {
    const gain = new Float64Array(this.channels).fill(1);
    const offset = new Float64Array(this.channels);
    let [signal, noise, residual] = [0, 0, 0];
    for (let c = 0; c < this.channels; c++) {
      const { varF, varQ, varE, covariance } = this.centralSums(c);
      const fits = varQ > 0 && covariance > 0;
      if (fits) {
        gain[c] = covariance / varQ;
        offset[c] = (this.f[c] - gain[c] * (this.f[c] + this.e[c])) / this.perChannel;
      }
      signal += varF;
      noise += varE;
      residual += fits ? Math.max(0, varF - covariance ** 2 / varQ) : varE;
    }
    const fit = decibels(signal, residual);
    return fit >= minFitDecibels && fit - decibels(signal, noise) >= minImprovementDecibels ? { gain, offset } : undefined;
  }

  /**
   * The scaling of a layer that is known to be equalized: q = f / gain, or q = (f - offset) / gain where `shifted`. 1 / gain is the slope of
   * q on f, cov(f, q) / var(f): noise is in q only, and would bias the slope of f on q towards 0. Channels whose correlation is too low
   * keep gain 1.
   */
  knownAffine(shifted: boolean): ChannelAffine {
    const gain = new Float64Array(this.channels).fill(1);
    const offset = new Float64Array(this.channels);
    for (let c = 0; c < this.channels; c++) {
      const { varF, varQ, covariance } = this.centralSums(c);
      if (covariance > 0 && covariance ** 2 >= minCorrelation ** 2 * varF * varQ) gain[c] = varF / covariance;
      if (shifted) offset[c] = (this.f[c] - gain[c] * (this.f[c] + this.e[c])) / this.perChannel;
    }
    return { gain, offset };
  }

  /** n var(f), n var(q), n var(e) and n cov(f, q) of one channel, of n values. */
  private centralSums(c: number): { varF: number; varQ: number; varE: number; covariance: number } {
    const n = this.perChannel;
    const varF = Math.max(0, this.ff[c] - this.f[c] ** 2 / n);
    const varE = Math.max(0, this.ee[c] - this.e[c] ** 2 / n);
    const covFE = this.fe[c] - (this.f[c] * this.e[c]) / n;
    return { varF, varE, varQ: Math.max(0, varF + 2 * covFE + varE), covariance: varF + covFE };
  }
}

function total(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
