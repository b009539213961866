// Owns streaming sums over pairs of float and quantized values, per channel, and every figure that follows from them.
import type { ErrorFigures } from './comparison';

/** Beyond this many dB, in either direction, there is nothing to tell apart. */
const mostDecibels = 150;

/** 10 log10(signal / noise), limited; no noise is as good as it gets. */
export function decibels(signal: number, noise: number): number {
  if (noise <= 0) return mostDecibels;
  const value = signal > 0 ? 10 * Math.log10(signal / noise) : -mostDecibels;
  return Math.min(mostDecibels, Math.max(-mostDecibels, value));
}

/** Straight line per channel: float = gain * quantized + offset. */
export interface ChannelLines {
  readonly gain: Float64Array;
  readonly offset: Float64Array;
}

/** Equalized layers come out another factor per channel; undoing it must lower the noise this much before it is believed. */
const leastImprovementDecibels = 6;
/** And what is left must be this good, else the layer is broken rather than scaled. */
const leastFitDecibels = 10;

/** ErrorSums as plain data; each list has one number per channel. */
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

/** Below this a channel's values say nothing of its factor. */
const leastCorrelation = 0.5;

/** Sums of f, e = q - f and their products. With e instead of q small errors of large values are not lost to cancellation. */
export class ErrorSums {
  private readonly f: Float64Array;
  private readonly e: Float64Array;
  private readonly ff: Float64Array;
  private readonly ee: Float64Array;
  private readonly fe: Float64Array;
  private perChannel = 0;
  private maxAbs = 0;

  /** `channels` is the length of the values' last dimension. */
  constructor(readonly channels: number) {
    [this.f, this.e, this.ff, this.ee, this.fe] = Array.from({ length: 5 }, () => new Float64Array(channels));
  }

  /** Adds values of one sample, in the same order in both; their number is a multiple of `channels`. */
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

  /** Adds what other sums of as many channels have seen. */
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

  get signal(): number {
    return total(this.ff);
  }

  get noise(): number {
    return total(this.ee);
  }

  figures(): ErrorFigures {
    const [ff, ee, fe] = [this.signal, this.noise, total(this.fe)];
    const length = Math.sqrt(ff) * Math.sqrt(Math.max(0, ff + 2 * fe + ee));
    const cosine = ee === 0 ? 1 : length > 0 ? Math.max(-1, Math.min(1, (ff + fe) / length)) : 0;
    return { sqnr: decibels(ff, ee), cosine, maxAbs: this.maxAbs };
  }

  /** Share of the noise that a constant per channel would take away, 0..1. */
  biasShift(): number {
    let shifted = 0;
    for (let c = 0; c < this.channels; c++) shifted += this.e[c] ** 2 / this.perChannel;
    return this.noise > 0 ? Math.min(1, shifted / this.noise) : 0;
  }

  /** Channels whose quantized values never change although the float ones do, and their share of the noise. */
  deadChannels(): { count: number; noiseShare: number } {
    let [count, noise] = [0, 0];
    for (let c = 0; c < this.channels; c++) {
      const { varF, varQ } = this.centred(c);
      if (varQ > 1e-9 * varF || varF <= 1e-12 * this.ff[c]) continue;
      count++;
      noise += this.ee[c];
    }
    return { count, noiseShare: count > 0 ? noise / this.noise : 0 };
  }

  /**
   * The line per channel where the quantized layer is the float one scaled channel by channel, as equalization leaves it; undefined
   * where it is not. Shifts alone do not count: they are errors.
   */
  channelLines(): ChannelLines | undefined {
    const gain = new Float64Array(this.channels).fill(1);
    const offset = new Float64Array(this.channels);
    let [signal, before, after] = [0, 0, 0];
    for (let c = 0; c < this.channels; c++) {
      const { varF, varQ, varE, covariance } = this.centred(c);
      const fits = varQ > 0 && covariance > 0;
      if (fits) {
        gain[c] = covariance / varQ;
        offset[c] = (this.f[c] - gain[c] * (this.f[c] + this.e[c])) / this.perChannel;
      }
      signal += varF;
      before += varE;
      after += fits ? Math.max(0, varF - covariance ** 2 / varQ) : varE;
    }
    const fit = decibels(signal, after);
    return fit >= leastFitDecibels && fit - decibels(signal, before) >= leastImprovementDecibels ? { gain, offset } : undefined;
  }

  /**
   * The line per channel of a layer that is known to be the float one times a factor per channel, less a constant per channel where
   * `shifted`. Factors are slopes over the float values, which have no noise to flatten them; channels that noise hides keep theirs.
   */
  knownLines(shifted: boolean): ChannelLines {
    const gain = new Float64Array(this.channels).fill(1);
    const offset = new Float64Array(this.channels);
    for (let c = 0; c < this.channels; c++) {
      const { varF, varQ, covariance } = this.centred(c);
      if (covariance > 0 && covariance ** 2 >= leastCorrelation ** 2 * varF * varQ) gain[c] = varF / covariance;
      if (shifted) offset[c] = (this.f[c] - gain[c] * (this.f[c] + this.e[c])) / this.perChannel;
    }
    return { gain, offset };
  }

  /** Sums of squares about the means of one channel. */
  private centred(c: number): { varF: number; varQ: number; varE: number; covariance: number } {
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
