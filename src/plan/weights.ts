// Owns the bounds of 8-bit weights and of the accumulators that follow from them, and the requantization chosen by them.
import { elementCount, type Node, type Value } from '../graph/graph';
import { weightZeroPoint } from '../graph/weighted';
import type { DotRules } from './dot-rules';
import { centredClamp } from './formats/centred';
import type { Lowering } from './lowering';
import { type Accumulation, chooseRequantization, type LayerRequantization } from './requantization';

/** The layers that the binaries pack weights for. */
export type PackedNode = Node<'CONV_2D' | 'DEPTHWISE_CONV_2D' | 'FULLY_CONNECTED'>;

/** Order of weights in memory: element k < depth of filter c at c * outputStride + k * depthStride. */
export interface FilterOrder {
  readonly depth: number;
  readonly outputStride: number;
  readonly depthStride: number;
}

interface WeightSum {
  readonly maxWeight: number;
  readonly looseBound: number;
  readonly range: Accumulation['range'];
}

/** Bounds of accumulators, bias included, over all input codes of the dtype. The range of a channel is computed on its first use. */
function weightSum(node: PackedNode, { depth, outputStride, depthStride }: FilterOrder, bias: Int32Array): WeightSum {
  const [input, weights] = node.inputs as Value[];
  const zeroPoint = weightZeroPoint(node);
  const codes = weights.data as Uint8Array | Int8Array;
  const [min, max] = weights.dtype === 'int8' ? [-128, 127] : [0, 255];
  const { lower: inputLow, upper: inputHigh } = centredClamp(input);
  const maxWeight = Math.max(zeroPoint - min, max - zeroPoint);
  const ranges = new Map<number, { low: number; high: number }>();
  const range = (channel: number, first = depth) => {
    const known = ranges.get(channel);
    if (known) return known;
    let positive = 0;
    let negative = 0;
    const count = Math.min(first, depth);
    for (let k = 0, i = channel * outputStride; k < count; k++, i += depthStride) {
      const weight = codes[i] - zeroPoint;
      if (weight > 0) positive += weight;
      else negative += weight;
    }
    const found = {
      low: bias[channel] + positive * inputLow + negative * inputHigh,
      high: bias[channel] + positive * inputHigh + negative * inputLow,
    };
    if (count === depth) ranges.set(channel, found);
    return found;
  };
  return { maxWeight, looseBound: depth * maxWeight * Math.max(-inputLow, inputHigh), range };
}

/** The requantization of a layer with weights in input 1 and an optional bias in input 2; `dots`: for a kernel of dot products. */
export function layerRequantization(
  node: PackedNode,
  order: FilterOrder,
  { multipliers, account, scratch }: Pick<Lowering, 'multipliers' | 'account' | 'scratch'>,
  dots?: DotRules,
): LayerRequantization {
  const { multiplier, shift } = multipliers.of(node);
  const channels = multiplier.length;
  account?.charge('weight', node.inputs[1]!.data!.length);
  account?.charge('channel', channels);
  const bias = (node.inputs[2]?.data as Int32Array | undefined) ?? new Int32Array(channels);
  const clamp = centredClamp(node.outputs[0], node.attributes.activation);
  const hasManyResults = elementCount(node.outputs[0].shape) > node.inputs[1]!.data!.length;
  return chooseRequantization({
    channels,
    multiplier,
    shift,
    bias,
    ...clamp,
    ...weightSum(node, order, bias),
    plainWeights: dots !== undefined,
    // Engines that take terms as unsigned are x86.
    prefersFloat: dots?.unsigned === true,
    hasManyResults,
    scratch,
  });
}
