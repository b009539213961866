// Owns cross-layer equalization: factors per channel that balance the ranges of activations and weights.
import { type Graph, makeConstant, type Value, weightedInputs } from 'zeropoint/graph';
import type { Statistics } from '../../calibrate/statistics';
import type { WeightScheme } from '../build/scheme';
import { layerReals } from '../build/weights';
import { type ChannelGroups, groupChannels, type ScaledLayer, visitWeights } from './channels';
import { type NoiseTerm, noiseTerms } from './noise';

/** Iterations of the descent; the change of a logarithm per iteration is at most about `firstStep`, falling to 0 linearly. */
const iterations = 120;
const firstStep = 0.25;
/** Iterations between two calls of NoiseTerm.refresh. */
const refreshEvery = 12;
/** Decay rates of Adam's first and second moments (Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2014). */
const [meanDecay, squareDecay] = [0.9, 0.99];
/** Factors lie in [2^-12, 2^12]; only channels that are almost dead would take larger ones. */
const maxLog = Math.log(2 ** 12);

/**
 * How far channels that a ReLU6 bounds may grow. `measured`: until their maximum on the samples, with a margin, reaches 6, so that only
 * inputs unlike the samples are clipped; `none`: not at all.
 */
export type Relu6Headroom = 'none' | 'measured';

export interface Equalized {
  /** Factors of the channels, by value id; of the activations with scaled channels. */
  readonly factors: ReadonlyMap<number, Float64Array>;
  /** Predicted noise after scaling, divided by that before. */
  readonly noiseRatio: number;
}

/**
 * Scales channels of `graph`, a prepared float graph, in place. ReLU, pools, additions and concatenations f satisfy f(s x) = s f(x) for a
 * factor s > 0, so a channel is scaled by multiplying the weights that write it and dividing those that read it, and the function stays the
 * same (Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction", 2019). Instead of equal ranges as there,
 * the factors have the least predicted noise (noise.ts), a convex function of their logarithms. A channel whose maximum on the samples is
 * near 6 before a ReLU6 keeps its scale; others stay below 6 on the samples. Values for which `isTreated` is false keep their scales.
 */
export function equalize(
  graph: Graph,
  statistics: Statistics,
  scheme: WeightScheme,
  headroom: Relu6Headroom = 'measured',
  isTreated: (value: Value) => boolean = () => true,
): Equalized {
  const groups = groupChannels(graph);
  const limits = factorLimits(graph, groups, statistics, headroom);
  for (const [value, list] of groups.of) {
    if (!isTreated(value)) for (const group of list) if (group >= 0) limits.fixed[group] = 1;
  }
  const { logs, noiseRatio } = minimizeNoise(noiseTerms(graph, groups, statistics, scheme), limits);
  const factors = logs.map(Math.exp);
  for (const layer of groups.layers) scaleLayer(layer, factors);
  const applied = new Map<number, Float64Array>();
  for (const [{ id }, list] of groups.of) {
    const own = Float64Array.from(list, (group) => factorOf(factors, group));
    if (own.some((factor) => factor !== 1)) applied.set(id, own);
  }
  return { factors: applied, noiseRatio };
}

/** Per group. */
interface FactorLimits {
  /** Largest logarithm of the factor. */
  readonly maxLogs: Float64Array;
  /** 1: the factor stays 1. */
  readonly fixed: Uint8Array;
}

/**
 * Logarithms of the factors with the least noise: Adam on the gradient of log(noise), each step projected onto the limits. Returns the best
 * iterate, since Adam does not descend monotonically.
 */
function minimizeNoise(terms: readonly NoiseTerm[], { maxLogs, fixed }: FactorLimits): { logs: Float64Array; noiseRatio: number } {
  const logs = new Float64Array(maxLogs.length);
  const [mean, square] = [new Float64Array(logs.length), new Float64Array(logs.length)];
  let best = logs.slice();
  let [initialNoise, minNoise] = [0, Number.POSITIVE_INFINITY];
  const [factor, inverse] = [new Float64Array(logs.length + 1).fill(1), new Float64Array(logs.length + 1).fill(1)];
  const gradient = new Float64Array(logs.length + 1);
  for (let iteration = 0; iteration < iterations; iteration++) {
    for (let g = 0; g < logs.length; g++) {
      factor[g] = Math.exp(logs[g]);
      inverse[g] = 1 / factor[g];
    }
    if (iteration % refreshEvery === 0) for (const term of terms) term.refresh?.({ factor, inverse });
    gradient.fill(0);
    const noise = terms.reduce((sum, term) => sum + term.add({ factor, inverse }, gradient), 0);
    // log(0) has no gradient, and there is nothing to minimize.
    if (noise === 0) break;
    if (iteration === 0) initialNoise = noise;
    if (noise < minNoise) [best, minNoise] = [logs.slice(), noise];
    const size = firstStep * (1 - iteration / iterations);
    const [meanShare, squareShare] = [1 - meanDecay ** (iteration + 1), 1 - squareDecay ** (iteration + 1)];
    for (let g = 0; g < logs.length; g++) {
      mean[g] = meanDecay * mean[g] + (1 - meanDecay) * (gradient[g] / noise);
      square[g] = squareDecay * square[g] + (1 - squareDecay) * (gradient[g] / noise) ** 2;
      const [slope, second] = [mean[g] / meanShare, square[g] / squareShare];
      if (fixed[g] || second === 0) continue;
      logs[g] = Math.min(Math.max(logs[g] - (size * slope) / Math.sqrt(second), -maxLog), maxLogs[g]);
    }
  }
  return { logs: best, noiseRatio: initialNoise > 0 ? minNoise / initialNoise : 1 };
}

/** Inputs unlike the samples may exceed a channel's maximum on the samples by this factor before a ReLU6 clips them. */
const margin = 1.3;

/** Limits from the ReLU6 after which channels occur: factor <= 6 / (margin * maximum on the samples); fixed where that is at most 1. */
function factorLimits(graph: Graph, groups: ChannelGroups, statistics: Statistics, headroom: Relu6Headroom): FactorLimits {
  const maxLogs = new Float64Array(groups.count).fill(maxLog);
  const fixed = new Uint8Array(groups.count);
  for (const node of graph.nodes) {
    if (node.type !== 'RELU6' && !('activation' in node.attributes && node.attributes.activation === 'RELU6')) continue;
    const [output] = node.outputs;
    const found = statistics.get(output.id);
    groups.of.get(output)!.forEach((group, c) => {
      if (group < 0) return;
      const limit = Math.log(6 / (margin * Math.max(found?.max[c] ?? 6, 1e-9)));
      if (limit <= 0) fixed[group] = 1;
      maxLogs[group] = Math.min(maxLogs[group], headroom === 'none' ? 0 : Math.max(limit, 0));
    });
  }
  return { maxLogs, fixed };
}

const factorOf = (factors: Float64Array, group: number): number => (group < 0 ? 1 : factors[group]);

/** w * factor[output channel] / factor[input channel] for weights, b * factor[output channel] for the bias. */
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
