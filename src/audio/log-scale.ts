// Owns the last stage of the micro front end: natural logarithms in fixed point.
import { significantBits } from './bits';

/** Fractional bits of logarithms, segments of the table of the binary logarithm, and round(2^16 ln 2). */
const fractionBits = 16;
const segmentBits = 7;
const ln2 = 45426;

/** 2^16 (log2(1 + i / 128) - i / 128), rounded: `kLogLut`. */
const table = Uint16Array.from({ length: (1 << segmentBits) + 2 }, (_, i) => {
  const x = Math.min(i / (1 << segmentBits), 1);
  return Math.round((Math.log2(1 + x) - x) * (1 << fractionBits));
});

/** ln(x) * 2^shift, rounded, of an integer from 2 to 2^32 - 1. */
function scaledLog(x: number, shift: number): number {
  const integer = significantBits(x) - 1;
  const fraction = Math.floor((x - 2 ** integer) * 2 ** (fractionBits - integer));
  const segment = fraction >> (fractionBits - segmentBits);
  const position = fraction - (segment << (fractionBits - segmentBits));
  const correction = table[segment] + (((table[segment + 1] - table[segment]) * position) >> fractionBits);
  const log2 = integer * (1 << fractionBits) + fraction + correction;
  const half = 1 << (fractionBits - 1);
  const natural = Math.floor((ln2 * log2 + half) / (1 << fractionBits));
  return ((natural << shift) + half) >>> fractionBits;
}

export interface LogScaleOptions {
  readonly enableLog: boolean;
  /** Results are ln(x) * 2^scaleShift. */
  readonly scaleShift: number;
}

/**
 * Features of a signal: ln(signal * 2^correctionBits) * 2^scaleShift, 0 below 2, at most 65535; or the signal where logarithms are off.
 * Arithmetic is that of `tensorflow/lite/experimental/microfrontend/lib/log_scale.c` (Apache-2.0).
 */
export function logScale(signal: Uint32Array, { enableLog, scaleShift }: LogScaleOptions, correctionBits: number): Uint16Array {
  return Uint16Array.from(signal, (value) => {
    if (!enableLog) return Math.min(value, 0xffff);
    const corrected = (correctionBits < 0 ? value >>> -correctionBits : value << correctionBits) >>> 0;
    return corrected > 1 ? Math.min(scaledLog(corrected, scaleShift), 0xffff) : 0;
  });
}
