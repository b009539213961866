// Owns what the planner must know of 8-bit weights: their limits and the exact range of a channel's accumulator.
import type { Node, Value } from '../graph/graph';
import { layerMultipliers, weightZeroPoint } from '../graph/weighted';
import { centredClamp } from './formats/centred';
import { chooseRequantization, type LayerRequantization } from './requantization';

/** The layers that the binaries pack weights for. */
export type PackedNode = Node<'CONV_2D' | 'DEPTHWISE_CONV_2D' | 'FULLY_CONNECTED'>;

/** Where filter `c`'s weights lie: element k < depth at c * outputStride + k * depthStride. */
export interface FilterOrder {
  readonly depth: number;
  readonly outputStride: number;
  readonly depthStride: number;
}

interface WeightSum {
  readonly weightLimit: number;
  readonly looseBound: number;
  readonly range: (channel: number) => { low: number; high: number };
}

/**
 * Ranges of accumulators, bias included, for input codes anywhere in their dtype. A channel's is computed once, when asked for.
 */
function weightSum(node: PackedNode, { depth, outputStride, depthStride }: FilterOrder, bias: Int32Array): WeightSum {
  const [input, weights] = node.inputs as Value[];
  const zeroPoint = weightZeroPoint(node);
  const codes = weights.data as Uint8Array | Int8Array;
  const [lowest, highest] = weights.dtype === 'int8' ? [-128, 127] : [0, 255];
  const { lower: inputLow, upper: inputHigh } = centredClamp(input);
  const weightLimit = Math.max(zeroPoint - lowest, highest - zeroPoint);
  const ranges = new Map<number, { low: number; high: number }>();
  const range = (channel: number) => {
    const known = ranges.get(channel);
    if (known) return known;
    let positive = 0;
    let negative = 0;
    for (let k = 0, i = channel * outputStride; k < depth; k++, i += depthStride) {
      const weight = codes[i] - zeroPoint;
      if (weight > 0) positive += weight;
      else negative += weight;
    }
    const found = {
      low: bias[channel] + positive * inputLow + negative * inputHigh,
      high: bias[channel] + positive * inputHigh + negative * inputLow,
    };
    ranges.set(channel, found);
    return found;
  };
  return { weightLimit, looseBound: depth * weightLimit * Math.max(-inputLow, inputHigh), range };
}

/** The requantization of a layer with weights in input 1 and an optional bias in input 2. */
export function layerRequantization(node: PackedNode, order: FilterOrder): LayerRequantization {
  const { multiplier, shift } = layerMultipliers(node);
  const channels = multiplier.length;
  const bias = (node.inputs[2]?.data as Int32Array | undefined) ?? new Int32Array(channels);
  const clamp = centredClamp(node.outputs[0], node.attributes.activation);
  return chooseRequantization({ channels, multiplier, shift, bias, ...clamp, ...weightSum(node, order, bias) });
}
