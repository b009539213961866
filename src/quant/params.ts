// Owns the scales and zero points of values, of real ranges, and the codes of real weights and biases.
import { ModelError } from '../errors';
import type { Node, Value } from '../graph/graph';
import { type CodeType, codeRange } from './activation-range';
import { roundHalfAwayFromZero } from './multiplier';

// Formulas after tflite/tools/optimize/quantization_utils.cc; every step is float32, as there.
const f32 = Math.fround;

/** real = scale * (code - zeroPoint) */
export interface TensorParams {
  readonly scale: number;
  readonly zeroPoint: number;
}

/**
 * Scale and zero point of a value quantized per tensor.
 * @throws ModelError `bad-quantization` for a value that is not quantized
 */
export function tensorParams(value: Value): TensorParams {
  const { quantization } = value;
  if (!quantization) {
    throw new ModelError('bad-quantization', 'has no scale and zero point, which its operator needs', {
      where: `tensor ${value.id} '${value.name}'`,
    });
  }
  return { scale: quantization.scale[0], zeroPoint: quantization.zeroPoint[0] };
}

/** Scale of a quantized value, the first one where there are several. */
export function scaleOf(value: Value): number {
  return value.quantization!.scale[0];
}

/** Zero point of a quantized value, the first one where there are several. */
export function zeroPointOf(value: Value): number {
  return value.quantization!.zeroPoint[0];
}

/** Whether two values have the same scale and zero point, or none. */
export function sameParams({ quantization: a }: Value, { quantization: b }: Value): boolean {
  return a?.scale[0] === b?.scale[0] && a?.zeroPoint[0] === b?.zeroPoint[0];
}

/** Scales of both inputs and the output of a binary operator. */
export function scalesOf({ inputs, outputs }: Node): [number, number, number] {
  return [scaleOf(inputs[0]!), scaleOf(inputs[1]!), scaleOf(outputs[0])];
}

/**
 * Parameters for activations in [min, max]: of 8 bits asymmetric, widened to contain 0, so that 0 has an exact code; of int16 symmetric,
 * with codes of -32767 to 32767. The range [0, 0] gives scale 1, since a scale of 0 is not valid.
 * @throws ModelError `bad-argument` for a range that is not finite
 */
export function activationParams(min: number, max: number, dtype: CodeType): TensorParams {
  const codes = codeRange(dtype);
  if (dtype === 'int16') {
    const scale = f32(f32(Math.max(Math.abs(min), Math.abs(max))) / codes.max);
    if (!Number.isFinite(scale)) reject(min, max);
    return { scale: scale || 1, zeroPoint: 0 };
  }
  const low = f32(Math.min(min, 0));
  const high = f32(Math.max(max, 0));
  const scale = f32(f32(high - low) / (codes.max - codes.min));
  if (!Number.isFinite(scale)) reject(min, max);
  if (scale === 0) return { scale: 1, zeroPoint: codes.min };
  const zeroPoint = roundHalfAwayFromZero(f32(codes.min - f32(low / scale)));
  return { scale, zeroPoint: Math.min(Math.max(zeroPoint, codes.min), codes.max) };
}

function reject(min: number, max: number): never {
  throw new ModelError('bad-argument', `the range [${min}, ${max}] has no scale; calibrate with finite values`);
}

/** Maximum magnitude per slice along `axis` of a row-major tensor; `axis` undefined: of the whole, as one entry. */
export function weightRanges(weights: ArrayLike<number>, shape: readonly number[], axis?: number): Float32Array {
  const { channels, stride } = channelLayout(shape, axis);
  const ranges = new Float32Array(channels);
  for (let i = 0; i < weights.length; i++) {
    const c = Math.floor(i / stride) % channels;
    ranges[c] = Math.max(ranges[c], Math.abs(weights[i]));
  }
  return ranges;
}

/** The slices along `axis` in memory: element i belongs to channel floor(i / stride) % channels. */
function channelLayout(shape: readonly number[], axis: number | undefined): { channels: number; stride: number } {
  if (axis === undefined) return { channels: 1, stride: 1 };
  let stride = 1;
  for (let i = axis + 1; i < shape.length; i++) stride *= shape[i];
  return { channels: shape[axis], stride };
}

/**
 * Ranges, of magnitudes of weights, widened where the channel's bias exceeds half of int32 at scale inputScale * range / maxCode, so that
 * it fits.
 * `ranges` and `bias` have one entry per channel, or `ranges` has one for all.
 */
export function widenForBias(ranges: Float32Array, bias: ArrayLike<number>, inputScale: number, maxCode = 127): Float32Array {
  const widened = ranges.slice();
  for (let o = 0; o < bias.length; o++) {
    const c = ranges.length === 1 ? 0 : o;
    const magnitude = Math.abs(bias[o]);
    if (magnitude > 0 && magnitude >= 0.5 * inputScale * f32(ranges[c] / maxCode) * 0x7fffffff) {
      widened[c] = Math.max(widened[c], (((2 * magnitude) / 0x7fffffff) * maxCode) / inputScale);
    }
  }
  return widened;
}

/**
 * Symmetric int8 codes in [-maxCode, maxCode] with zero point 0 and one scale per entry of `ranges` (1 where the range is 0).
 * Values outside their range saturate.
 */
export function quantizeWeights(
  weights: ArrayLike<number>,
  shape: readonly number[],
  ranges: Float32Array,
  axis?: number,
  maxCode = 127,
): { data: Int8Array; scale: number[] } {
  const { channels, stride } = channelLayout(shape, axis);
  const data = new Int8Array(weights.length);
  // The source multiplies by the reciprocal maxCode / range, which is not 1 / scale to the last bit.
  const inverse = Float32Array.from(ranges, (range) => (range === 0 ? 0 : maxCode / range));
  for (let i = 0; i < data.length; i++) {
    const code = roundHalfAwayFromZero(f32(weights[i] * inverse[Math.floor(i / stride) % channels]));
    data[i] = Math.min(Math.max(code, -maxCode), maxCode);
  }
  return { data, scale: Array.from(ranges, (range) => f32(range / maxCode) || 1) };
}

/** Codes of quantizeBias in 64 bits, as layers of int16 have them: quotients in double precision, halves away from zero (TfLiteRound). */
export function quantizeWideBias(
  bias: ArrayLike<number>,
  inputScale: number,
  weightScales: readonly number[],
): { data: BigInt64Array; scale: number[] } {
  const scale = weightScales.map((weightScale) => f32(inputScale * weightScale));
  const data = new BigInt64Array(bias.length);
  for (let o = 0; o < data.length; o++) data[o] = BigInt(roundHalfAwayFromZero(bias[o] / scale[scale.length === 1 ? 0 : o]));
  return { data, scale };
}

/** Bias codes at scale inputScale * weightScale (float32) with zero point 0; `weightScales` has one entry or one per channel. */
export function quantizeBias(
  bias: ArrayLike<number>,
  inputScale: number,
  weightScales: readonly number[],
): { data: Int32Array; scale: number[] } {
  const scale = weightScales.map((weightScale) => f32(inputScale * weightScale));
  const data = new Int32Array(bias.length);
  for (let o = 0; o < data.length; o++) {
    const inverse = f32(1 / scale[scale.length === 1 ? 0 : o]);
    const code = roundHalfAwayFromZero(f32(bias[o] * inverse));
    data[o] = Math.min(Math.max(code, -0x7fffffff), 0x7fffffff);
  }
  return { data, scale };
}
