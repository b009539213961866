// Owns which inputs of the operators with weights are data, weights and bias, and the multipliers that follow from their scales.
import type { Account } from '../account';
import { type ChannelMultipliers, channelMultipliers } from '../quant/multiplier';
import { scaleOf, zeroPointOf } from '../quant/params';
import type { Node, OperatorType, Value } from './graph';

type WeightedType = 'CONV_2D' | 'DEPTHWISE_CONV_2D' | 'TRANSPOSE_CONV' | 'FULLY_CONNECTED';
export type WeightedNode = Node<WeightedType>;

/** Indices of inputs, and the axis of the weights that output channels run along. */
interface WeightedInputs {
  readonly input: number;
  readonly weights: number;
  readonly bias: number;
  readonly channelAxis: number;
}

const standard: WeightedInputs = { input: 0, weights: 1, bias: 2, channelAxis: 0 };

const weighted: Readonly<Partial<Record<OperatorType, WeightedInputs>>> = {
  CONV_2D: standard,
  DEPTHWISE_CONV_2D: { ...standard, channelAxis: 3 },
  // Input 0 is the output's shape.
  TRANSPOSE_CONV: { ...standard, input: 2, bias: 3 },
  FULLY_CONNECTED: standard,
};

/** The inputs of an operator with weights; undefined for other operators. */
export function weightedInputs(type: OperatorType): WeightedInputs | undefined {
  return weighted[type];
}

/** The values of these inputs; only the bias may be absent. */
export function weightedValues(node: WeightedNode): { input: Value; weights: Value; bias: Value | undefined } {
  const { input, weights, bias } = weighted[node.type]!;
  return { input: node.inputs[input]!, weights: node.inputs[weights]!, bias: node.inputs[bias] };
}

/**
 * Whether a layer has one weight scale as in the first 8-bit scheme of TensorFlow Lite: uint8 weights, or FULLY_CONNECTED with one scale.
 * Its weights have a zero point, its multiplier is computed from the float32 product of input and weight scale, and its bias must have
 * that scale. Other int8 layers take a weight zero point of 0 and double products, and ignore the bias's scale, whatever the file says
 * (`tflite/kernels/kernel_util.cc`, `fully_connected.cc`, `tflite/kernels/internal/reference/integer_ops/conv.h`).
 */
export function hasTensorScheme(node: WeightedNode): boolean {
  const { dtype, quantization } = weightedValues(node).weights;
  return dtype === 'uint8' || (node.type === 'FULLY_CONNECTED' && quantization!.scale.length === 1);
}

/** The zero point of a node's weights (see hasTensorScheme). */
export function weightZeroPoint(node: WeightedNode): number {
  return hasTensorScheme(node) ? zeroPointOf(weightedValues(node).weights) : 0;
}

/**
 * Whether a layer of int16 codes adds up in int64, and scales by multipliers of 16 bits (MultiplyByQuantizedMultiplier of
 * tflite/kernels/internal/common.cc): TFLite does unless the option says int32 (`tflite/kernels/conv.cc`). An int32 bias without the
 * option, which it would read as int64, means int32, as in TensorFlow Lite Micro.
 */
export function hasWideSums(node: WeightedNode): boolean {
  const { input, bias } = weightedValues(node);
  if (input.dtype !== 'int16') return false;
  const type = 'quantizedBiasType' in node.attributes ? node.attributes.quantizedBiasType : undefined;
  return (type ?? bias?.dtype ?? 'int64') === 'int64';
}

/** From the int32 accumulators of a node to its output's codes, per output channel. */
export function layerMultipliers(node: WeightedNode): ChannelMultipliers {
  const { input, weights } = weightedValues(node);
  // From the weights' shape: that of the output may not have been inferred yet.
  const channels = weights.shape[weighted[node.type]!.channelAxis];
  return channelMultipliers(scaleOf(input), weights.quantization!.scale, scaleOf(node.outputs[0]), channels, hasTensorScheme(node));
}

/** The map at `key`, made on first use. */
function nested<K, L, V>(maps: Map<K, Map<L, V>>, key: K): Map<L, V> {
  const map = maps.get(key) ?? new Map<L, V>();
  maps.set(key, map);
  return map;
}

interface LayerMultipliers extends ChannelMultipliers {
  readonly maxShift: number;
}

/** The multipliers of a graph's layers, computed once for layers that share weight scales, input and output scale. */
export class MultiplierTable {
  /** By weight scales, input scale, output scale, then channels, negative in the tensor scheme. */
  private readonly known = new Map<readonly number[], Map<number, Map<number, Map<number, LayerMultipliers>>>>();

  constructor(private readonly account?: Account) {}

  of(node: WeightedNode): LayerMultipliers {
    const { input, weights } = weightedValues(node);
    const { scale } = weights.quantization!;
    const channels = weights.shape[weightedInputs(node.type)!.channelAxis];
    const layers = nested(nested(nested(this.known, scale), scaleOf(input)), scaleOf(node.outputs[0]));
    const key = hasTensorScheme(node) ? -channels : channels;
    let found = layers.get(key);
    if (!found) {
      this.account?.charge('channel', channels);
      const { multiplier, shift } = layerMultipliers(node);
      found = { multiplier, shift, maxShift: shift.reduce((max, value) => Math.max(max, value), -Infinity) };
      layers.set(key, found);
    }
    return found;
  }
}
