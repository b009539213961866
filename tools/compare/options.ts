// Owns the options of comparisons, and the progress that they report.
import type { OptionNames } from 'zeropoint/graph';
import type { Preprocessing } from 'zeropoint/image';
import type { Annotations } from '../dataset/annotations/annotations';
import type { TaskKind } from '../model/tasks';

export interface CompareOptions {
  /** Class names by output index. */
  labels?: readonly string[];
  /** What the network is for; default: recognized by its outputs and operators, each output for itself. */
  task?: TaskKind;
  /** How pictures became inputs, so that results are in pixels of the picture. */
  preprocessing?: Preprocessing;
  /** Boxes of objects, or classes of pixels, of the samples' pictures; `openAnnotations` reads them. */
  annotations?: Annotations;
  /** Output index = label + labelOffset. Default: 1 for 1001 classes, of which 'background' is the first, else 0. */
  labelOffset?: number;
  /** Number of first samples that layers are compared on; default 16. */
  layerSamples?: number;
  /** How reports call the networks; default: the names of their graphs. */
  names?: { float: string; quantized: string };
  /** Size and SHA-256 of the float network's file. */
  floatFile?: { bytes: number; sha256: string };
  /** Called after every sample, and after every run of the layers' samples. */
  onProgress?: (progress: CompareProgress) => void;
  /** Aborts the comparison between two samples; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
}

export const compareOptionNames: OptionNames<CompareOptions> = {
  labels: 1,
  task: 1,
  preprocessing: 1,
  annotations: 1,
  labelOffset: 1,
  layerSamples: 1,
  names: 1,
  floatFile: 1,
  onProgress: 1,
  signal: 1,
};

export interface CompareProgress {
  readonly stage: 'samples' | 'layers';
  readonly done: number;
  readonly total: number;
}
