// Owns the predicted quantization noise of a network as a function of its channels' factors, and its gradient.
import { type Graph, weightedInputs, weightedValues } from 'zeropoint/graph';
import type { Statistics, ValueStatistics } from '../../calibrate/statistics';
import type { WeightScheme } from '../build/scheme';
import { layerReals } from '../build/weights';
import type { ChannelGroups, ScaledLayer } from './channels';
import { type NoiseGains, noiseGains } from './noise-gain';

// Rounding to steps of width d has an error of variance d² / 12. Channels scaled by a factor s carry noise that counts 1 / s² as much,
// since the layers that read them divide by s. Noise is counted at the graph's outputs, where variance v in channel c of a value
// contributes gain[c] * v (noise-gain.ts).

/** s and 1 / s by group of channels; one more entry, which is 1, is that of all channels that keep their scale. */
export interface Factors {
  readonly factor: Float64Array;
  readonly inverse: Float64Array;
}

/** The noise of rounding one activation or one layer's weights. */
export interface NoiseTerm {
  /** Returns the noise and adds its derivatives with respect to the logarithms of the factors to `gradient`. */
  add(factors: Factors, gradient: Float64Array): number;
  /** Recomputes which weights are large enough to matter in `add` near these factors. */
  refresh?(factors: Factors): void;
}

/** The terms of a prepared float graph that depend on factors. Values without statistics have no term. */
export function noiseTerms(graph: Graph, groups: ChannelGroups, statistics: Statistics, scheme: WeightScheme): NoiseTerm[] {
  const gains = noiseGains(graph, statistics);
  return [...activationTerms(groups, statistics, gains), ...weightTerms(groups, statistics, gains, scheme)];
}

const isFree = (list: readonly number[]): boolean => list.some((group) => group >= 0);

/** Group numbers as indices into `Factors`, -1 as the last entry. */
const factorIndices = (list: readonly number[], count: number): Int32Array => Int32Array.from(list, (group) => (group < 0 ? count : group));

const sumOf = (list: Float64Array): number => list.reduce((sum, entry) => sum + entry, 0);

/**
 * The maximum of magnitudes a[k] is replaced by the p-norm (sum of a[k]^p)^(1/p), which is differentiable; p = 32 exceeds the maximum by at
 * most 19 %, for 256 equal magnitudes (256^(1/32) = 1.19).
 */
const exponent = 32;

/** ratio^exponent, by repeated squaring. */
function power(ratio: number): number {
  let result = ratio * ratio;
  for (let p = 2; p < exponent; p *= 2) result *= result;
  return result;
}

function activationTerms({ of, count }: ChannelGroups, statistics: Statistics, gains: NoiseGains): NoiseTerm[] {
  return [...of].flatMap(([value, list]): NoiseTerm[] => {
    const [found, gain] = [statistics.get(value.id), gains.get(value)];
    return found && gain && isFree(list) ? [activationNoise(factorIndices(list, count), found, gain)] : [];
  });
}

/**
 * The noise of rounding one activation: d² / 12 * sum over channels c of gains[c] / s[c]², with one step d = max over c of
 * s[c] * extents[c], divided by 255, where extents[c] is the channel's largest magnitude on the samples.
 */
function activationNoise(list: Int32Array, { min, max }: ValueStatistics, gains: Float64Array): NoiseTerm {
  const extents = Float64Array.from(max, (high, c) => Math.max(high, -min[c], 0));
  const powers = new Float64Array(list.length);
  const unit = 1 / (12 * 255 ** 2);
  return {
    add({ factor, inverse }, gradient) {
      let [maxExtent, sum, gainSum] = [0, 0, 0];
      for (let c = 0; c < list.length; c++) maxExtent = Math.max(maxExtent, extents[c] * factor[list[c]]);
      if (maxExtent === 0) return 0;
      for (let c = 0; c < list.length; c++) {
        powers[c] = power((extents[c] * factor[list[c]]) / maxExtent);
        sum += powers[c];
        gainSum += gains[c] * inverse[list[c]] ** 2;
      }
      const noise = unit * maxExtent ** 2 * sum ** (2 / exponent) * gainSum;
      if (noise === 0) return 0;
      for (let c = 0; c < list.length; c++) {
        gradient[list[c]] += 2 * noise * (powers[c] / sum - (gains[c] * inverse[list[c]] ** 2) / gainSum);
      }
      return noise;
    },
  };
}

function weightTerms({ layers, count }: ChannelGroups, statistics: Statistics, gains: NoiseGains, scheme: WeightScheme): NoiseTerm[] {
  return layers.flatMap((layer): NoiseTerm[] => {
    const { node, inputs, outputs } = layer;
    const input = statistics.get(node.inputs[weightedInputs(node.type)!.input]!.id);
    const output = statistics.get(node.outputs[0].id);
    const gain = gains.get(node.outputs[0]);
    const isScaled = isFree(inputs) || isFree(outputs);
    if (!input || !output || !gain || !isScaled || node.type === 'TRANSPOSE_CONV' || input.power.length !== inputs.length) return [];
    // A depthwise layer's output channel reads one input channel, so that a scale per channel absorbs both factors.
    if (scheme.perChannel && node.type === 'DEPTHWISE_CONV_2D') return [];
    const activeGains = gain.map((entry, o) => entry * output.active[o]);
    return [new WeightNoise(layer, count, input, activeGains, scheme)];
  });
}

/**
 * Weights with less than this share of the largest magnitude have less than 0.5^32 of its p-th power and are left out of the p-norm until
 * the next refresh.
 */
const minShare = 0.5;

/** Noise of weights that refine/round.ts rounds, relative to rounding to the nearest code: 5 to 12 dB less, measured on MobileNets. */
const roundingShare = 0.15;

/** Weights that count in the maximum. */
interface LargeWeights {
  readonly magnitudes: Float64Array;
  /** Which maximum. */
  readonly rows: Int32Array;
  /** Groups of the channels that the weight writes and reads. */
  readonly outputGroups: Int32Array;
  readonly inputGroups: Int32Array;
  /** Room for a share of each. */
  readonly shares: Float64Array;
}

function largeWeights(count: number): LargeWeights {
  const [magnitudes, shares] = [new Float64Array(count), new Float64Array(count)];
  const [rows, outputGroups, inputGroups] = [new Int32Array(count), new Int32Array(count), new Int32Array(count)];
  return { magnitudes, rows, outputGroups, inputGroups, shares };
}

/**
 * The noise of rounding a layer's weights: sum over outputs o of gains[o] / s[o]² * roundingShare * d[o]² / 12 * taps * sum over the input
 * channels i of o of s[i]² * power[i], where power[i] is the mean square of channel i, and d[o] = max |s[o] w / s[i]| / steps, where
 * `steps` are those of half the range of codes, with the maximum over the weights w of o, or over all weights without `perChannel`.
 */
class WeightNoise implements NoiseTerm {
  private readonly weights: Float32Array;
  private readonly unit: number;
  private readonly perChannel: boolean;
  private readonly inputs: Int32Array;
  private readonly outputs: Int32Array;
  /** Outputs per input channel of a depthwise layer; undefined: every output reads all input channels. */
  private readonly multiplier: number | undefined;
  private large = largeWeights(0);

  constructor(
    layer: ScaledLayer,
    count: number,
    private readonly input: ValueStatistics,
    /** One entry per output channel. */
    private readonly gains: Float64Array,
    { perChannel, min, max }: WeightScheme,
  ) {
    this.perChannel = perChannel;
    const { node } = layer;
    const { weights, channels } = layerReals(node);
    const isDepthwise = node.type === 'DEPTHWISE_CONV_2D';
    const { shape } = weightedValues(node).weights;
    const taps = weights.length / (isDepthwise ? channels : channels * shape[shape.length - 1]);
    this.weights = weights;
    this.inputs = factorIndices(layer.inputs, count);
    this.outputs = factorIndices(layer.outputs, count);
    this.multiplier = isDepthwise ? layer.outputs.length / layer.inputs.length : undefined;
    this.unit = (roundingShare * taps) / (12 * ((max - min) / 2) ** 2);
  }

  refresh({ factor, inverse }: Factors): void {
    const { weights, inputs, outputs } = this;
    const scaled = new Float64Array(weights.length);
    const channelMax = new Float64Array(outputs.length);
    const toOutput = Float64Array.from(outputs, (group) => factor[group]);
    const fromInput = Float64Array.from(inputs, (group) => inverse[group]);
    this.forEachSpan((begin, end, output, input) => {
      let max = channelMax[output];
      for (let i = begin, c = input; i < end; i++, c = c + 1 === fromInput.length ? 0 : c + 1) {
        const magnitude = Math.abs(weights[i]) * toOutput[output] * fromInput[c];
        scaled[i] = magnitude;
        if (magnitude > max) max = magnitude;
      }
      channelMax[output] = max;
    });
    const max = channelMax.reduce((largest, entry) => Math.max(largest, entry), 0);
    const isLarge = (i: number, output: number) => scaled[i] !== 0 && scaled[i] >= minShare * (this.perChannel ? channelMax[output] : max);
    let count = 0;
    this.forEachSpan((begin, end, output) => {
      for (let i = begin; i < end; i++) if (isLarge(i, output)) count++;
    });
    this.large = largeWeights(count);
    const { magnitudes, rows, outputGroups, inputGroups } = this.large;
    let k = 0;
    this.forEachSpan((begin, end, output, input) => {
      for (let i = begin, c = input; i < end; i++, c = c + 1 === inputs.length ? 0 : c + 1) {
        if (!isLarge(i, output)) continue;
        magnitudes[k] = Math.abs(weights[i]);
        rows[k] = this.perChannel ? output : 0;
        outputGroups[k] = outputs[output];
        inputGroups[k++] = inputs[c];
      }
    });
  }

  /** Calls `visit` for spans [begin, end) of weights of one output, with the input channel of the first; the next ones read the next channels. */
  private forEachSpan(visit: (begin: number, end: number, output: number, input: number) => void): void {
    const { weights, outputs, multiplier } = this;
    if (multiplier !== undefined) {
      for (let i = 0; i < weights.length; i++) {
        const output = i % outputs.length;
        visit(i, i + 1, output, Math.floor(output / multiplier));
      }
      return;
    }
    const perOutput = weights.length / outputs.length;
    for (let output = 0; output < outputs.length; output++) visit(output * perOutput, (output + 1) * perOutput, output, 0);
  }

  add(factors: Factors, gradient: Float64Array): number {
    const { large, outputs, inputs } = this;
    const squares = this.squaredMaxima(factors);
    const { powers, total } = this.scaledPower(factors);
    const { inverse } = factors;
    let noise = 0;
    const outputNoise = new Float64Array(outputs.length);
    for (let o = 0; o < outputNoise.length; o++) {
      const inputPower = this.multiplier === undefined ? total : powers[Math.floor(o / this.multiplier)];
      outputNoise[o] = this.unit * squares[o] * this.gains[o] * inverse[outputs[o]] ** 2 * inputPower;
      noise += outputNoise[o];
    }
    if (noise === 0) return 0;
    const { shares, rows, outputGroups, inputGroups } = large;
    for (let k = 0; k < shares.length; k++) {
      const derivative = 2 * shares[k] * (this.perChannel ? outputNoise[rows[k]] : noise);
      gradient[outputGroups[k]] += derivative;
      gradient[inputGroups[k]] -= derivative;
    }
    for (let o = 0; o < outputNoise.length; o++) gradient[outputs[o]] -= 2 * outputNoise[o];
    if (this.multiplier !== undefined) {
      for (let o = 0; o < outputNoise.length; o++) gradient[inputs[Math.floor(o / this.multiplier)]] += 2 * outputNoise[o];
    } else for (let i = 0; i < inputs.length; i++) gradient[inputs[i]] += (2 * noise * powers[i]) / total;
    return noise;
  }

  /** (steps d[o])² per output; writes the share of every large weight in the p-th power of its p-norm, which is d's logarithmic derivative. */
  private squaredMaxima({ factor, inverse }: Factors): Float64Array {
    const { outputs, perChannel } = this;
    const { magnitudes, rows, outputGroups, inputGroups, shares } = this.large;
    const [maxima, sums] = [new Float64Array(outputs.length), new Float64Array(outputs.length)];
    for (let k = 0; k < shares.length; k++) {
      shares[k] = magnitudes[k] * factor[outputGroups[k]] * inverse[inputGroups[k]];
      if (shares[k] > maxima[rows[k]]) maxima[rows[k]] = shares[k];
    }
    for (let k = 0; k < shares.length; k++) {
      shares[k] = power(shares[k] / maxima[rows[k]]);
      sums[rows[k]] += shares[k];
    }
    for (let k = 0; k < shares.length; k++) shares[k] /= sums[rows[k]];
    const squares = maxima.map((entry, o) => (entry > 0 ? entry ** 2 * sums[o] ** (2 / exponent) : 0));
    return perChannel ? squares : squares.fill(squares[0]);
  }

  /** s[i]² * power[i] per input channel, and their sum. */
  private scaledPower({ factor }: Factors): { powers: Float64Array; total: number } {
    const powers = this.input.power.map((entry, i) => entry * factor[this.inputs[i]] ** 2);
    return { powers, total: sumOf(powers) };
  }
}
