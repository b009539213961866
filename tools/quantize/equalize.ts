// Owns cross-layer equalization: scaling channels so that neither a tensor's largest channel nor a layer's largest weights waste codes.
import { makeConstant } from '../../src/graph/edit';
import type { Graph, Value } from '../../src/graph/graph';
import { weightedInputs, weightedValues } from '../../src/graph/weighted';
import { type ChannelGroups, groupChannels, type ScaledLayer } from './channels';
import type { SchemeName } from './scheme';
import type { Statistics } from './statistics';
import { layerReals } from './weights';

const sweeps = 12;
/** Factors beyond this mean a dead channel, not an unbalanced one. */
const largestFactor = 2 ** 12;
/** Ranges below this share of the tensor's are dead. */
const dead = 1e-6;

/**
 * Scales channels of `graph`, a prepared float graph, in place and without changing the function: a positive factor passes through
 * ReLU, pools, additions and concatenations; the layers that write a channel are multiplied, those that read it divided (Nagel et al.,
 * "Data-Free Quantization", 2019, with activations counted as ranges too). Channels that reach 6 before a ReLU6 keep their scale, and
 * others stay below it on the samples. Returns the names of the activations that were scaled.
 */
export function equalize(graph: Graph, statistics: Statistics, scheme: SchemeName): Set<string> {
  const groups = groupChannels(graph);
  const limits = factorLimits(graph, groups, statistics);
  const factors = new Float64Array(groups.count).fill(1);
  for (let sweep = 0; sweep < sweeps; sweep++) balance(groups, statistics, scheme, factors, limits);
  for (const layer of groups.layers) scaleLayer(layer, factors);
  const isScaled = (list: readonly number[]): boolean => list.some((group) => factorOf(factors, group) !== 1);
  return new Set([...groups.of].filter(([, list]) => isScaled(list)).map(([value]) => value.name));
}

/** How far above its maximum on the samples a channel may rise elsewhere without being clipped. */
const headroom = 2;

/** Largest factor of each group under the ReLU6 that bound it, or exactly 1 (given as 0) where a channel clips or nearly does. */
function factorLimits(graph: Graph, groups: ChannelGroups, statistics: Statistics): Float64Array {
  const limits = new Float64Array(groups.count).fill(Number.POSITIVE_INFINITY);
  for (const node of graph.nodes) {
    if (node.type !== 'RELU6' && !('activation' in node.attributes && node.attributes.activation === 'RELU6')) continue;
    const [output] = node.outputs;
    const found = statistics.get(output.id);
    groups.of.get(output)!.forEach((group, c) => {
      if (group < 0) return;
      const max = found?.max[c] ?? 6;
      limits[group] = Math.min(limits[group], headroom * max >= 6 ? 0 : 6 / (headroom * Math.max(max, 1e-9)));
    });
  }
  return limits;
}

/** Logarithms of relative ranges that grow (`up`) or shrink (`down`) with a group's factor. */
interface Pulls {
  readonly up: Float64Array;
  readonly upCount: Uint32Array;
  readonly down: Float64Array;
  readonly downCount: Uint32Array;
}

/** One sweep: every factor moves to where the mean precision of what grows with it equals that of what shrinks. */
function balance(groups: ChannelGroups, statistics: Statistics, scheme: SchemeName, factors: Float64Array, limits: Float64Array): void {
  const { count } = groups;
  const pulls: Pulls = {
    up: new Float64Array(count),
    upCount: new Uint32Array(count),
    down: new Float64Array(count),
    downCount: new Uint32Array(count),
  };
  for (const [value, list] of groups.of) pullActivations(value, list, statistics, factors, pulls);
  for (const layer of groups.layers) pullWeights(layer, scheme, factors, pulls);
  for (let g = 0; g < count; g++) {
    if (limits[g] === 0 || pulls.upCount[g] === 0) continue;
    const up = pulls.up[g] / pulls.upCount[g];
    const step = pulls.downCount[g] === 0 ? -up : (pulls.down[g] / pulls.downCount[g] - up) / 2;
    factors[g] = Math.min(Math.max(factors[g] * Math.exp(step), 1 / largestFactor), largestFactor, limits[g]);
  }
}

/** Adds log(range / largest range) per channel of one tensor; `largest` is 1 where ranges are relative already. */
function pull(list: readonly number[], ranges: Float64Array, largest: number, sums: Float64Array, counts: Uint32Array): void {
  list.forEach((group, c) => {
    if (group < 0 || ranges[c] <= dead * largest) return;
    sums[group] += Math.log(ranges[c] / largest);
    counts[group]++;
  });
}

const factorOf = (factors: Float64Array, group: number): number => (group < 0 ? 1 : factors[group]);

function pullActivations(
  value: Value,
  list: readonly number[],
  statistics: Statistics,
  factors: Float64Array,
  { up, upCount }: Pulls,
): void {
  const found = statistics.get(value.id);
  if (!found) return;
  const ranges = Float64Array.from(list, (group, c) => Math.max(Math.abs(found.min[c]), Math.abs(found.max[c])) * factorOf(factors, group));
  pull(
    list,
    ranges,
    ranges.reduce((most, range) => Math.max(most, range), 1e-30),
    up,
    upCount,
  );
}

function pullWeights({ node, outputs, inputs }: ScaledLayer, scheme: SchemeName, factors: Float64Array, pulls: Pulls): void {
  const { weights } = layerReals(node);
  const { shape } = weightedValues(node).weights;
  const rows = new Float64Array(outputs.length);
  const perChannel = scheme === 'int8';
  visitWeights({ node, outputs, inputs }, (i, output, input) => {
    const weight = Math.abs(weights[i]) * (factorOf(factors, outputs[output]) / factorOf(factors, inputs[input]));
    if (weight > rows[output]) rows[output] = weight;
  });
  const largest = rows.reduce((most, range) => Math.max(most, range), 1e-30);
  if (!perChannel) pull(outputs, rows, largest, pulls.up, pulls.upCount);
  // A scale per output channel makes up for any factor of a depthwise layer's input.
  if (perChannel && node.type === 'DEPTHWISE_CONV_2D') return;
  const columns = new Float64Array(inputs.length);
  visitWeights({ node, outputs, inputs }, (i, output, input) => {
    const weight = Math.abs(weights[i]) * (factorOf(factors, outputs[output]) / factorOf(factors, inputs[input]));
    const relative = perChannel ? weight / Math.max(rows[output], 1e-30) : weight;
    if (relative > columns[input]) columns[input] = relative;
  });
  if (shape.length > 0) pull(inputs, columns, perChannel ? 1 : largest, pulls.down, pulls.downCount);
}

/** Every weight with its output and input channel. */
function visitWeights({ node, outputs, inputs }: ScaledLayer, visit: (index: number, output: number, input: number) => void): void {
  const { weights } = layerReals(node);
  if (node.type === 'DEPTHWISE_CONV_2D') {
    const multiplier = outputs.length / inputs.length;
    for (let i = 0; i < weights.length; i++) visit(i, i % outputs.length, Math.floor((i % outputs.length) / multiplier));
    return;
  }
  const perOutput = weights.length / outputs.length;
  for (let output = 0, i = 0; output < outputs.length; output++) {
    for (let k = 0; k < perOutput; k++, i++) visit(i, output, k % inputs.length);
  }
}

function scaleLayer(layer: ScaledLayer, factors: Float64Array): void {
  const { node, outputs, inputs } = layer;
  const { weights, bias } = layerReals(node);
  const scaled = new Float32Array(weights.length);
  visitWeights(layer, (i, output, input) => {
    scaled[i] = weights[i] * (factorOf(factors, outputs[output]) / factorOf(factors, inputs[input]));
  });
  const slots = weightedInputs(node.type)!;
  makeConstant(node.inputs[slots.weights]!, scaled);
  const stored = node.inputs[slots.bias];
  if (stored)
    makeConstant(
      stored,
      Float32Array.from(bias, (entry, o) => entry * factorOf(factors, outputs[o])),
    );
}
