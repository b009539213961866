// Owns what a comparison of a float network with its quantized form says: plain data that survives JSON.
import type { Provenance } from '../model/provenance';

/** One of the two networks. */
export interface ModelFacts {
  /** Path as given, or the graph's name. */
  readonly name: string;
  /** Size of the file; absent where the network did not come from one. */
  readonly bytes?: number;
  readonly sha256?: string;
  /** Median of the runs on the dataset, one thread, preprocessing apart. */
  readonly milliseconds: number;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Samples by whether float (first) and quantized (second) are right. Everything about a drop follows from these four. */
export interface PairedCounts {
  readonly both: number;
  readonly floatOnly: number;
  readonly quantizedOnly: number;
  readonly neither: number;
}

/** One accuracy of both networks; shares of the labelled samples, 0..1. */
export interface PairedAccuracy {
  readonly counts: PairedCounts;
  readonly float: number;
  readonly quantized: number;
  /** float - quantized, and its 95 % confidence interval. */
  readonly drop: number;
  readonly interval: Interval;
}

/** A sample whose best class is another after quantization. Scores are the outputs' real numbers. */
export interface ChangedSample {
  readonly name: string;
  readonly picture?: string;
  /** Right class, where it is known, as an output index. */
  readonly label?: number;
  readonly float: { readonly class: number; readonly score: number };
  readonly quantized: { readonly class: number; readonly score: number };
}

/** Of classifiers only. */
export interface Classification {
  readonly classes: number;
  readonly labelled: number;
  /** Added to the dataset's labels to get output indices; 1 for outputs whose class 0 is 'background'. */
  readonly labelOffset: number;
  /** Absent where no sample has a label; top5 also below 6 classes. */
  readonly top1?: PairedAccuracy;
  readonly top5?: PairedAccuracy;
  /** Share of all samples with the same best class, 0..1, and its 95 % confidence interval. */
  readonly agreement: number;
  readonly agreementInterval: Interval;
  /** How many changed; `changed` holds the first of them. */
  readonly changes: number;
  readonly changed: readonly ChangedSample[];
}

/** How far the quantized values are from the float ones. */
export interface ErrorFigures {
  /** Signal to quantization noise, 10 log10(sum f^2 / sum (q - f)^2), in dB, kept within -150..150. */
  readonly sqnr: number;
  /** Of the angle between both, -1..1. */
  readonly cosine: number;
  readonly maxAbs: number;
}

export interface OutputComparison extends ErrorFigures {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Counts of equal bins over [min, max]; values beyond are in the outermost bins. */
export interface Histogram {
  readonly min: number;
  readonly max: number;
  readonly counts: readonly number[];
}

export type CauseName =
  | 'healthy'
  | 'dead channels'
  | 'bias shift'
  | 'saturation'
  | 'clipped logits'
  | 'range outlier'
  | 'channel spread'
  | 'weight spread'
  | 'weight outlier'
  | 'weight rounding'
  | 'activation rounding'
  | 'shared range'
  | 'quantized input'
  | 'earlier layers';

/** The most probable reason of a layer's error, the figures that speak for it, and what to try. */
export interface Cause {
  readonly name: CauseName;
  readonly evidence: string;
  /** Option of `zeropoint quantize` to try, as `--observer percentile`; absent where nothing is to be done here. */
  readonly option?: string;
}

/** Shares are 0..1. Everything is measured on `layerSamples` samples. */
export interface LayerComparison {
  /** Name of the layer's output, in both graphs. */
  readonly name: string;
  readonly type: string;
  /** Place in the quantized network's execution order. */
  readonly index: number;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** The layer alone, on the float input quantized: what the layer itself adds. Absent where an input has no float counterpart. */
  readonly local?: ErrorFigures;
  /** In the running network: all errors so far. Absent where the runtime does not keep the value. */
  readonly global?: ErrorFigures;
  /** Real range that the output's codes span, and the range that float used. */
  readonly range?: Interval;
  readonly used: Interval;
  /** Share of the float values beyond the range. */
  readonly saturated: number;
  /** Channels, and those whose output, of the layer alone, never changes although the float one does. */
  readonly channels: number;
  readonly deadChannels: number;
  /** Share of the local error that is a constant shift per channel. */
  readonly biasShift?: number;
  /** Weights only: signal to noise in dB; and the ratio of the widest channel's range to the median one's, where one scale serves all. */
  readonly weightSqnr?: number;
  readonly weightSpread?: number;
  /** The channels were scaled by equalization, which the figures take back. */
  readonly rescaled: boolean;
  readonly cause: Cause;
  /** Of the worst layers: float output in the quantized layer's scale; float weights in codes before rounding, per channel. */
  readonly activations?: Histogram;
  readonly weights?: Histogram & { readonly low: number; readonly high: number };
}

export interface Comparison {
  readonly format: 'zeropoint comparison';
  readonly version: 1;
  readonly float: ModelFacts;
  readonly quantized: ModelFacts;
  readonly data: {
    readonly samples: number;
    readonly sha256?: string;
    readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  };
  readonly classification?: Classification;
  readonly outputs: readonly OutputComparison[];
  /** Worst first by their own error. */
  readonly layers: readonly LayerComparison[];
  readonly layerSamples: number;
  /** How layers of both graphs were paired, and the quantized layers without a partner. */
  readonly matched: 'names' | 'order';
  readonly unmatched: readonly string[];
  /** What the quantizer wrote into the file about itself. */
  readonly settings?: Provenance;
  /** Class names by output index. */
  readonly labels?: readonly string[];
}
