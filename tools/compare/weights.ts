// Owns what a layer's quantized weights say: their noise, how evenly the channels use the codes, and their histogram.

import { codeRange, type WeightedNode, weightedInputs, weightedValues, weightZeroPoint } from 'zeropoint/graph';
import type { Node, Value } from 'zeropoint/tflite';
import { median } from '../statistics';
import type { Histogram } from './comparison';
import { type ChannelLines, decibels } from './error-sums';
import { HistogramCounter } from './histogram';

export interface WeightFigures {
  /** Signal to noise of all weights, in dB. */
  readonly sqnr: number;
  /** Largest |weight| of the widest output channel by that of the median one. Absent where every channel has a scale of its own. */
  readonly spread?: number;
  /** Median over the channels of largest |weight| by root mean square: high where single weights stretch the range. */
  readonly peak: number;
  /** Float weights in codes before rounding, and the lowest and highest code. */
  readonly histogram: Histogram & { readonly low: number; readonly high: number };
}

/** Whether the node has quantized constant weights, which is what `weightFigures` needs. */
export function hasQuantizedWeights(node: Node): node is WeightedNode {
  if (!weightedInputs(node.type)) return false;
  const { weights } = weightedValues(node as WeightedNode);
  return weights.data !== undefined && weights.quantization !== undefined && (weights.dtype === 'int8' || weights.dtype === 'uint8');
}

/** Where element i of a weight tensor belongs: its output channel and its input channel. */
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
 * Compares the weights of both networks. Where equalization scaled channels, `inputLines` and `outputLines` say by how much
 * (float = gain * quantized), and the float weights are scaled in the same way first. Undefined where the shapes differ.
 */
export function weightFigures(
  node: WeightedNode,
  floatNode: WeightedNode,
  inputLines?: ChannelLines,
  outputLines?: ChannelLines,
): WeightFigures | undefined {
  const { weights } = weightedValues(node);
  const float = weightedValues(floatNode).weights.data;
  const { data } = weights;
  if (!data || !(float instanceof Float32Array) || data.length !== float.length) return undefined;
  const place = channelsOf(node, weights);
  const { scale } = weights.quantization!;
  const zeroPoint = weightZeroPoint(node);
  const channels = weights.shape[node.type === 'DEPTHWISE_CONV_2D' ? 3 : 0];
  const largest = new Float64Array(channels);
  const squares = new Float64Array(channels);
  const { min, max } = codeRange(weights.dtype as 'int8' | 'uint8');
  const counter = new HistogramCounter(min, max);
  let [signal, noise] = [0, 0];
  for (let i = 0; i < data.length; i++) {
    const { output, input } = place(i);
    const step = scale[scale.length === 1 ? 0 : output];
    const scaled = (float[i] * (inputLines?.gain[input] ?? 1)) / (outputLines?.gain[output] ?? 1);
    const back = scaled === 0 ? 1 : float[i] / scaled;
    signal += float[i] ** 2;
    noise += ((Number(data[i]) - zeroPoint) * step * back - float[i]) ** 2;
    largest[output] = Math.max(largest[output], Math.abs(scaled));
    squares[output] += scaled ** 2;
    counter.add(scaled / step + zeroPoint);
  }
  const perChannel = data.length / channels;
  const live = [...largest.keys()].filter((c) => largest[c] > 0);
  return {
    sqnr: decibels(signal, noise),
    spread: scale.length === 1 && live.length > 1 ? Math.max(...largest) / median(live.map((c) => largest[c])) : undefined,
    peak: median(live.map((c) => largest[c] / Math.sqrt(squares[c] / perChannel))),
    histogram: { ...counter.shown(), low: min, high: max },
  };
}
