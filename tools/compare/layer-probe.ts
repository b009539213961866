// Owns the measurement of one layer in two passes over the samples: the scaling of its channels, then its errors and their symptoms.
import { codeRange, quantizedBound } from 'zeropoint/graph';
import { sharesQuantization } from '../model/operators';
import type { Provenance, Rescaled } from '../model/provenance';
import { median } from '../statistics';
import { diagnose, type Symptoms } from './causes';
import type { LayerComparison } from './comparison';
import { type ChannelAffine, ErrorSums } from './error-sums';
import { HistogramCounter } from './histogram';
import type { LayerPair } from './match';
import { hasQuantizedWeights, type WeightFigures, weightFigures } from './weights';

/** Share of the values left out at each end of the range for its central width: the calibration's default percentile is 99.99. */
const tail = 1e-4;

/** Memory does not grow with the number of samples. */
export class LayerProbe {
  private readonly channels: number;
  /** Errors inside the network before the scaling of channels is undone; what the scaling is estimated from. */
  private readonly unaligned: ErrorSums;
  /** Smallest and largest float value per channel. */
  private readonly channelMin: Float64Array;
  private readonly channelMax: Float64Array;
  /** Errors in isolation and inside the network. */
  private readonly local: ErrorSums;
  private readonly global: ErrorSums;
  private histogram: HistogramCounter | undefined;
  private weights: WeightFigures | undefined;
  private inputAffine: ChannelAffine | undefined;
  /** Numbers of all float values and of those outside the range, and sums of squared errors from clipping and rounding the exact output. */
  private values = 0;
  private clipped = 0;
  private clippingNoise = 0;
  private roundingNoise = 0;
  private hasLocal = false;
  private hasGlobal = false;
  /** How equalization scaled the channels; undefined where it did not, and before `finishFit`. */
  affine: ChannelAffine | undefined;

  /** `isLogits`: the output is read by SOFTMAX only. */
  constructor(
    readonly pair: LayerPair,
    private readonly isLogits = false,
  ) {
    this.channels = Math.max(1, pair.output.shape.at(-1) ?? 1);
    this.unaligned = new ErrorSums(this.channels);
    this.local = new ErrorSums(this.channels);
    this.global = new ErrorSums(this.channels);
    this.channelMin = new Float64Array(this.channels).fill(Number.POSITIVE_INFINITY);
    this.channelMax = new Float64Array(this.channels).fill(Number.NEGATIVE_INFINITY);
  }

  /** First pass: the layer's output in the float network, and in the quantized network where the runtime keeps it, in real numbers. */
  fit(float: Float32Array, global: Float32Array | undefined): void {
    const { channels, channelMin, channelMax } = this;
    for (let i = 0, c = 0; i < float.length; i++, c = c + 1 === channels ? 0 : c + 1) {
      if (float[i] < channelMin[c]) channelMin[c] = float[i];
      if (float[i] > channelMax[c]) channelMax[c] = float[i];
    }
    if (global) this.unaligned.add(float, global);
  }

  /**
   * Ends the first pass. `inputAffine` is the scaling of the layer's input. `rescaled` names the layers that the quantizer scaled; without
   * it, as in files of other quantizers, the scaling is estimated.
   */
  finishFit(inputAffine: ChannelAffine | undefined, rescaled: Rescaled | undefined): void {
    const { name } = this.pair.output;
    const shifted = rescaled?.shifted.includes(name) ?? false;
    if (!rescaled) this.affine = this.unaligned.estimateAffine();
    else if (shifted || rescaled.scaled.includes(name)) this.affine = this.unaligned.knownAffine(shifted);
    this.inputAffine = inputAffine;
    const { low, high } = this.used();
    this.histogram = new HistogramCounter(Math.min(0, low), Math.max(0, high));
  }

  /**
   * Second pass: the layer's output in the float network, in isolation, and inside the quantized network, in real numbers. The scaling of
   * the quantized ones is undone in place.
   */
  measure(float: Float32Array, local: Float32Array | undefined, global: Float32Array | undefined): void {
    this.count(float);
    if (local) {
      this.hasLocal = true;
      this.local.add(float, undoScaling(local, this.affine));
    }
    if (global) {
      this.hasGlobal = true;
      this.global.add(float, undoScaling(global, this.affine));
    }
  }

  /** All figures but histograms, and the diagnosis; `provenance` tells how the file was quantized. */
  result(provenance: Provenance | undefined): LayerComparison {
    const { node, index, output } = this.pair;
    const local = this.hasLocal ? this.local.figures() : undefined;
    const global = this.hasGlobal ? this.global.figures() : undefined;
    const dead = this.hasLocal ? this.local.deadChannels() : { count: 0, noiseShare: 0 };
    const saturated = this.values > 0 ? this.clipped / this.values : 0;
    const biasShift = this.hasLocal ? this.local.biasShift() : undefined;
    if (hasQuantizedWeights(node) && node.type === this.pair.floatNode.type)
      this.weights = weightFigures(node, this.pair.floatNode as typeof node, this.inputAffine, this.affine);
    const { sqnr: weightSqnr, spread: weightSpread } = this.weights ?? {};
    const cause = diagnose(
      {
        local: local?.sqnr,
        global: global?.sqnr,
        saturated,
        ...this.noiseShares(),
        ...this.rangeUse(),
        sharesRange: sharesQuantization(node.type),
        isLogits: this.isLogits,
        channels: this.channels,
        deadChannels: dead.count,
        deadNoise: dead.noiseShare,
        biasShift: biasShift ?? 0,
        weights: this.weightSymptoms(),
      },
      output.name,
      provenance,
    );
    const { name, shape, dtype } = output;
    return {
      name,
      type: node.type,
      index,
      shape,
      dtype,
      local,
      global,
      range: this.range(),
      used: this.used(),
      saturated,
      channels: this.channels,
      deadChannels: dead.count,
      biasShift,
      weightSqnr,
      weightSpread,
      rescaled: this.affine !== undefined,
      cause,
    };
  }

  /** `layer`, the `result` of this probe, with its histograms. */
  withHistograms(layer: LayerComparison): LayerComparison {
    return { ...layer, activations: this.histogram?.result(), weights: this.weights?.histogram };
  }

  /** Real numbers of the lowest and the highest code; undefined for outputs that are not 8-bit. */
  private range(): { low: number; high: number } | undefined {
    const { quantization, dtype } = this.pair.output;
    if (!quantization || (dtype !== 'int8' && dtype !== 'uint8')) return undefined;
    const { min, max } = codeRange(dtype);
    const [scale, zeroPoint] = [quantization.scale[0], quantization.zeroPoint[0]];
    return { low: scale * (min - zeroPoint), high: scale * (max - zeroPoint) };
  }

  /** Smallest and largest float value, on the scale of the quantized layer. */
  private used(): { low: number; high: number } {
    const at = (values: Float64Array) => Array.from(values, (value, c) => this.inQuantizedScale(value, c));
    return { low: Math.min(...at(this.channelMin)), high: Math.max(...at(this.channelMax)) };
  }

  private inQuantizedScale(value: number, channel: number): number {
    return this.affine ? (value - this.affine.offset[channel]) / this.affine.gain[channel] : value;
  }

  /** Adds float values to the histogram, and the errors that clipping and rounding them to the output's codes makes, in float scale. */
  private count(float: Float32Array): void {
    const { channels, histogram, affine } = this;
    const range = this.range();
    const { scale: [scale] = [1], zeroPoint: [zeroPoint] = [0] } = this.pair.output.quantization ?? {};
    const { low, high } = range ?? { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
    let [clipped, clippingNoise, roundingNoise] = [0, 0, 0];
    for (let i = 0, c = 0; i < float.length; i++, c = c + 1 === channels ? 0 : c + 1) {
      const gain = affine ? affine.gain[c] : 1;
      const value = affine ? (float[i] - affine.offset[c]) / gain : float[i];
      histogram?.add(value);
      if (value > high + scale / 2 || value < low - scale / 2) {
        clipped++;
        clippingNoise += (gain * (value > high ? value - high : low - value)) ** 2;
      } else if (range) roundingNoise += (gain * ((quantizedBound(value, scale, zeroPoint) - zeroPoint) * scale - value)) ** 2;
    }
    this.clipped += clipped;
    this.clippingNoise += clippingNoise;
    this.roundingNoise += roundingNoise;
    this.values += float.length;
  }

  /** Noise of clipping and of rounding the exact output, over the local noise; see `Symptoms`. */
  private noiseShares(): { clippingNoise: number; roundingNoise: number } {
    const { noise } = this.local;
    return noise > 0
      ? { clippingNoise: this.clippingNoise / noise, roundingNoise: this.roundingNoise / noise }
      : { clippingNoise: 0, roundingNoise: 0 };
  }

  /** Width of the output's range over that of 99.98 % of the values and over that of the median channel; 1 where there is no range. */
  private rangeUse(): { rangeExcess: number; channelExcess: number } {
    const range = this.range();
    if (!range) return { rangeExcess: 1, channelExcess: 1 };
    const width = range.high - range.low;
    const used = Array.from(this.channelMin, (low, c) => this.inQuantizedScale(this.channelMax[c], c) - this.inQuantizedScale(low, c));
    const channel = median(used.filter((value) => value > 0));
    const central = this.histogram!.centralWidth(tail);
    return { rangeExcess: central > 0 ? width / central : 1, channelExcess: channel > 0 ? width / channel : 1 };
  }

  /**
   * Noise of quantized weights over the local noise. The output is linear in the weights, so that its noise-to-signal ratio by weights is
   * about that of the weights: noise = sum f^2 * 10^(-weight SQNR / 10).
   */
  private weightSymptoms(): Symptoms['weights'] {
    if (!this.weights || this.local.noise <= 0) return undefined;
    const { sqnr, spread, crestFactor } = this.weights;
    return { noise: (this.local.signal * 10 ** (-sqnr / 10)) / this.local.noise, spread, crestFactor };
  }
}

/** gain * value + offset per channel, in place. */
function undoScaling(values: Float32Array, affine: ChannelAffine | undefined): Float32Array {
  if (!affine) return values;
  const { gain, offset } = affine;
  for (let i = 0; i < values.length; i++) values[i] = gain[i % gain.length] * values[i] + offset[i % gain.length];
  return values;
}
