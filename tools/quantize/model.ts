// Owns quantizing a whole network: the order of the accuracy modules, their inputs, and the provenance in the file.
import { ModelError } from 'zeropoint';
import type { Graph, Metadata, OptionNames, TensorData } from 'zeropoint/graph';
import type { Preprocessing } from 'zeropoint/image';
import { writeModel } from 'zeropoint/tflite';
import { type CollectOptions, collectRanges } from '../calibrate/collect';
import type { Ranges } from '../calibrate/ranges';
import type { CalibrationSettings } from '../calibrate/settings';
import { collectStatistics, type Statistics } from '../calibrate/statistics';
import type { Samples } from '../dataset/dataset';
import { hashGraph } from '../hash';
import { memberOf } from '../json';
import { loadFloat } from '../model/float-model';
import { provenanceEntry, type Rescaled } from '../model/provenance';
import { ownProperties, readOptions } from '../options';
import { countSteps, type Step } from '../steps';
import { buildQuantized } from './build/build';
import { type SchemeSettings, schemeOf, schemeSettings } from './build/scheme';
import type { WeightMethod } from './build/weights';
import { limitDeadChannels } from './equalize/dead-channels';
import { withLogitRanges } from './logit-ranges';
import { prepareFloat } from './prepare';
import { refine } from './refine/refine';
import { type Candidate, chooseScaling, scalingRuns, withScaling } from './scaling';
import { skippedNodes } from './skip';

/** Settings of quantization that the file records; `defaultSettings` and `schemeSettings` have the defaults. */
export interface QuantizeSettings {
  readonly scheme?: Partial<SchemeSettings>;
  readonly calibration?: CalibrationSettings;
  readonly weights?: WeightMethod;
  /** Limit dead channels, scale channels and absorb biases where a trial gains from it. */
  readonly equalize?: boolean;
  /** Give the outputs of each layer the mean of the float layer's. */
  readonly biasCorrection?: boolean;
  /** Choose the ranges of logits by the divergence of the probabilities after SOFTMAX. */
  readonly logitRanges?: boolean;
  /** Refit the weights of each layer to its inputs in the quantized network. */
  readonly refit?: boolean;
  /** Choose weight codes by the error of the layer's outputs instead of rounding each weight to the nearest code. */
  readonly round?: boolean;
  /** Number of samples for every module but the observer, which takes all; they are held in memory. */
  readonly refineSamples?: number;
  /** Globs (* and ?) for names of outputs or operators whose nodes stay float. */
  readonly skip?: readonly string[];
}

export type Stage = 'prepare' | 'calibrate' | 'refine' | 'judge' | 'search';

export interface QuantizeOptions extends QuantizeSettings {
  /**
   * Ranges from a calibration of this network, used instead of observing the samples. Values that equalization changes are observed again.
   */
  readonly ranges?: Ranges;
  /** SHA-256 of the float model's file, for the provenance; default: a hash of the graph. */
  readonly modelHash?: string;
  readonly onProgress?: (stage: Stage, done: number, total: number | undefined) => void;
  readonly signal?: AbortSignal;
}

export const quantizeOptionNames: OptionNames<QuantizeOptions> = {
  scheme: 1,
  calibration: 1,
  weights: 1,
  equalize: 1,
  biasCorrection: 1,
  logitRanges: 1,
  refit: 1,
  round: 1,
  refineSamples: 1,
  skip: 1,
  ranges: 1,
  modelHash: 1,
  onProgress: 1,
  signal: 1,
};

export interface Quantized {
  /** The `.tflite` file. */
  readonly bytes: Uint8Array;
  readonly graph: Graph;
  /** Ranges of the activations, by value name. */
  readonly ranges: Ranges;
  /** Names of the first outputs of nodes that have an 8-bit form but stayed float. */
  readonly skipped: readonly string[];
}

/** The settings with the least loss of top-1 over the networks of bench/quantization.ts. */
export const defaultSettings = {
  calibration: { observer: 'mse' },
  weights: 'min-max',
  equalize: true,
  biasCorrection: true,
  logitRanges: true,
  refit: true,
  round: true,
  refineSamples: 64,
} as const satisfies QuantizeSettings;

/** A calibrated float network; `quantizeCalibrated` can take it several times, with other nodes skipped. */
export interface Calibrated {
  /** Prepared and, where chosen, equalized. */
  readonly float: Graph;
  readonly ranges: Ranges;
  readonly samples: readonly (readonly TensorData[])[];
  readonly statistics: Statistics;
  readonly rescaled: Rescaled;
}

/** All settings but `skip`, with defaults. */
type CompleteSettings = Required<Omit<QuantizeSettings, 'scheme' | 'skip'>> & { readonly scheme: SchemeSettings };

function complete(settings: QuantizeSettings): CompleteSettings {
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
  return { ...defaultSettings, ...given, scheme: schemeSettings(settings.scheme) };
}

/** Prepares, equalizes and calibrates a float network. @throws ModelError; the signal's reason when aborted */
export async function calibrate(graph: Graph, dataset: Samples, given: QuantizeOptions = {}): Promise<Calibrated> {
  const options = ownProperties(given);
  const chosen = complete(options);
  const { signal, onProgress } = options;
  const prepared = prepareFloat(graph);
  const needsSamples = chosen.equalize || chosen.biasCorrection || chosen.refit || chosen.round || chosen.logitRanges;
  const step = preparationSteps(dataset, chosen, options);
  const samples = needsSamples ? await takeSamples(dataset, chosen.refineSamples, step) : [];
  const scheme = schemeOf(chosen.scheme);
  const unscaled: Candidate = { float: prepared, statistics: await collectStatistics(prepared, samples, step) };
  if (chosen.equalize) limitDeadChannels(prepared, unscaled.statistics, scheme.weights);
  const scaling = chosen.equalize ? await chooseScaling(prepared, samples, scheme, chosen, step) : 'off';
  const { float, statistics, scaled, shifted } = await withScaling(unscaled, scaling, samples, scheme, step);
  const changed = new Set([...scaled, ...shifted]);
  const rescaled = { scaled: [...scaled], shifted: [...shifted] };
  const { ranges } = options;
  const isReusable = ranges && [...changed].every((name) => memberOf(ranges.tensors, name) === undefined);
  if (ranges && isReusable) return { float, ranges, samples, statistics, rescaled };
  const collect: CollectOptions = {
    modelHash: options.modelHash ?? hashGraph(graph),
    signal,
    onProgress: (done, total) => onProgress?.('calibrate', done, total),
  };
  const settings = ranges?.settings ?? chosen.calibration;
  const model = loadFloat(float);
  const collected = await collectRanges(model, dataset, settings, collect);
  model.dispose();
  const { dtype } = scheme.activations;
  const found = chosen.logitRanges ? withLogitRanges(float, collected.tensors, samples, dtype) : collected.tensors;
  const kept = Object.entries(ranges?.tensors ?? {}).filter(([name]) => !changed.has(name));
  const tensors = { ...found, ...Object.fromEntries(kept) };
  return { float, ranges: { ...collected, tensors }, samples, statistics, rescaled };
}

/** Progress of the stage `prepare`: one step per sample read and per run of a sample, with the upper bound for equalization as total. */
function preparationSteps(dataset: Samples, { refineSamples, equalize }: CompleteSettings, { onProgress, signal }: QuantizeOptions): Step {
  const read = dataset.size ?? refineSamples;
  const taken = Math.min(read, refineSamples);
  const runs = taken + (equalize ? 2 * taken + scalingRuns(taken) : 0);
  return countSteps(read + runs, { onProgress: (done, total) => onProgress?.('prepare', done, total), signal });
}

/** Quantizes a calibrated network. `options` are those of `calibrate`; `skip` may differ. */
export async function quantizeCalibrated(calibrated: Calibrated, given: QuantizeOptions = {}): Promise<Quantized> {
  const options = ownProperties(given);
  const chosen = complete(options);
  const { float, ranges, samples, statistics, rescaled } = calibrated;
  const skip = skippedNodes(float, options.skip ?? []);
  const draft = buildQuantized(float, ranges.tensors, { scheme: schemeOf(chosen.scheme), weights: chosen.weights, skip });
  if (chosen.biasCorrection || chosen.refit || chosen.round) {
    await refine(draft, float, statistics, samples, {
      biasCorrection: chosen.biasCorrection,
      refit: chosen.refit,
      round: chosen.round,
      signal: options.signal,
      onProgress: (done, total) => options.onProgress?.('refine', done, total),
    });
  }
  const skipped = [...skip].map((node) => node.outputs[0].name);
  const graph = { ...draft.graph, metadata: withProvenance(draft.graph.metadata, chosen, { ranges, skipped, rescaled }) };
  return { bytes: writeModel(graph), graph, ranges, skipped };
}

/**
 * Quantizes a float network to a `.tflite` file. `dataset` gives samples of the network's inputs; the same settings and samples give the
 * same bytes.
 * @throws ModelError; the signal's reason when aborted
 */
export async function quantizeModel(graph: Graph, dataset: Samples, options: QuantizeOptions = {}): Promise<Quantized> {
  const own = readOptions(options, quantizeOptionNames, 'quantizeModel');
  return quantizeCalibrated(await calibrate(graph, dataset, own), own);
}

/** The 8-bit graph from ranges alone, without the modules that need samples. @throws ModelError */
export function quantizeGraph(graph: Graph, ranges: Ranges, settings: Pick<QuantizeSettings, 'scheme' | 'weights' | 'skip'> = {}): Graph {
  const { scheme, weights } = complete(settings);
  const float = prepareFloat(graph);
  return buildQuantized(float, ranges.tensors, { scheme: schemeOf(scheme), weights, skip: skippedNodes(float, settings.skip ?? []) }).graph;
}

function withProvenance(
  metadata: readonly Metadata[],
  chosen: CompleteSettings,
  { ranges, skipped, rescaled }: Pick<Quantized, 'ranges' | 'skipped'> & { readonly rescaled: Rescaled },
): Metadata[] {
  const { scheme, calibration: _, ...modules } = chosen;
  const entry = provenanceEntry({
    preprocessing: asReals(ranges.settings.preprocessing),
    calibration: { model: ranges.model, data: ranges.data, samples: ranges.samples, settings: ranges.settings },
    settings: { ...modules, scheme, skip: skipped },
    rescaled,
  });
  return [...metadata.filter(({ name }) => name !== entry.name), entry];
}

/** Calibration was done on normalized numbers, so a quantized input takes their codes and not the pixels themselves. */
function asReals(preprocessing: Preprocessing | undefined): Preprocessing | undefined {
  return preprocessing && { ...preprocessing, quantized: 'normalized' };
}

/** Copies of the first `count` samples, or of evenly spaced ones where the dataset's size is known. */
async function takeSamples(dataset: Samples, count: number, step: Step): Promise<TensorData[][]> {
  const stride = Math.max(1, Math.floor((dataset.size ?? count) / count));
  const taken: TensorData[][] = [];
  let position = 0;
  for await (const { inputs } of dataset) {
    if (position++ % stride === 0) taken.push(inputs.map((data) => data.slice()));
    await step();
    if (taken.length === count) break;
  }
  if (taken.length === 0) throw new ModelError('bad-data', 'the dataset has no samples; calibration needs at least one');
  return taken;
}
