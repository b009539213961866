// Owns the automatic gain of the micro front end: per-channel amplitude normalization (PCAN) by the noise estimate.
import { significantBits } from './bits';

/** Fractional bits of the ratio of signal to noise, and of the result (`kPcanSnrBits`, `kPcanOutputBits`). */
const ratioBits = 12;
const outputBits = 6;

/** Bits of the estimates that the table covers (`kWideDynamicFunctionBits`). */
const tableBits = 32;

export interface GainControlOptions {
  /** Exponent of the gain: 0 has no effect, 1 normalizes fully. */
  readonly pcanStrength: number;
  /** Added to the estimate before the power. */
  readonly pcanOffset: number;
  /** Fractional bits of the gain. */
  readonly gainBits: number;
}

const { fround } = Math;

/**
 * gain = (estimate + offset)^-strength (V. Lostanlen et al., "Per-Channel Energy Normalization: Why and How", 2019; Y. Wang et al.,
 * "Trainable Frontend for Robust and Far-Field Keyword Spotting", 2017), as a table of parabolas between powers of two. Arithmetic and table
 * are those of `tensorflow/lite/experimental/microfrontend/lib/pcan_gain_control.c` and `pcan_gain_control_util.c` (Apache-2.0).
 */
export class GainControl {
  /** Values at 0 and 1; then for every power of two the three coefficients of a parabola, and one element that is not used. */
  private readonly table: Int16Array;
  private readonly ratioShift: number;

  /** @param smoothingBits of the noise reduction; `correctionBits`, by which the transform divided */
  constructor({ pcanStrength, pcanOffset, gainBits }: GainControlOptions, smoothingBits: number, correctionBits: number) {
    this.ratioShift = gainBits - correctionBits - ratioBits;
    const unit = 2 ** (smoothingBits - correctionBits);
    const gain = (estimate: number): number => {
      const base = fround(fround(fround(estimate) / unit) + fround(pcanOffset));
      const real = fround(2 ** gainBits * fround(base ** -fround(pcanStrength)));
      return real > 0x7fff ? 0x7fff : Math.trunc(fround(real + 0.5));
    };
    this.table = new Int16Array(4 * tableBits - 3);
    this.table[0] = gain(0);
    this.table[1] = gain(1);
    for (let bits = 2; bits <= tableBits; bits++) {
      const x = 2 ** (bits - 1);
      const begin = gain(x);
      const middle = gain(x + Math.floor(x / 2)) - begin;
      const end = gain(bits === tableBits ? 2 * x - 1 : 2 * x) - begin;
      const linear = 4 * middle - end;
      this.table.set([begin, linear, end - linear], 4 * bits - 6);
    }
  }

  /** The gain for an estimate (`WideDynamicFunction`). */
  private gain(estimate: number): number {
    const { table } = this;
    if (estimate <= 2) return table[estimate];
    const bits = significantBits(estimate);
    const at = 4 * bits - 6;
    const fraction = (bits < 11 ? estimate << (11 - bits) : estimate >>> (bits - 11)) & 0x3ff;
    const slope = ((table[at + 2] * fraction) >> 5) + (table[at + 1] << 5);
    return ((((Math.imul(slope, fraction) + (1 << 14)) >> 15) + table[at]) << 16) >> 16;
  }

  /** Replaces the signal by its normalized ratio to the noise, compressed below 2 by a parabola (`PcanGainControlApply`, `PcanShrink`). */
  apply(signal: Uint32Array, estimate: Uint32Array): void {
    for (let i = 0; i < signal.length; i++) {
      const ratio = Math.floor((signal[i] * (this.gain(estimate[i]) >>> 0)) / 2 ** this.ratioShift) >>> 0;
      signal[i] =
        ratio < 2 << ratioBits
          ? (ratio * ratio) >>> (2 + 2 * ratioBits - outputBits)
          : (ratio >>> (ratioBits - outputBits)) - (1 << outputBits);
    }
  }
}
