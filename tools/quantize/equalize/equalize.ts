// Owns cross-layer equalization: scaling channels so that neither a tensor's largest channel nor a layer's largest weights waste codes.
import { type Graph, makeConstant, weightedInputs } from 'zeropoint/graph';
import { layerReals } from '../build/weights';
import type { SchemeName } from '../scheme';
import type { Statistics } from '../statistics';
import { type ChannelGroups, groupChannels, type ScaledLayer, visitWeights } from './channels';
import { type NoiseTerm, noiseTerms } from './noise';

/** Steps of the descent, the largest of them in logarithms of factors, and how often noise looks around anew. */
const steps = 120;
const firstStep = 0.25;
const refreshEvery = 12;
/** Adam's decays (Kingma and Ba, 2014). */
const [momentum, memory] = [0.9, 0.99];
/** Factors beyond this mean a dead channel, not an unbalanced one. */
const largestLog = Math.log(2 ** 12);

/**
 * Whether channels may grow towards a ReLU6's 6: `measured` trusts the largest element on the samples, which a few samples of many
 * classes do not show; `none` only lets them shrink.
 */
export type RiseUnderRelu6 = 'none' | 'measured';

/**
 * Scales channels of `graph`, a prepared float graph, in place and without changing the function: a positive factor passes through
 * ReLU, pools, additions and concatenations; the layers that write a channel are multiplied, those that read it divided (Nagel et al.,
 * "Data-Free Quantization", 2019). The factors are those of the least noise over all activations and weights (scale-noise.ts), a convex
 * problem in their logarithms. Channels that reach 6 before a ReLU6 keep their scale, and others stay below it on the samples.
 */
export function equalize(graph: Graph, statistics: Statistics, scheme: SchemeName, rise: RiseUnderRelu6 = 'measured'): Equalized {
  const groups = groupChannels(graph);
  const { highest, fixed } = factorLimits(graph, groups, statistics, rise);
  const { logs, noiseRatio } = leastNoise(noiseTerms(graph, groups, statistics, scheme), highest, fixed);
  const factors = logs.map(Math.exp);
  for (const layer of groups.layers) scaleLayer(layer, factors);
  const isScaled = (list: readonly number[]): boolean => list.some((group) => factorOf(factors, group) !== 1);
  return { scaled: new Set([...groups.of].filter(([, list]) => isScaled(list)).map(([value]) => value.name)), noiseRatio };
}

export interface Equalized {
  /** Names of the activations that were scaled. */
  readonly scaled: ReadonlySet<string>;
  /** The noise that factors can change, after by before, as predicted. */
  readonly noiseRatio: number;
}

/** Logarithms of factors with the least noise, at most `highest`, 0 where `fixed`: Adam with projection, its best point. */
function leastNoise(terms: readonly NoiseTerm[], highest: Float64Array, fixed: Uint8Array): { logs: Float64Array; noiseRatio: number } {
  const logs = new Float64Array(highest.length);
  const [mean, square] = [new Float64Array(logs.length), new Float64Array(logs.length)];
  let best = logs.slice();
  let [first, least] = [0, Number.POSITIVE_INFINITY];
  const [up, down] = [new Float64Array(logs.length + 1).fill(1), new Float64Array(logs.length + 1).fill(1)];
  const gradient = new Float64Array(logs.length + 1);
  for (let step = 0; step < steps; step++) {
    for (let g = 0; g < logs.length; g++) {
      up[g] = Math.exp(logs[g]);
      down[g] = 1 / up[g];
    }
    if (step % refreshEvery === 0) for (const term of terms) term.refresh?.({ up, down });
    gradient.fill(0);
    const noise = terms.reduce((sum, term) => sum + term.add({ up, down }, gradient), 0);
    // Nothing to lower, and nothing to divide by.
    if (noise === 0) break;
    if (step === 0) first = noise;
    if (noise < least) [best, least] = [logs.slice(), noise];
    const size = firstStep * (1 - step / steps);
    for (let g = 0; g < logs.length; g++) {
      mean[g] = momentum * mean[g] + (1 - momentum) * (gradient[g] / noise);
      square[g] = memory * square[g] + (1 - memory) * (gradient[g] / noise) ** 2;
      const [slope, second] = [mean[g] / (1 - momentum ** (step + 1)), square[g] / (1 - memory ** (step + 1))];
      if (fixed[g] || second === 0) continue;
      logs[g] = Math.min(Math.max(logs[g] - (size * slope) / Math.sqrt(second), -largestLog), highest[g]);
    }
  }
  return { logs: best, noiseRatio: first > 0 ? least / first : 1 };
}

/** How far above its maximum on the samples a channel may rise elsewhere without being clipped. */
const headroom = 1.3;

/** Logarithms of the largest factor of each group under the ReLU6 that bound it; 0 and `fixed` where a channel clips or nearly does. */
function factorLimits(
  graph: Graph,
  groups: ChannelGroups,
  statistics: Statistics,
  rise: RiseUnderRelu6,
): { highest: Float64Array; fixed: Uint8Array } {
  const highest = new Float64Array(groups.count).fill(largestLog);
  const fixed = new Uint8Array(groups.count);
  for (const node of graph.nodes) {
    if (node.type !== 'RELU6' && !('activation' in node.attributes && node.attributes.activation === 'RELU6')) continue;
    const [output] = node.outputs;
    const found = statistics.get(output.id);
    groups.of.get(output)!.forEach((group, c) => {
      if (group < 0) return;
      const room = Math.log(6 / (headroom * Math.max(found?.max[c] ?? 6, 1e-9)));
      if (room <= 0) fixed[group] = 1;
      highest[group] = Math.min(highest[group], rise === 'none' ? 0 : Math.max(room, 0));
    });
  }
  return { highest, fixed };
}

const factorOf = (factors: Float64Array, group: number): number => (group < 0 ? 1 : factors[group]);

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
