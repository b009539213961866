// Owns everything measured of one layer: first how its channels relate to the float ones, then its errors and their symptoms.
import { codeRange, quantizedBound } from 'zeropoint/graph';
import { sharesQuantization } from '../model/operators';
import type { Provenance, Rescaled } from '../model/provenance';
import { diagnose } from './causes';
import type { LayerComparison } from './comparison';
import { type ChannelLines, ErrorSums } from './error-sums';
import { HistogramCounter } from './histogram';
import type { LayerPair } from './match';
import { median } from './statistics';
import { hasQuantizedWeights, type WeightFigures, weightFigures } from './weights';

/** Values at each end that a range may cut off without harm: the default percentile of the calibration is 99.99. */
const tail = 1e-4;

export class LayerProbe {
  private readonly channels: number;
  private readonly raw: ErrorSums;
  private readonly lowest: Float64Array;
  private readonly highest: Float64Array;
  private readonly local: ErrorSums;
  private readonly global: ErrorSums;
  private histogram: HistogramCounter | undefined;
  private weights: WeightFigures | undefined;
  private inputLines: ChannelLines | undefined;
  /** Float values, those beyond the range, and the squared errors that clipping and rounding the exact output would make. */
  private values = 0;
  private clipped = 0;
  private clippingNoise = 0;
  private roundingNoise = 0;
  private hasLocal = false;
  private hasGlobal = false;
  /** Where equalization scaled the channels: float = gain * quantized + offset. Known after `endFitting`. */
  lines: ChannelLines | undefined;

  /** `isLogits`: nothing but a SOFTMAX reads the output. */
  constructor(
    readonly pair: LayerPair,
    private readonly isLogits = false,
  ) {
    this.channels = Math.max(1, pair.output.shape.at(-1) ?? 1);
    this.raw = new ErrorSums(this.channels);
    this.local = new ErrorSums(this.channels);
    this.global = new ErrorSums(this.channels);
    this.lowest = new Float64Array(this.channels).fill(Number.POSITIVE_INFINITY);
    this.highest = new Float64Array(this.channels).fill(Number.NEGATIVE_INFINITY);
  }

  /** First pass: the float output, and that of the running quantized network where the runtime keeps it. */
  fit(float: Float32Array, global: Float32Array | undefined): void {
    const { channels, lowest, highest } = this;
    for (let i = 0, c = 0; i < float.length; i++, c = c + 1 === channels ? 0 : c + 1) {
      if (float[i] < lowest[c]) lowest[c] = float[i];
      if (float[i] > highest[c]) highest[c] = float[i];
    }
    if (global) this.raw.add(float, global);
  }

  /**
   * Between the passes, in the order of execution; `inputLines` are those of the layer that computes this one's input, `rescaled` what the
   * file says of its channels.
   */
  endFitting(inputLines: ChannelLines | undefined, rescaled: Rescaled | undefined): void {
    const { name } = this.pair.output;
    const shifted = rescaled?.shifted.includes(name) ?? false;
    if (!rescaled) this.lines = this.raw.channelLines();
    else if (shifted || rescaled.scaled.includes(name)) this.lines = this.raw.knownLines(shifted);
    this.inputLines = inputLines;
    const { low, high } = this.used();
    this.histogram = new HistogramCounter(Math.min(0, low), Math.max(0, high));
  }

  /** Second pass: the float output, that of the layer alone, and that of the running network; quantized values are overwritten. */
  measure(float: Float32Array, local: Float32Array | undefined, global: Float32Array | undefined): void {
    this.count(float);
    if (local) {
      this.hasLocal = true;
      this.local.add(float, toFloatScale(local, this.lines));
    }
    if (global) {
      this.hasGlobal = true;
      this.global.add(float, toFloatScale(global, this.lines));
    }
  }

  /** All figures, and what to do about them in a file made as `made` says. Histograms are left to `withHistograms`. */
  result(made: Provenance | undefined): LayerComparison {
    const { node, index, output } = this.pair;
    const local = this.hasLocal ? this.local.figures() : undefined;
    const global = this.hasGlobal ? this.global.figures() : undefined;
    const dead = this.hasLocal ? this.local.deadChannels() : { count: 0, noiseShare: 0 };
    const saturated = this.values > 0 ? this.clipped / this.values : 0;
    const biasShift = this.hasLocal ? this.local.biasShift() : undefined;
    if (hasQuantizedWeights(node) && node.type === this.pair.floatNode.type)
      this.weights = weightFigures(node, this.pair.floatNode as typeof node, this.inputLines, this.lines);
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
      made,
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
      rescaled: this.lines !== undefined,
      cause,
    };
  }

  /** `result` with the histograms of a report's closer look. */
  withHistograms(layer: LayerComparison): LayerComparison {
    return { ...layer, activations: this.histogram?.shown(), weights: this.weights?.histogram };
  }

  /** Real numbers that the output's codes span. */
  private range(): { low: number; high: number } | undefined {
    const { quantization, dtype } = this.pair.output;
    if (!quantization || (dtype !== 'int8' && dtype !== 'uint8')) return undefined;
    const { min, max } = codeRange(dtype);
    const [scale, zeroPoint] = [quantization.scale[0], quantization.zeroPoint[0]];
    return { low: scale * (min - zeroPoint), high: scale * (max - zeroPoint) };
  }

  /** Smallest and largest float value, in the scale of the quantized layer. */
  private used(): { low: number; high: number } {
    const at = (values: Float64Array) => Array.from(values, (value, c) => this.inQuantizedScale(value, c));
    return { low: Math.min(...at(this.lowest)), high: Math.max(...at(this.highest)) };
  }

  private inQuantizedScale(value: number, channel: number): number {
    return this.lines ? (value - this.lines.offset[channel]) / this.lines.gain[channel] : value;
  }

  /** Histogram, and what the output's range alone would do to the exact values. */
  private count(float: Float32Array): void {
    const { channels, histogram, lines } = this;
    const range = this.range();
    const { scale: [scale] = [1], zeroPoint: [zeroPoint] = [0] } = this.pair.output.quantization ?? {};
    const { low, high } = range ?? { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
    let [clipped, clippingNoise, roundingNoise] = [0, 0, 0];
    for (let i = 0, c = 0; i < float.length; i++, c = c + 1 === channels ? 0 : c + 1) {
      const gain = lines ? lines.gain[c] : 1;
      const value = lines ? (float[i] - lines.offset[c]) / gain : float[i];
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

  /** Estimated shares of the layer's own noise. */
  private noiseShares(): { clippingNoise: number; roundingNoise: number } {
    const { noise } = this.local;
    return noise > 0
      ? { clippingNoise: this.clippingNoise / noise, roundingNoise: this.roundingNoise / noise }
      : { clippingNoise: 0, roundingNoise: 0 };
  }

  private rangeUse(): { rangeExcess: number; channelExcess: number } {
    const range = this.range();
    if (!range) return { rangeExcess: 1, channelExcess: 1 };
    const width = range.high - range.low;
    const used = Array.from(this.lowest, (low, c) => this.inQuantizedScale(this.highest[c], c) - this.inQuantizedScale(low, c));
    const channel = median(used.filter((value) => value > 0));
    const bulk = this.histogram!.centralWidth(tail);
    return { rangeExcess: bulk > 0 ? width / bulk : 1, channelExcess: channel > 0 ? width / channel : 1 };
  }

  /** Weight noise reaches the output in the proportion in which it stands to the weights: both are multiplied by the same input. */
  private weightSymptoms(): { noise: number; spread?: number; peak: number } | undefined {
    if (!this.weights || this.local.noise <= 0) return undefined;
    const { sqnr, spread, peak } = this.weights;
    return { noise: (this.local.signal * 10 ** (-sqnr / 10)) / this.local.noise, spread, peak };
  }
}

/** Takes back the scaling of equalized channels, in place. */
function toFloatScale(values: Float32Array, lines: ChannelLines | undefined): Float32Array {
  if (!lines) return values;
  const { gain, offset } = lines;
  for (let i = 0; i < values.length; i++) values[i] = gain[i % gain.length] * values[i] + offset[i % gain.length];
  return values;
}
