// Owns the result of comparing a float network with its quantized form, as plain data that survives JSON.
import type { Provenance } from '../model/provenance';

/** One of the two networks. */
export interface ModelFacts {
  /** Path as given, or the graph's name. */
  readonly name: string;
  /** Size of the file; absent where the network did not come from one. */
  readonly bytes?: number;
  /** Hexadecimal. */
  readonly sha256?: string;
  /** Median latency of one inference over the dataset, in milliseconds, on one thread, without preprocessing. */
  readonly milliseconds: number;
}

/** Closed interval [low, high]. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Contingency table of paired outcomes: numbers of labelled samples that both networks, only one of them, or neither classify
 * correctly. Both accuracies, their difference and its confidence interval follow from these four counts.
 */
export interface PairedCounts {
  readonly both: number;
  readonly floatOnly: number;
  readonly quantizedOnly: number;
  readonly neither: number;
}

/** One accuracy (top-1 or top-5) of both networks, each as a share of the labelled samples, in [0, 1]. */
export interface PairedAccuracy {
  readonly counts: PairedCounts;
  readonly float: number;
  readonly quantized: number;
  /** float - quantized, in [-1, 1], and its 95 % confidence interval. */
  readonly drop: number;
  readonly interval: Interval;
}

/** A sample whose top-1 class differs between the networks. Scores are the outputs' real numbers. */
export interface ChangedSample {
  readonly name: string;
  /** Path of the picture. */
  readonly picture?: string;
  /** Correct class as an output index; absent for samples without a label. */
  readonly label?: number;
  readonly float: { readonly class: number; readonly score: number };
  readonly quantized: { readonly class: number; readonly score: number };
}

/** Accuracy and agreement; of classifiers only. */
export interface Classification {
  /** Number of classes. */
  readonly classes: number;
  /** Number of samples with a label. */
  readonly labelled: number;
  /** Output index = label + labelOffset; 1 for networks whose output 0 is 'background'. */
  readonly labelOffset: number;
  /** Absent without labelled samples; `top5` also with fewer than 6 classes, where it would be 1. */
  readonly top1?: PairedAccuracy;
  readonly top5?: PairedAccuracy;
  /** Share of all samples with the same top-1 class in both networks, in [0, 1], and its 95 % confidence interval. */
  readonly agreement: number;
  readonly agreementInterval: Interval;
  /** Number of samples whose top-1 class differs; `changed` holds the first of them in the dataset's order. */
  readonly changes: number;
  readonly changed: readonly ChangedSample[];
}

/** Distance of quantized values q from float values f, over all elements and samples. */
export interface ErrorFigures {
  /** Signal-to-quantization-noise ratio 10 log10(sum f^2 / sum (q - f)^2), in dB, clamped to [-150, 150]. */
  readonly sqnr: number;
  /** Cosine similarity sum f q / sqrt(sum f^2 sum q^2), in [-1, 1]; 1 where q = f, 0 where only one of both is all zeros. */
  readonly cosine: number;
  /** max |q - f|, in the tensor's real numbers. */
  readonly maxAbs: number;
}

export interface OutputComparison extends ErrorFigures {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Counts in bins of equal width over [min, max]; values beyond are counted in the outermost bins. */
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

/** The most probable cause of a layer's error. */
export interface Cause {
  readonly name: CauseName;
  /** The figures that led to it, as a sentence. */
  readonly evidence: string;
  /** Option of `zeropoint quantize` to try next, as `--observer percentile`; absent where no option of this layer would help. */
  readonly option?: string;
}

/** Figures of one layer over the first `layerSamples` samples. Shares are in [0, 1]. */
export interface LayerComparison {
  /** Name of the layer's output, in both graphs. */
  readonly name: string;
  /** Operator in the quantized graph. */
  readonly type: string;
  /** Index in the quantized graph's execution order. */
  readonly index: number;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** Error of the layer run in isolation, on the float network's inputs quantized. Absent where an input has no float counterpart. */
  readonly local?: ErrorFigures;
  /** Error of the layer inside the quantized network, with the errors of all layers before it. Absent where the runtime does not keep the value. */
  readonly global?: ErrorFigures;
  /** Real numbers that the output's codes represent: scale * (code - zeroPoint) of the lowest and the highest code. */
  readonly range?: Interval;
  /** Smallest and largest float value, on the scale of the quantized layer. */
  readonly used: Interval;
  /** Share of float values outside `range` by more than half a quantization step. */
  readonly saturated: number;
  /** Size of the last dimension. */
  readonly channels: number;
  /** Channels whose quantized output, in isolation, is constant although the float output varies. */
  readonly deadChannels: number;
  /** Share of the local squared error that is a constant per channel: sum_c n mean_c(e)^2 / sum e^2. */
  readonly biasShift?: number;
  /** SQNR of the weights, in dB. Layers with quantized weights only. */
  readonly weightSqnr?: number;
  /** max |w| of the widest output channel over that of the median one, at least 1. Weights with one scale per tensor only. */
  readonly weightSpread?: number;
  /** Whether equalization scaled the channels; all figures are computed after undoing it. */
  readonly rescaled: boolean;
  readonly cause: Cause;
  /** Of the layers with the lowest local SQNR only: float outputs on the scale of the quantized layer. */
  readonly activations?: Histogram;
  /** Likewise: float weights divided by their scale, before rounding; `low` and `high` are the lowest and the highest code. */
  readonly weights?: Histogram & { readonly low: number; readonly high: number };
}

export interface Comparison {
  readonly format: 'zeropoint comparison';
  readonly version: 1;
  readonly float: ModelFacts;
  readonly quantized: ModelFacts;
  /** Number and hash of the samples, and those that could not be read. */
  readonly data: {
    readonly samples: number;
    readonly sha256?: string;
    readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  };
  readonly classification?: Classification;
  /** Empty where one network ends in SOFTMAX and the other in logits. */
  readonly outputs: readonly OutputComparison[];
  /** In ascending order of local SQNR. */
  readonly layers: readonly LayerComparison[];
  /** Number of samples that layers were compared on. */
  readonly layerSamples: number;
  /** Whether layers of both graphs were paired by the names of their outputs or by their order; names of quantized layers left over. */
  readonly matched: 'names' | 'order';
  readonly unmatched: readonly string[];
  /** How the file was quantized, from its own metadata. */
  readonly settings?: Provenance;
  /** Class names by output index. */
  readonly labels?: readonly string[];
}
