// Owns weights and biases as codes: the scale and zero point of each channel, and rounding to them.
import {
  quantizeBias,
  quantizeWeights,
  quantizeWideBias,
  roundHalfAwayFromZero,
  type Value,
  type WeightedNode,
  weightedInputs,
  weightedValues,
  weightRanges,
  widenForBias,
} from 'zeropoint/graph';
import { constantRange } from './parameters';
import type { WeightScheme } from './scheme';
import { meanSquareRange, meanSquareRanges } from './weights-mse';

export type WeightMethod = 'min-max' | 'mse';

/** Codes of one layer's weights: real = scale[c] * (code - zeroPoint[c]), one entry for all channels or one per output channel c. */
export interface WeightCodes {
  readonly data: Int8Array | Uint8Array;
  readonly scale: readonly number[];
  readonly zeroPoint: readonly number[];
  /** As in WeightScheme. */
  readonly min: number;
  readonly max: number;
}

const f32 = Math.fround;

/** Real elements of a float layer's weights and bias [channels], zeros where it has none; `axis`: the weights' axis of output channels. */
export function layerReals(node: WeightedNode): { weights: Float32Array; bias: Float32Array; channels: number; axis: number } {
  const { weights, bias } = weightedValues(node);
  const axis = weightedInputs(node.type)!.channelAxis;
  const channels = weights.shape[axis];
  return {
    weights: weights.data as Float32Array,
    bias: (bias?.data as Float32Array | undefined) ?? new Float32Array(channels),
    channels,
    axis,
  };
}

/** Codes of a layer's weights by the ranges that gave them, which hardly differ between the networks that are tried. */
const known = new WeakMap<Float32Array, { readonly ranges: Float32Array; readonly codes: WeightCodes }>();

/** `compute()`, or what it gave for the same weights, ranges and scheme. */
function codesFor(weights: Float32Array, ranges: Float32Array, { min, max }: WeightScheme, compute: () => WeightCodes): WeightCodes {
  const found = known.get(weights);
  const isSame = found?.ranges.length === ranges.length && found.codes.min === min && found.codes.max === max;
  if (isSame && ranges.every((range, i) => range === found.ranges[i])) return found.codes;
  const codes = compute();
  known.set(weights, { ranges, codes });
  return codes;
}

/**
 * A float layer's weights as codes, each rounded to the nearest. `inputScale` is that of the layer's input: the bias has the scale
 * inputScale * scale[c], which must be large enough for it to fit into int32.
 */
export function quantizeLayerWeights(node: WeightedNode, inputScale: number, scheme: WeightScheme, method: WeightMethod): WeightCodes {
  if (!scheme.symmetric) return asymmetricCodes(node, inputScale, scheme, method);
  const { weights, bias, axis } = layerReals(node);
  const { shape } = weightedValues(node).weights;
  const { max } = scheme;
  const ranges = method === 'mse' ? meanSquareRanges(weights, shape, axis, max) : weightRanges(weights, shape, axis);
  const widened = widenForBias(ranges, bias, inputScale, max);
  return codesFor(weights, widened, scheme, () => {
    const { data, scale } = quantizeWeights(weights, shape, widened, axis, max);
    return { data, scale, zeroPoint: scale.map(() => 0), min: scheme.min, max };
  });
}

/** One scale s and zero point z for all channels: code = clamp(z + round(w / s), min, max). */
function asymmetricCodes(node: WeightedNode, inputScale: number, scheme: WeightScheme, method: WeightMethod): WeightCodes {
  const { min, max } = scheme;
  const { weights, bias } = layerReals(node);
  const full = constantRange(weightedValues(node).weights);
  let { min: low, max: high } = method === 'mse' ? meanSquareRange(weights, full, max - min) : full;
  // As in widenForBias: a bias takes at most half of int32, |bias| <= 2^30 * inputScale * s.
  const maxBias = bias.reduce((largest, entry) => Math.max(largest, Math.abs(entry)), 0);
  const minWidth = ((2 * maxBias) / 0x7fffffff / inputScale) * (max - min);
  if (high - low < minWidth) [low, high] = [low - minWidth / 2, high + minWidth / 2];
  const scale = f32((high - low) / (max - min)) || 1;
  const zeroPoint = Math.min(Math.max(roundHalfAwayFromZero(min - low / scale), min), max);
  return codesFor(weights, Float32Array.of(scale, zeroPoint), scheme, () => {
    const data = new Uint8Array(weights.length);
    for (let i = 0; i < data.length; i++) data[i] = Math.min(Math.max(roundHalfAwayFromZero(weights[i] / scale) + zeroPoint, min), max);
    return { data, scale: [scale], zeroPoint: [zeroPoint], min, max };
  });
}

/** The code nearest to a real weight of output channel `channel`. */
export function nearestCode(weight: number, { scale, zeroPoint, min, max }: WeightCodes, channel: number): number {
  const c = scale.length === 1 ? 0 : channel;
  return Math.min(Math.max(Math.round(weight / scale[c]) + zeroPoint[c], min), max);
}

/** Sets elements and quantization of the value of a layer's quantized weights; `axis` as in `layerReals`. */
export function storeWeights(value: Value, { data, scale, zeroPoint }: WeightCodes, axis: number): void {
  value.data = data;
  value.quantization = { scale, zeroPoint, axis: scale.length > 1 ? axis : 0 };
}

/** Sets elements and quantization of the value of a layer's quantized bias, of int32 or int64, from real numbers. */
export function storeBias(value: Value, bias: ArrayLike<number>, inputScale: number, weightScales: readonly number[]): void {
  const { data, scale } = (value.dtype === 'int64' ? quantizeWideBias : quantizeBias)(bias, inputScale, weightScales);
  value.data = data;
  value.quantization = { scale, zeroPoint: scale.map(() => 0), axis: 0 };
}
