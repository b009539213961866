// Owns weights and biases as codes: the grid of each channel, rounding to it, and biases on the grid of the accumulators.
import {
  quantizeBias,
  quantizeWeights,
  roundHalfAwayFromZero,
  type Value,
  type WeightedNode,
  weightedInputs,
  weightedValues,
  weightRanges,
  widenForBias,
} from 'zeropoint/graph';
import type { SchemeName } from '../scheme';
import { meanSquareRanges, meanSquareSpan } from './weights-mse';

export type WeightMethod = 'min-max' | 'mse';

/** Codes of one layer's weights: real = scale[c] * (code - zeroPoint[c]), one entry for all channels or one per channel. */
export interface WeightCodes {
  readonly data: Int8Array | Uint8Array;
  readonly scale: readonly number[];
  readonly zeroPoint: readonly number[];
  /** Codes that the scheme uses, both included. */
  readonly min: number;
  readonly max: number;
}

const f32 = Math.fround;

/** Real elements of a weighted node's weights and bias; a bias that is left out is zeros. */
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

/** Weights in the scheme's codes, each rounded to the nearest. `inputScale` is the activations', which bounds the bias. */
export function quantizeLayerWeights(node: WeightedNode, inputScale: number, scheme: SchemeName, method: WeightMethod): WeightCodes {
  const { weights, bias, axis } = layerReals(node);
  const { shape } = weightedValues(node).weights;
  if (scheme === 'uint8') return asymmetricCodes(weights, bias, inputScale, method);
  const ranges = method === 'mse' ? meanSquareRanges(weights, shape, axis) : weightRanges(weights, shape, axis);
  const { data, scale } = quantizeWeights(weights, shape, widenForBias(ranges, bias, inputScale), axis);
  return { data, scale, zeroPoint: scale.map(() => 0), min: -127, max: 127 };
}

/**
 * uint8, one scale for all channels. Codes are 1..255: 0 is left out as the first quantized MobileNets did, whose kernels multiplied
 * int8 weights in pairs and could not take -128 * -128 (gemmlowp, L8R8WithLhsNonzeroBitDepthParams).
 */
function asymmetricCodes(weights: Float32Array, bias: Float32Array, inputScale: number, method: WeightMethod): WeightCodes {
  const [min, max] = [1, 255];
  let { low, high } = method === 'mse' ? meanSquareSpan(weights, max - min) : span(weights);
  // As in widenForBias: a bias must stay below half of int32.
  const largest = bias.reduce((most, entry) => Math.max(most, Math.abs(entry)), 0);
  const neededSpan = ((2 * largest) / 0x7fffffff / inputScale) * (max - min);
  if (high - low < neededSpan) [low, high] = [low - neededSpan / 2, high + neededSpan / 2];
  const scale = f32((high - low) / (max - min)) || 1;
  const zeroPoint = Math.min(Math.max(roundHalfAwayFromZero(min - low / scale), min), max);
  const data = Uint8Array.from(weights, (weight) => Math.min(Math.max(roundHalfAwayFromZero(weight / scale) + zeroPoint, min), max));
  return { data, scale: [scale], zeroPoint: [zeroPoint], min, max };
}

/** The code nearest to a real weight of a channel. */
export function nearestCode(weight: number, { scale, zeroPoint, min, max }: WeightCodes, channel: number): number {
  const c = scale.length === 1 ? 0 : channel;
  return Math.min(Math.max(Math.round(weight / scale[c]) + zeroPoint[c], min), max);
}

/** Smallest and largest element, with 0 between them. */
function span(weights: Float32Array): { low: number; high: number } {
  let [low, high] = [0, 0];
  for (const weight of weights) {
    low = Math.min(low, weight);
    high = Math.max(high, weight);
  }
  return { low, high };
}

/** Sets elements and quantization of the quantized weights' value. */
export function storeWeights(value: Value, { data, scale, zeroPoint }: WeightCodes, axis: number): void {
  value.data = data;
  value.quantization = { scale, zeroPoint, axis: scale.length > 1 ? axis : 0 };
}

/** Sets elements and quantization of the quantized bias's value. */
export function storeBias(value: Value, bias: ArrayLike<number>, inputScale: number, weightScales: readonly number[]): void {
  const { data, scale } = quantizeBias(bias, inputScale, weightScales);
  value.data = data;
  value.quantization = { scale, zeroPoint: scale.map(() => 0), axis: 0 };
}
