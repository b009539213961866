// Owns bias absorption: the constant part of a channel moves from a layer's bias into the biases of the layers that read it.
import {
  consumersOf,
  type Graph,
  makeConstant,
  type Node,
  type Value,
  type WeightedNode,
  weightedInputs,
  weightedValues,
} from 'zeropoint/graph';
import { channelCount, type Statistics } from '../../calibrate/statistics';
import { layerReals } from '../build/weights';

/**
 * Where a channel c of relu(W x + b) is at least m[c] > 0 on all samples, relu(y) = relu(y - m) + m there. So b[c] becomes b[c] - m[c], and
 * the bias of every layer that reads the channel gains its weights times m: the function stays the same on the samples, and the range of
 * the activation shrinks (Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction", 2019, with m measured).
 * Edits `graph`, a prepared float graph, in place, and returns m of the activations that changed, by value id; those for which `isTreated`
 * is false stay.
 */
export function absorbBiases(
  graph: Graph,
  statistics: Statistics,
  isTreated: (value: Value) => boolean = () => true,
): Map<number, Float32Array> {
  const consumers = consumersOf(graph);
  const outputs = new Set(graph.outputs);
  const absorbed = new Map<number, Float32Array>();
  for (const node of graph.nodes) {
    const slots = weightedInputs(node.type);
    if (!slots || node.type === 'TRANSPOSE_CONV' || !node.inputs[slots.bias]) continue;
    const [output] = node.outputs;
    const readers = consumers.get(output) ?? [];
    if (!isTreated(output) || outputs.has(output) || readers.length === 0 || !readers.every((reader) => readsEvenly(reader, output)))
      continue;
    const shifts = channelShifts(node as WeightedNode, statistics);
    if (shifts.every((shift) => shift === 0)) continue;
    absorbed.set(output.id, shifts);
    shiftBias(node as WeightedNode, (bias, c) => bias - shifts[c]);
    for (const reader of readers as WeightedNode[]) {
      const gains = contributions(reader, shifts);
      shiftBias(reader, (bias, c) => bias + gains[c]);
    }
  }
  return absorbed;
}

/**
 * Whether every output of `node` is computed from the same number of elements of each channel of `value`, so that a shift of the channel is
 * a constant for it: a fully connected layer or convolution without padding, and with a bias.
 */
function readsEvenly(node: Node, value: Value): boolean {
  const slots = weightedInputs(node.type);
  if (!slots || !node.inputs[slots.bias] || node.inputs[slots.input] !== value) return false;
  const { weights } = weightedValues(node as WeightedNode);
  if (weights.shape[weights.shape.length - 1] !== channelCount(value)) return false;
  if (node.type === 'FULLY_CONNECTED') return true;
  if (node.type !== 'CONV_2D') return false;
  return node.attributes.padding === 'VALID' || (weights.shape[1] === 1 && weights.shape[2] === 1);
}

/** m per output channel: its minimum on the samples, 0 where the activation is no ReLU or clips at 6. */
function channelShifts(node: WeightedNode, statistics: Statistics): Float32Array {
  const [output] = node.outputs;
  const found = statistics.get(output.id);
  const { activation } = node.attributes;
  const ceiling = activation === 'RELU6' ? 6 : Number.POSITIVE_INFINITY;
  const shifts = new Float32Array(channelCount(output));
  if (!found || (activation !== 'RELU' && activation !== 'RELU6')) return shifts;
  return shifts.map((_, c) => (found.max[c] < ceiling ? Math.max(0, found.min[c]) : 0));
}

/** Sum over an output's weights w of w * shifts[input channel of w], per output channel. */
function contributions(node: WeightedNode, shifts: Float32Array): Float64Array {
  const { weights, channels } = layerReals(node);
  const gains = new Float64Array(channels);
  const perOutput = weights.length / channels;
  for (let i = 0; i < weights.length; i++) gains[Math.floor(i / perOutput)] += weights[i] * shifts[i % shifts.length];
  return gains;
}

function shiftBias(node: WeightedNode, shifted: (bias: number, channel: number) => number): void {
  makeConstant(node.inputs[weightedInputs(node.type)!.bias]!, Float32Array.from(layerReals(node).bias, shifted));
}
