// Owns the fixed-point form of real multipliers, alone and per channel, and C's rounding, which all quantized arithmetic uses.
import { ModelError } from '../errors';

/** A real multiplier as multiplier * 2^(shift - 31); a positive shift is a left shift. */
export interface QuantizedMultiplier {
  /** 0, or of magnitude 2^30 to 2^31 - 1. */
  readonly multiplier: number;
  /** >= -31 */
  readonly shift: number;
}

/** The bits of a double, for frexp; one object for all calls, of which a model makes one per channel. */
const bits = new DataView(new ArrayBuffer(8));

/** C's `round`: to the nearest integer, halves away from zero. Math.round differs for negative halves and just below 0.5. */
export function roundHalfAwayFromZero(x: number): number {
  const truncated = Math.trunc(x);
  return Math.abs(x - truncated) >= 0.5 ? truncated + Math.sign(x) : truncated;
}

/**
 * Fixed-point form of `real`, after `QuantizeMultiplier` (tflite/kernels/internal/quantization_util.cc).
 * Magnitudes below 2^-32 become 0. A negative `real` gives a negative multiplier.
 * @throws ModelError `bad-quantization` when `real` is not finite
 */
export function quantizeMultiplier(real: number): QuantizedMultiplier {
  if (!Number.isFinite(real)) {
    throw new ModelError('bad-quantization', `the ratio of scales is ${real}; scales must be finite and positive`);
  }
  bits.setFloat64(0, real);
  const high = bits.getUint32(0);
  const biasedExponent = (high >>> 20) & 0x7ff;
  // frexp on the bits: with the biased exponent 1022 the same significand lies in [0.5, 1).
  let shift = biasedExponent - 1022;
  if (shift < -31) return { multiplier: 0, shift: 0 };
  bits.setUint32(0, (high & 0x800fffff) | (1022 << 20));
  let multiplier = roundHalfAwayFromZero(bits.getFloat64(0) * 0x80000000);
  if (Math.abs(multiplier) === 0x80000000) {
    multiplier /= 2;
    shift++;
  }
  return { multiplier, shift };
}

/** Entry c takes the int32 accumulator of output channel c to output codes. */
export interface ChannelMultipliers {
  readonly multiplier: Int32Array;
  readonly shift: Int32Array;
}

/**
 * Fixed-point forms of inputScale * weightScale / outputScale for `channels` output channels; `weightScales` has one entry or one per
 * channel. All in double (`PopulateConvolutionQuantizationParams`, tflite/kernels/kernel_util.cc), but for the product of scales with
 * `roundsProduct`, which is rounded to float32 (`GetQuantizedConvolutionMultipler` of the same file).
 */
export function channelMultipliers(
  inputScale: number,
  weightScales: readonly number[],
  outputScale: number,
  channels: number,
  roundsProduct: boolean,
): ChannelMultipliers {
  const multiplier = new Int32Array(channels);
  const shift = new Int32Array(channels);
  for (let c = 0; c < channels; c++) {
    const product = inputScale * weightScales[c % weightScales.length];
    const entry = quantizeMultiplier((roundsProduct ? Math.fround(product) : product) / outputScale);
    multiplier[c] = entry.multiplier;
    shift[c] = entry.shift;
  }
  return { multiplier, shift };
}
