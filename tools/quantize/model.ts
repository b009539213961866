// Owns quantizing a whole network: the order of the accuracy modules, what each of them gets, and what the file says of it.
import { ModelError } from 'zeropoint';
import { checkOptionNames, copyGraph, type Graph, type Metadata, type OptionNames, type TensorData } from 'zeropoint/graph';
import type { Preprocessing } from 'zeropoint/image';
import { writeModel } from 'zeropoint/tflite';
import { type CollectOptions, collectRanges } from '../calibrate/collect';
import type { CalibrationSettings, Ranges } from '../calibrate/ranges';
import type { Samples } from '../dataset/dataset';
import { hashGraph } from '../hash';
import { loadFloat } from '../model/float-model';
import { provenanceEntry, type Rescaled } from '../model/provenance';
import { countSteps, type Step } from '../steps';
import { buildQuantized, type QuantizedDraft } from './build/build';
import type { WeightMethod } from './build/weights';
import { limitDeadChannels } from './equalize/dead-channels';
import { chooseScaling, type Plain, scalingRuns, withScaling } from './equalize/scaling';
import { withLogitRanges } from './logit-ranges';
import { prepareFloat } from './prepare';
import { refine } from './refine/refine';
import { checkScheme, defaultScheme, type Scheme } from './scheme';
import { skippedNodes } from './skip';
import { collectStatistics, type Statistics } from './statistics';

/** What quantization may do; every member has a default. */
export interface QuantizeSettings {
  readonly scheme?: Partial<Scheme>;
  readonly calibration?: CalibrationSettings;
  readonly weights?: WeightMethod;
  readonly equalize?: boolean;
  readonly biasCorrection?: boolean;
  /** Choose the range of what a SOFTMAX reads by the probabilities. */
  readonly logitRanges?: boolean;
  /** Refit weights to the errors that earlier layers leave in their inputs. */
  readonly refit?: boolean;
  readonly round?: boolean;
  /** Samples that every module but the observer looks at; default 64. They are held in memory. */
  readonly refineSamples?: number;
  /** Names of outputs or operators, with * and ?, whose layers stay float. */
  readonly skip?: readonly string[];
}

export type Stage = 'prepare' | 'calibrate' | 'refine' | 'judge' | 'search';

export interface QuantizeOptions extends QuantizeSettings {
  /** Ranges from a calibration of this network, instead of observing the samples. Tensors that equalization scales are observed anew. */
  readonly ranges?: Ranges;
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
  /** Ranges that activations were quantized by, by value name. */
  readonly ranges: Ranges;
  /** Names of the layers with an 8-bit form that stayed float. */
  readonly skipped: readonly string[];
}

/** What measured best; see bench/quantization.ts. */
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

/** A float network with everything that quantizing it again with other nodes skipped has in common. */
export interface Calibrated {
  /** Prepared and equalized. */
  readonly float: Graph;
  readonly ranges: Ranges;
  readonly samples: readonly (readonly TensorData[])[];
  readonly statistics: Statistics;
  readonly rescaled: Rescaled;
}

/** Every member but skip, with defaults filled in. */
type Chosen = Required<Omit<QuantizeSettings, 'scheme' | 'skip'>> & { readonly scheme: Scheme };

function choose(settings: QuantizeSettings): Chosen {
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
  return { ...defaultSettings, ...given, scheme: defaultScheme(settings.scheme) };
}

/** Everything up to the ranges. @throws ModelError; the signal's reason when aborted */
export async function calibrate(graph: Graph, dataset: Samples, options: QuantizeOptions = {}): Promise<Calibrated> {
  const chosen = choose(options);
  const { signal, onProgress } = options;
  const prepared = prepareFloat(graph);
  const needsSamples = chosen.equalize || chosen.biasCorrection || chosen.refit || chosen.round || chosen.logitRanges;
  const step = preparationSteps(dataset, chosen, options);
  const samples = needsSamples ? await takeSamples(dataset, chosen.refineSamples, step) : [];
  const plain: Plain = { float: prepared, statistics: await collectStatistics(prepared, samples, step) };
  if (chosen.equalize) limitDeadChannels(prepared, plain.statistics, chosen.scheme.name);
  const scaling = chosen.equalize ? await chooseScaling(prepared, samples, chosen, step) : 'off';
  const { float, statistics, scaled, shifted } = await withScaling(plain, scaling, samples, chosen.scheme, step);
  const changed = new Set([...scaled, ...shifted]);
  const rescaled = { scaled: [...scaled], shifted: [...shifted] };
  const given = options.ranges;
  const reusable = given && [...changed].every((name) => !(name in given.tensors));
  if (given && reusable) return { float, ranges: given, samples, statistics, rescaled };
  const collect: CollectOptions = {
    modelHash: options.modelHash ?? hashGraph(graph),
    signal,
    onProgress: (done, total) => onProgress?.('calibrate', done, total),
  };
  const settings = given?.settings ?? chosen.calibration;
  const model = loadFloat(copyGraph(float));
  const collected = await collectRanges(model, dataset, settings, collect);
  model.dispose();
  const chosenRanges = chosen.logitRanges ? withLogitRanges(float, collected.tensors, samples, chosen.scheme.name) : collected.tensors;
  const kept = Object.entries(given?.tensors ?? {}).filter(([name]) => !changed.has(name));
  const tensors = { ...chosenRanges, ...Object.fromEntries(kept) };
  return { float, ranges: { ...collected, tensors }, samples, statistics, rescaled };
}

/** Steps before the calibration: samples walked over, then runs of single samples, as many as equalization can take. */
function preparationSteps(dataset: Samples, { refineSamples, equalize }: Chosen, { onProgress, signal }: QuantizeOptions): Step {
  const walked = dataset.size ?? refineSamples;
  const taken = Math.min(walked, refineSamples);
  const runs = taken + (equalize ? 2 * taken + scalingRuns(taken) : 0);
  return countSteps(walked + runs, { onProgress: (done, total) => onProgress?.('prepare', done, total), signal });
}

/** From ranges to the file. `skip` as in the settings. */
export async function quantizeCalibrated(calibrated: Calibrated, options: QuantizeOptions = {}): Promise<Quantized> {
  const chosen = choose(options);
  const { float, ranges, samples, statistics, rescaled } = calibrated;
  const skip = skippedNodes(float, options.skip ?? []);
  const draft: QuantizedDraft = buildQuantized(float, ranges.tensors, { scheme: chosen.scheme, weights: chosen.weights, skip });
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
 * A float network as a quantized `.tflite`. `dataset` gives samples for the network's inputs; the same settings and samples give the
 * same bytes.
 * @throws ModelError; the signal's reason when aborted
 */
export async function quantizeModel(graph: Graph, dataset: Samples, options: QuantizeOptions = {}): Promise<Quantized> {
  checkOptionNames<QuantizeOptions>(options, quantizeOptionNames, 'quantizeModel');
  checkScheme(options.scheme);
  return quantizeCalibrated(await calibrate(graph, dataset, options), options);
}

/** The 8-bit graph by ranges alone, without any of the modules that need samples. */
export function quantizeGraph(graph: Graph, ranges: Ranges, settings: Pick<QuantizeSettings, 'scheme' | 'weights' | 'skip'> = {}): Graph {
  const { scheme, weights } = choose(settings);
  const float = prepareFloat(graph);
  return buildQuantized(float, ranges.tensors, { scheme, weights, skip: skippedNodes(float, settings.skip ?? []) }).graph;
}

function withProvenance(
  metadata: readonly Metadata[],
  chosen: Chosen,
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

/** Calibration saw real numbers: codes of pictures are to be those of the same numbers, not the pixels. */
function asReals(preprocessing: Preprocessing | undefined): Preprocessing | undefined {
  return preprocessing && { ...preprocessing, quantized: 'normalized' };
}

/** Copies of `count` samples, evenly spread where the dataset knows its size. */
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
