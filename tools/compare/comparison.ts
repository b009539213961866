// Owns the result of comparing a float network with its quantized form, as plain data that survives JSON.
import type { Provenance } from '../model/provenance';
import type { Classification, Interval, TaskComparison } from './figures';

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
  /** Of networks whose one output are scores of classes. */
  readonly classification?: Classification;
  /** Of all other networks, what each head is for. */
  readonly heads: readonly TaskComparison[];
  /** Without indices and lists of objects. Empty where one network ends in SOFTMAX and the other in logits. */
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
