// Owns cross-layer equalization: scaling channels so that neither a tensor's largest channel nor a layer's largest weights waste codes.
import { makeConstant } from '../../src/graph/edit';
import type { Graph, Value } from '../../src/graph/graph';
import { weightedInputs } from '../../src/graph/weighted';
import { type ChannelGroups, groupChannels, type ScaledLayer, visitWeights } from './channels';
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
const headroom = 1.3;

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

/** Logarithms of ranges relative to the largest of their tensor, so none is above 0, summed per group. */
class Pulls {
  readonly sums: Float64Array;
  readonly counts: Uint32Array;
  /** The largest per group. */
  readonly highest: Float64Array;

  constructor(groups: number) {
    this.sums = new Float64Array(groups);
    this.counts = new Uint32Array(groups);
    this.highest = new Float64Array(groups).fill(Number.NEGATIVE_INFINITY);
  }

  /** Takes the ranges of one tensor's channels; dead ones say nothing. */
  add(list: readonly number[], ranges: Float64Array, largest: number): void {
    list.forEach((group, c) => {
      if (group < 0 || ranges[c] <= dead * largest) return;
      const relative = Math.log(ranges[c] / largest);
      this.sums[group] += relative;
      this.counts[group]++;
      this.highest[group] = Math.max(this.highest[group], relative);
    });
  }
}

/**
 * One sweep: every factor moves to where the mean precision of what grows with it (`up`) equals that of what shrinks (`down`), but no
 * range above the largest of its tensor.
 */
function balance(groups: ChannelGroups, statistics: Statistics, scheme: SchemeName, factors: Float64Array, limits: Float64Array): void {
  const up = new Pulls(groups.count);
  const down = new Pulls(groups.count);
  for (const [value, list] of groups.of) pullActivations(value, list, statistics, factors, up);
  for (const layer of groups.layers) pullWeights(layer, scheme, factors, up, down);
  for (let g = 0; g < groups.count; g++) {
    if (limits[g] === 0) continue;
    const step = stepOf(up, down, g);
    factors[g] = Math.min(Math.max(factors[g] * Math.exp(step), 1 / largestFactor), largestFactor, limits[g]);
  }
}

function stepOf(up: Pulls, down: Pulls, g: number): number {
  const grows = up.counts[g] > 0;
  const shrinks = down.counts[g] > 0;
  // A channel that is always 0 and has no weights in front: those behind may become as small as they like.
  if (!grows) return shrinks ? Math.log(largestFactor) : 0;
  const upwards = up.sums[g] / up.counts[g];
  if (!shrinks) return -up.highest[g];
  const step = (down.sums[g] / down.counts[g] - upwards) / 2;
  return Math.min(Math.max(step, down.highest[g]), -up.highest[g]);
}

const factorOf = (factors: Float64Array, group: number): number => (group < 0 ? 1 : factors[group]);

function pullActivations(value: Value, list: readonly number[], statistics: Statistics, factors: Float64Array, up: Pulls): void {
  const found = statistics.get(value.id);
  if (!found) return;
  const ranges = Float64Array.from(list, (group, c) => Math.max(Math.abs(found.min[c]), Math.abs(found.max[c])) * factorOf(factors, group));
  up.add(list, ranges, largestOf(ranges));
}

function pullWeights(layer: ScaledLayer, scheme: SchemeName, factors: Float64Array, up: Pulls, down: Pulls): void {
  const { node, outputs, inputs } = layer;
  const { weights } = layerReals(node);
  const scaled = (i: number, output: number, input: number) =>
    Math.abs(weights[i]) * (factorOf(factors, outputs[output]) / factorOf(factors, inputs[input]));
  const rows = new Float64Array(outputs.length);
  visitWeights(layer, (i, output, input) => {
    rows[output] = Math.max(rows[output], scaled(i, output, input));
  });
  const perChannel = scheme === 'int8';
  const largest = largestOf(rows);
  if (!perChannel) up.add(outputs, rows, largest);
  // A scale per output channel makes up for any factor of a depthwise layer's input.
  if (perChannel && node.type === 'DEPTHWISE_CONV_2D') return;
  const columns = new Float64Array(inputs.length);
  visitWeights(layer, (i, output, input) => {
    const weight = scaled(i, output, input);
    columns[input] = Math.max(columns[input], perChannel ? weight / Math.max(rows[output], smallest) : weight);
  });
  down.add(inputs, columns, perChannel ? 1 : largest);
}

/** Keeps quotients of ranges finite. */
const smallest = 1e-30;

function largestOf(ranges: Float64Array): number {
  return ranges.reduce((most, range) => Math.max(most, range), smallest);
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
