// Owns how far noise carries: what a unit of noise in each channel of each value adds to the noise of the network's end.
import { elementCount, type Graph, type Node, type Value, weightedInputs, weightedValues } from 'zeropoint/graph';
import { layerReals } from '../build/weights';
import { channelCount, type Statistics } from '../statistics';
import { visitWeights } from './channels';

/** One entry per channel. */
export type NoiseGains = ReadonlyMap<Value, Float64Array>;

/** Operators that hand noise on as it is, element by element. */
const carrying = new Set<Node['type']>(['ADD', 'SUB', 'PAD', 'RESHAPE', 'SQUEEZE', 'MAX_POOL_2D', 'RELU', 'RELU6', 'LEAKY_RELU', 'PRELU']);
/** Operators that average it away. */
const averaging = new Set<Node['type']>(['AVERAGE_POOL_2D', 'MEAN']);

/**
 * Variances propagated backwards through a prepared float graph as if noise were independent everywhere: a layer adds up the squares of
 * its weights, where its outputs are neither 0 nor clipped. At graph outputs and before operators that noise cannot be followed through
 * it counts relative to the channel's variance, all channels alike. So gains do not depend on how channels happen to be scaled.
 */
export function noiseGains(graph: Graph, statistics: Statistics): NoiseGains {
  const gains = new Map<Value, Float64Array>();
  const add = (value: Value, own: (channel: number) => number): void => {
    const entry = gains.get(value) ?? new Float64Array(channelCount(value));
    for (let c = 0; c < entry.length; c++) entry[c] += own(c);
    gains.set(value, entry);
  };
  const addRelative = (value: Value): void => {
    const found = statistics.get(value.id);
    if (found) add(value, (c) => (found.variance[c] > 0 ? 1 / (found.variance[c] * found.variance.length) : 0));
  };
  for (const value of graph.outputs) addRelative(value);
  for (const node of graph.nodes.slice().reverse()) {
    const [output] = node.outputs;
    const inputs = node.inputs.filter((value): value is Value => value?.dtype === 'float32' && !value.data);
    const after = gains.get(output);
    const isFollowed = after && inputs.every((value) => channelCount(value) === after.length);
    if (after && weightedInputs(node.type) && node.type !== 'TRANSPOSE_CONV') addThroughLayer(node as Layer, after, statistics, add);
    else if (isFollowed && carrying.has(node.type)) for (const value of inputs) add(value, (c) => after[c]);
    else if (isFollowed && averaging.has(node.type)) for (const value of inputs) add(value, (c) => after[c] / averaged(value, output));
    else for (const value of inputs) addRelative(value);
  }
  return gains;
}

type Layer = Node<'CONV_2D' | 'DEPTHWISE_CONV_2D' | 'FULLY_CONNECTED'>;

/** How many elements make one. */
function averaged(input: Value, output: Value): number {
  return Math.max(1, elementCount(input.shape) / elementCount(output.shape));
}

function addThroughLayer(
  node: Layer,
  after: Float64Array,
  statistics: Statistics,
  add: (value: Value, own: (channel: number) => number) => void,
): void {
  const { input } = weightedValues(node);
  const { weights } = layerReals(node);
  const active = statistics.get(node.outputs[0].id)?.active;
  const passed = after.map((gain, o) => gain * (active ? active[o] : 1));
  const own = new Float64Array(channelCount(input));
  visitWeights({ node, outputs: passed, inputs: own }, (i, output, channel) => {
    own[channel] += weights[i] ** 2 * passed[output];
  });
  add(input, (c) => own[c]);
}
