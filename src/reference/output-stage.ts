// Owns the two ends of everything with weights: zero points removed before the sums, codes or clamped floats made of them after.
import type { Activation, TensorData, Value } from '../graph/graph';
import { activationRange, type CodeRange, plainActivationRange } from '../quant/activation-range';
import type { ChannelMultipliers } from '../quant/channel-multipliers';
import { tensorParams } from '../quant/params';
import { multiplyByQuantizedMultiplier } from '../quant/requantize';

/** Codes of 8-bit values. */
export type Codes = Int8Array | Uint8Array;

/** Codes minus their zero point, in [-255, 255], so that real zero is 0. */
export function centre(codes: TensorData, zeroPoint: number): Int16Array {
  const centred = new Int16Array(codes.length);
  const source = codes as Codes;
  for (let i = 0; i < centred.length; i++) centred[i] = source[i] - zeroPoint;
  return centred;
}

/** The zero point of a filter: per channel it is 0, as it is for the int8 convolutions of TFLite whatever the file says. */
export function filterZeroPoint(filter: Value): number {
  return filter.dtype === 'uint8' ? tensorParams(filter).zeroPoint : 0;
}

/** From int32 accumulators to codes. */
interface Requantization extends ChannelMultipliers {
  readonly zeroPoint: number;
  readonly range: CodeRange;
}

/** The requantization of `output` with a fused activation. */
export function requantizationOf(multipliers: ChannelMultipliers, output: Value, activation: Activation): Requantization {
  const { scale, zeroPoint } = tensorParams(output);
  return { ...multipliers, zeroPoint, range: activationRange(activation, scale, zeroPoint, output.dtype as 'int8' | 'uint8') };
}

/** Writes one pixel: `accumulators` [outputChannels], bias included, to the codes from `output[offset]` on. */
export function writeCodes(accumulators: Int32Array, requantization: Requantization, output: Codes, offset: number): void {
  const { multiplier, shift, zeroPoint, range } = requantization;
  for (let o = 0; o < accumulators.length; o++) {
    const code = multiplyByQuantizedMultiplier(accumulators[o], multiplier[o], shift[o]) + zeroPoint;
    output[offset + o] = Math.min(Math.max(code, range.min), range.max);
  }
}

/** Writes one pixel: sums [outputChannels] plus bias, clamped, to the floats from `output[offset]` on. */
export function writeFloats(
  sums: Float32Array,
  bias: Float32Array | undefined,
  activation: Activation,
  output: Float32Array,
  offset: number,
): void {
  const { min, max } = plainActivationRange(activation, 'float32');
  for (let o = 0; o < sums.length; o++) {
    const sum = bias ? Math.fround(sums[o] + bias[o]) : sums[o];
    output[offset + o] = Math.min(Math.max(sum, min), max);
  }
}
