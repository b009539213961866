// Owns the figures of networks by their tasks, as plain data that survives JSON.
import type { WorstSample } from './tasks/worst';

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

/** A figure and its 95 % bootstrap interval over samples; without one below 2 samples. */
export interface Estimate {
  readonly value: number;
  readonly interval?: Interval;
}

/** A figure of both networks on the same labelled samples. */
export interface PairedEstimate {
  readonly float: number;
  readonly quantized: number;
  /** float - quantized, and its 95 % interval by resampling both together. */
  readonly drop: number;
  readonly interval?: Interval;
}

interface HeadFacts {
  /** Name of the head's first output. */
  readonly name: string;
  /** Those on which the networks differ most, by the figure of the single sample; the worst first. */
  readonly worst: readonly WorstSample[];
}

/** Objects of a detector. Boxes count from a score of 0.25. */
export interface DetectorComparison extends HeadFacts {
  readonly task: 'detector';
  readonly floatBoxes: number;
  readonly quantizedBoxes: number;
  /** Pairs of boxes of one class that overlap by IoU 0.5 or more. */
  readonly matchedBoxes: number;
  /** matchedBoxes / floatBoxes; NaN without boxes. Samples: matched / (matched + half of the others), F1. */
  readonly found: Estimate;
  /** Mean IoU of the pairs. */
  readonly iou: Estimate;
  /** Mean |score - score| of the pairs. */
  readonly scoreDifference: Estimate;
  /** Against labels; COCO's mean average precision. */
  readonly labelled?: {
    readonly samples: number;
    readonly objects: number;
    /** At IoU 0.5, and the mean over 0.5 to 0.95. */
    readonly ap50: PairedEstimate;
    readonly ap: PairedEstimate;
    /** Labelled classes that the network does not have; their objects are left out. */
    readonly unknown: readonly string[];
  };
}

/** Shares of one class over all pixels: intersection over union. */
export interface ClassOverlap {
  readonly class: number;
  readonly iou: number;
}

/** Classes of pixels. Samples: mean IoU of the sample. */
export interface SegmenterComparison extends HeadFacts {
  readonly task: 'segmenter';
  /** Mean over the classes that occur of intersection over union of both networks' pixels. */
  readonly meanIou: Estimate;
  /** Share of pixels with the same class. */
  readonly pixels: Estimate;
  /** The worst first. */
  readonly classes: readonly ClassOverlap[];
  /** Against label pictures. */
  readonly labelled?: { readonly samples: number; readonly meanIou: PairedEstimate; readonly pixels: PairedEstimate };
}

/** Landmarks. Samples: normalized mean error. */
export interface LandmarksComparison extends HeadFacts {
  readonly task: 'landmarks';
  /** What distances are divided by: the distance of the outer corners of the eyes, or the diagonal of the box around all landmarks. */
  readonly normalizedBy: 'inter-ocular distance' | 'box diagonal';
  readonly points: number;
  /** Mean distance of float and quantized landmarks over the float ones' normalizer. */
  readonly error: Estimate;
  /** Against labelled points, whose normalizer it is; `drop`, float less quantized, is negative where quantization costs. */
  readonly labelled?: { readonly samples: number; readonly error: PairedEstimate };
}

/** People. Samples: mean object keypoint similarity. */
export interface PoseComparison extends HeadFacts {
  readonly task: 'pose';
  readonly floatPeople: number;
  readonly quantizedPeople: number;
  /** Mean object keypoint similarity of the float network's people and the quantized one's; 0 for those that are not found again. */
  readonly similarity: Estimate;
  /** Mean |score - score| of the keypoints of pairs. */
  readonly scoreDifference: Estimate;
  /** Against COCO's keypoints. Of networks for one person, the largest labelled one of a picture counts, and others are ignored. */
  readonly labelled?: {
    readonly samples: number;
    /** Labelled people that count. */
    readonly people: number;
    /** COCO's average precision of keypoints, at OKS 0.5 and the mean over 0.5 to 0.95. */
    readonly ap50: PairedEstimate;
    readonly ap: PairedEstimate;
    /** Mean OKS of labelled people with those found, scores from 0.2; 0 for those that are not found. */
    readonly similarity: PairedEstimate;
  };
}

/** Embeddings. Samples: cosine. */
export interface EmbedderComparison extends HeadFacts {
  readonly task: 'embedder';
  readonly size: number;
  readonly cosine: Estimate;
  readonly lowest: number;
  /** Float embeddings of the first samples as queries: the share whose nearest quantized one is that of the same sample. */
  readonly retrieval: { readonly samples: number; readonly share: number; readonly interval: Interval };
}

/** Other real numbers. Samples: mean |q - f|. */
export interface RegressorComparison extends HeadFacts {
  readonly task: 'regressor';
  readonly shape: readonly number[];
  /** In dB, clamped to [-150, 150]. */
  readonly sqnr: Estimate;
  /** Mean |q - f|, in the output's unit. */
  readonly error: Estimate;
  /** Root of the mean of f^2, to compare with. */
  readonly magnitude: number;
}

/** A classifier beside other heads. Samples: 0, their classes differ. */
export interface ClassifierComparison {
  readonly task: 'classifier';
  readonly name: string;
  readonly classification: Classification;
}

export type TaskComparison =
  | DetectorComparison
  | SegmenterComparison
  | LandmarksComparison
  | PoseComparison
  | EmbedderComparison
  | RegressorComparison
  | ClassifierComparison;
