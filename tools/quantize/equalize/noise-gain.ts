// Owns noise gains: the factor by which the variance of noise in one channel of a value contributes to the noise of the graph's outputs.
import { elementCount, type Graph, type Node, type Value, weightedInputs, weightedValues } from 'zeropoint/graph';
import { channelCount, type Statistics } from '../../calibrate/statistics';
import { layerReals } from '../build/weights';
import { visitWeights } from './channels';

/** One entry per channel. */
export type NoiseGains = ReadonlyMap<Value, Float64Array>;

/** Operators whose output has the noise of their inputs, element by element. Rectifiers count as if they were always active. */
const additive = new Set<Node['type']>(['ADD', 'SUB', 'PAD', 'RESHAPE', 'SQUEEZE', 'MAX_POOL_2D', 'RELU', 'RELU6', 'LEAKY_RELU', 'PRELU']);
/** Operators that divide the variance of independent noise by the number of elements averaged. */
const averaging = new Set<Node['type']>(['AVERAGE_POOL_2D', 'MEAN']);

/**
 * Gains g of a prepared float graph, propagated from its outputs to its inputs as variances of independent noise. Through a layer with
 * weights w: g[input channel i] = sum over the weights w of i of w² * active[o] * g[output channel o], where active[o] is the share of
 * outputs that the activation does not clip. At graph outputs and before other operators g[c] = 1 / (channels * variance[c]): noise there
 * counts relative to the channel's variance on the samples. Scaling a channel therefore leaves g times its variance unchanged.
 */
export function noiseGains(graph: Graph, statistics: Statistics): NoiseGains {
  const gains = new Map<Value, Float64Array>();
  const add = (value: Value, gainOf: (channel: number) => number): void => {
    const entry = gains.get(value) ?? new Float64Array(channelCount(value));
    for (let c = 0; c < entry.length; c++) entry[c] += gainOf(c);
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
    const outputGains = gains.get(output);
    const isFollowed = outputGains && inputs.every((value) => channelCount(value) === outputGains.length);
    if (outputGains && weightedInputs(node.type) && node.type !== 'TRANSPOSE_CONV') {
      const inputGains = gainsThroughLayer(node as Layer, outputGains, statistics);
      add(weightedValues(node as Layer).input, (c) => inputGains[c]);
    } else if (isFollowed && additive.has(node.type)) for (const value of inputs) add(value, (c) => outputGains[c]);
    else if (isFollowed && averaging.has(node.type)) {
      for (const value of inputs) add(value, (c) => outputGains[c] / averagedElements(value, output));
    } else for (const value of inputs) addRelative(value);
  }
  return gains;
}

type Layer = Node<'CONV_2D' | 'DEPTHWISE_CONV_2D' | 'FULLY_CONNECTED'>;

/** Elements of `input` per element of `output`. */
function averagedElements(input: Value, output: Value): number {
  return Math.max(1, elementCount(input.shape) / elementCount(output.shape));
}

function gainsThroughLayer(node: Layer, outputGains: Float64Array, statistics: Statistics): Float64Array {
  const { weights } = layerReals(node);
  const active = statistics.get(node.outputs[0].id)?.active;
  const activeGains = outputGains.map((gain, o) => gain * (active ? active[o] : 1));
  const inputGains = new Float64Array(channelCount(weightedValues(node).input));
  visitWeights({ node, outputs: activeGains, inputs: inputGains }, (i, output, input) => {
    inputGains[input] += weights[i] ** 2 * activeGains[output];
  });
  return inputGains;
}
