// Owns the noise that quantization adds to a network, as a function of the factors of its channels: what equalization minimizes.
import { type Graph, weightedInputs, weightedValues } from 'zeropoint/graph';
import { layerReals } from '../build/weights';
import type { SchemeName } from '../scheme';
import type { Statistics, ValueStatistics } from '../statistics';
import { type ChannelGroups, type ScaledLayer, visitWeights } from './channels';
import { type NoiseGains, noiseGains } from './noise-gain';

/** Factors by group and their inverses; one entry more, which is 1, stands for all channels that keep their scale. */
export interface Factors {
  readonly up: Float64Array;
  readonly down: Float64Array;
}

/** One share of the noise, counted where it arrives, at the end of the network (noise-gain.ts). */
export interface NoiseTerm {
  /** Returns it, and adds its derivatives by the logarithms of the factors to `gradient`. */
  add(factors: Factors, gradient: Float64Array): number;
  /** Tells the term where the factors are, now and then: it may leave out what is far from mattering there. */
  refresh?(factors: Factors): void;
}

/** All terms of a prepared float graph that factors change; values that were not observed have none. */
export function noiseTerms(graph: Graph, groups: ChannelGroups, statistics: Statistics, scheme: SchemeName): NoiseTerm[] {
  const gains = noiseGains(graph, statistics);
  return [...activationTerms(groups, statistics, gains), ...weightTerms(groups, statistics, gains, scheme)];
}

const isFree = (list: readonly number[]): boolean => list.some((group) => group >= 0);

/** Groups as indices of factors. */
const slots = (list: readonly number[], count: number): Int32Array => Int32Array.from(list, (group) => (group < 0 ? count : group));

const sumOf = (list: Float64Array): number => list.reduce((sum, entry) => sum + entry, 0);

/** The largest of many numbers counts as their p-norm, which has derivatives; 32 keeps it within 20 % for 256 equal ones. */
const sharpness = 32;
function powered(ratio: number): number {
  let power = ratio * ratio;
  for (let p = 2; p < sharpness; p *= 2) power *= power;
  return power;
}

function activationTerms({ of, count }: ChannelGroups, statistics: Statistics, gains: NoiseGains): NoiseTerm[] {
  return [...of].flatMap(([value, list]): NoiseTerm[] => {
    const [found, gain] = [statistics.get(value.id), gains.get(value)];
    return found && gain && isFree(list) ? [activationNoise(slots(list, count), found, gain)] : [];
  });
}

/** Rounding activations: the largest channel sets the step for all. */
function activationNoise(list: Int32Array, { min, max }: ValueStatistics, gains: Float64Array): NoiseTerm {
  const extents = Float64Array.from(max, (high, c) => Math.max(high, -min[c], 0));
  const powers = new Float64Array(list.length);
  const unit = 1 / (12 * 255 ** 2);
  return {
    add({ up, down }, gradient) {
      let [largest, sum, spread] = [0, 0, 0];
      for (let c = 0; c < list.length; c++) largest = Math.max(largest, extents[c] * up[list[c]]);
      if (largest === 0) return 0;
      for (let c = 0; c < list.length; c++) {
        powers[c] = powered((extents[c] * up[list[c]]) / largest);
        sum += powers[c];
        spread += gains[c] * down[list[c]] ** 2;
      }
      const noise = unit * largest ** 2 * sum ** (2 / sharpness) * spread;
      if (noise === 0) return 0;
      for (let c = 0; c < list.length; c++) {
        gradient[list[c]] += 2 * noise * (powers[c] / sum - (gains[c] * down[list[c]] ** 2) / spread);
      }
      return noise;
    },
  };
}

function weightTerms({ layers, count }: ChannelGroups, statistics: Statistics, gains: NoiseGains, scheme: SchemeName): NoiseTerm[] {
  return layers.flatMap((layer): NoiseTerm[] => {
    const { node, inputs, outputs } = layer;
    const input = statistics.get(node.inputs[weightedInputs(node.type)!.input]!.id);
    const output = statistics.get(node.outputs[0].id);
    const gain = gains.get(node.outputs[0]);
    const isScaled = isFree(inputs) || isFree(outputs);
    if (!input || !output || !gain || !isScaled || node.type === 'TRANSPOSE_CONV' || input.power.length !== inputs.length) return [];
    // A scale per output channel makes up for any factor of a depthwise layer.
    if (scheme === 'int8' && node.type === 'DEPTHWISE_CONV_2D') return [];
    const passed = gain.map((entry, o) => entry * output.active[o]);
    return [new WeightNoise(layer, count, input, passed, scheme === 'int8')];
  });
}

/** Weights below this share of the largest are left out until the next refresh: to the power of `sharpness` they are nothing. */
const nearLargest = 0.5;

/** What is left of the noise of weights when they are rounded by their effect on outputs; measured on MobileNets as 5 to 12 dB. */
const roundedShare = 0.15;

/**
 * Rounding weights: the largest sets the step, of all outputs or, `perOutput`, of its own; every weight's error meets the power of its
 * input.
 */
class WeightNoise implements NoiseTerm {
  private readonly weights: Float32Array;
  private readonly unit: number;
  private readonly inputs: Int32Array;
  private readonly outputs: Int32Array;
  /** The input channel of an output of a depthwise layer; others meet all. */
  private readonly multiplier: number | undefined;
  /** Magnitudes near the largest, with their channels. */
  private near = { magnitudes: new Float64Array(0), outputs: new Int32Array(0), inputs: new Int32Array(0) };

  constructor(
    private readonly layer: ScaledLayer,
    count: number,
    private readonly input: ValueStatistics,
    /** What noise counts, by output. */
    private readonly gains: Float64Array,
    private readonly perOutput: boolean,
  ) {
    const { node } = layer;
    const { weights, channels } = layerReals(node);
    const isDepthwise = node.type === 'DEPTHWISE_CONV_2D';
    const { shape } = weightedValues(node).weights;
    const taps = weights.length / (isDepthwise ? channels : channels * shape[shape.length - 1]);
    this.weights = weights;
    this.inputs = slots(layer.inputs, count);
    this.outputs = slots(layer.outputs, count);
    this.multiplier = isDepthwise ? layer.outputs.length / layer.inputs.length : undefined;
    this.unit = (roundedShare * taps) / (12 * 127 ** 2);
  }

  refresh({ up, down }: Factors): void {
    const { layer, weights, inputs, outputs } = this;
    const rows = new Float64Array(outputs.length);
    const scaled = new Float64Array(weights.length);
    visitWeights(layer, (i, output, input) => {
      scaled[i] = Math.abs(weights[i]) * up[outputs[output]] * down[inputs[input]];
      rows[output] = Math.max(rows[output], scaled[i]);
    });
    const largest = rows.reduce((most, row) => Math.max(most, row), 0);
    const chosen: { magnitudes: number[]; outputs: number[]; inputs: number[] } = { magnitudes: [], outputs: [], inputs: [] };
    visitWeights(layer, (i, output, input) => {
      if (scaled[i] === 0 || scaled[i] < nearLargest * (this.perOutput ? rows[output] : largest)) return;
      chosen.magnitudes.push(Math.abs(weights[i]));
      chosen.outputs.push(output);
      chosen.inputs.push(input);
    });
    this.near = {
      magnitudes: Float64Array.from(chosen.magnitudes),
      outputs: Int32Array.from(chosen.outputs),
      inputs: Int32Array.from(chosen.inputs),
    };
  }

  add(factors: Factors, gradient: Float64Array): number {
    const { near, outputs, inputs } = this;
    const { squares, shares } = this.squaredRanges(factors);
    const reached = this.reachedPower(factors);
    const { down } = factors;
    let noise = 0;
    const own = new Float64Array(outputs.length);
    for (let o = 0; o < own.length; o++) {
      const reach = this.multiplier === undefined ? reached.total : reached.powers[Math.floor(o / this.multiplier)];
      own[o] = this.unit * squares[o] * this.gains[o] * down[outputs[o]] ** 2 * reach;
      noise += own[o];
    }
    if (noise === 0) return 0;
    for (let k = 0; k < shares.length; k++) {
      const share = 2 * shares[k] * (this.perOutput ? own[near.outputs[k]] : noise);
      gradient[outputs[near.outputs[k]]] += share;
      gradient[inputs[near.inputs[k]]] -= share;
    }
    for (let o = 0; o < own.length; o++) gradient[outputs[o]] -= 2 * own[o];
    if (this.multiplier !== undefined) {
      for (let o = 0; o < own.length; o++) gradient[inputs[Math.floor(o / this.multiplier)]] += 2 * own[o];
    } else for (let i = 0; i < inputs.length; i++) gradient[inputs[i]] += (2 * noise * reached.powers[i]) / reached.total;
    return noise;
  }

  /** The square of the largest scaled magnitude by output, and the share of every near one in it. */
  private squaredRanges({ up, down }: Factors): { squares: Float64Array; shares: Float64Array } {
    const { near, outputs, inputs, perOutput } = this;
    const { magnitudes } = near;
    const shares = new Float64Array(magnitudes.length);
    const [largest, sums] = [new Float64Array(outputs.length), new Float64Array(outputs.length)];
    const rowOf = perOutput ? near.outputs : new Int32Array(magnitudes.length);
    for (let k = 0; k < shares.length; k++) {
      shares[k] = magnitudes[k] * up[outputs[near.outputs[k]]] * down[inputs[near.inputs[k]]];
      if (shares[k] > largest[rowOf[k]]) largest[rowOf[k]] = shares[k];
    }
    for (let k = 0; k < shares.length; k++) {
      shares[k] = powered(shares[k] / largest[rowOf[k]]);
      sums[rowOf[k]] += shares[k];
    }
    for (let k = 0; k < shares.length; k++) shares[k] /= sums[rowOf[k]];
    const squares = largest.map((entry, o) => (entry > 0 ? entry ** 2 * sums[o] ** (2 / sharpness) : 0));
    return { squares: perOutput ? squares : squares.fill(squares[0]), shares };
  }

  /** Mean square of every input channel once it is scaled, and their sum. */
  private reachedPower({ up }: Factors): { powers: Float64Array; total: number } {
    const powers = this.input.power.map((power, i) => power * up[this.inputs[i]] ** 2);
    return { powers, total: sumOf(powers) };
  }
}
