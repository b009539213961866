// Owns the figures of a layer's quantized weights: SQNR, evenness of the channels' ranges, outliers, histogram.
import { codeRange, type WeightedNode, weightedInputs, weightedValues, weightZeroPoint } from 'zeropoint/graph';
import type { Node, Value } from 'zeropoint/tflite';
import { median } from '../statistics';
import type { Histogram } from './comparison';
import { type ChannelAffine, decibels } from './error-sums';
import { HistogramCounter } from './histogram';

export interface WeightFigures {
  /** 10 log10(sum w^2 / sum (scale * (code - zeroPoint) - w)^2) over all weights, in dB, clamped to [-150, 150]. */
  readonly sqnr: number;
  /** max |w| of the widest output channel over the median of max |w| over the channels, at least 1. Absent with one scale per channel. */
  readonly spread?: number;
  /** Crest factor max |w| / sqrt(mean w^2), the median over the output channels, at least 1: high where single weights widen the range. */
  readonly crestFactor: number;
  /** Of w / scale + zeroPoint, not rounded; `low` and `high` are the lowest and the highest code. */
  readonly histogram: Histogram & { readonly low: number; readonly high: number };
}

/** Whether the node has constant weights in int8 or uint8. */
export function hasQuantizedWeights(node: Node): node is WeightedNode {
  if (!weightedInputs(node.type)) return false;
  const { weights } = weightedValues(node as WeightedNode);
  return weights.data !== undefined && weights.quantization !== undefined && (weights.dtype === 'int8' || weights.dtype === 'uint8');
}

/** From the index of a weight to its output channel and its input channel. */
function channelsOf(node: WeightedNode, { shape }: Value): (i: number) => { output: number; input: number } {
  const last = shape[shape.length - 1];
  if (node.type === 'DEPTHWISE_CONV_2D') {
    const multiplier = Math.max(1, Math.round(last / weightedValues(node).input.shape[3]));
    return (i) => ({ output: i % last, input: Math.floor((i % last) / multiplier) });
  }
  const perOutput = shape.slice(1).reduce((product, dimension) => product * dimension, 1);
  return (i) => ({ output: Math.floor(i / perOutput), input: i % last });
}

/**
 * Compares the weights of both networks. `inputAffine` and `outputAffine` are the scalings that equalization applied to the channels of the
 * layer's input and output; spread, crest factor and histogram are of the float weights scaled likewise, w * gain_in / gain_out. Undefined
 * where the numbers of weights differ.
 */
export function weightFigures(
  node: WeightedNode,
  floatNode: WeightedNode,
  inputAffine?: ChannelAffine,
  outputAffine?: ChannelAffine,
): WeightFigures | undefined {
  const { weights } = weightedValues(node);
  const float = weightedValues(floatNode).weights.data;
  const { data } = weights;
  if (!data || !(float instanceof Float32Array) || data.length !== float.length) return undefined;
  const channelsAt = channelsOf(node, weights);
  const { scale } = weights.quantization!;
  const zeroPoint = weightZeroPoint(node);
  const channels = weights.shape[node.type === 'DEPTHWISE_CONV_2D' ? 3 : 0];
  const maxAbs = new Float64Array(channels);
  const squares = new Float64Array(channels);
  const { min, max } = codeRange(weights.dtype as 'int8' | 'uint8');
  const counter = new HistogramCounter(min, max);
  let [signal, noise] = [0, 0];
  for (let i = 0; i < data.length; i++) {
    const { output, input } = channelsAt(i);
    const step = scale[scale.length === 1 ? 0 : output];
    const scaled = (float[i] * (inputAffine?.gain[input] ?? 1)) / (outputAffine?.gain[output] ?? 1);
    const unscale = scaled === 0 ? 1 : float[i] / scaled;
    signal += float[i] ** 2;
    noise += ((Number(data[i]) - zeroPoint) * step * unscale - float[i]) ** 2;
    maxAbs[output] = Math.max(maxAbs[output], Math.abs(scaled));
    squares[output] += scaled ** 2;
    counter.add(scaled / step + zeroPoint);
  }
  const perChannel = data.length / channels;
  const nonzero = [...maxAbs.keys()].filter((c) => maxAbs[c] > 0);
  return {
    sqnr: decibels(signal, noise),
    spread: scale.length === 1 && nonzero.length > 1 ? Math.max(...maxAbs) / median(nonzero.map((c) => maxAbs[c])) : undefined,
    crestFactor: median(nonzero.map((c) => maxAbs[c] / Math.sqrt(squares[c] / perChannel))),
    histogram: { ...counter.result(), low: min, high: max },
  };
}
