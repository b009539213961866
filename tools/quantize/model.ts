// Owns quantizing a whole network: the order of the accuracy modules, what each of them gets, and what the file says of it.
import { ModelError } from '../../src/errors';
import { loadFloat } from '../../src/float';
import type { Graph, Metadata, TensorData } from '../../src/graph/graph';
import type { Preprocessing } from '../../src/image';
import { writeModel } from '../../src/tflite';
import { type CollectOptions, collectRanges } from '../calibrate/collect';
import type { CalibrationSettings, Ranges } from '../calibrate/ranges';
import type { Samples } from '../dataset/dataset';
import { hashGraph } from '../hash';
import { countSteps, type Step } from '../steps';
import { absorbBiases } from './absorb';
import { buildQuantized, type QuantizedDraft } from './build';
import { copyGraph } from './copy';
import { limitDeadChannels } from './dead-channels';
import { equalize } from './equalize';
import { prepareFloat } from './prepare';
import { provenanceEntry } from './provenance';
import { refine } from './refine';
import { defaultScheme, type Scheme } from './scheme';
import { skippedNodes } from './skip';
import { collectStatistics, type Statistics } from './statistics';
import { trialError } from './trial';
import type { WeightMethod } from './weights';

/** What quantization may do; every member has a default. */
export interface QuantizeSettings {
  readonly scheme?: Partial<Scheme>;
  readonly calibration?: CalibrationSettings;
  readonly weights?: WeightMethod;
  readonly equalize?: boolean;
  readonly biasCorrection?: boolean;
  readonly round?: boolean;
  /** Samples that equalization, bias correction and rounding look at; default 64. They are held in memory. */
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
  const needsSamples = chosen.equalize || chosen.biasCorrection || chosen.round;
  const step = preparationSteps(dataset, chosen, options);
  const samples = needsSamples ? await takeSamples(dataset, chosen.refineSamples, step) : [];
  const plain = await withoutScaling(prepared, samples, step);
  if (chosen.equalize) limitDeadChannels(prepared, plain.statistics, chosen.scheme.name);
  const isScaled = chosen.equalize && (await scalingHelps(prepared, samples, chosen, step));
  const { float, statistics, scaled } = isScaled ? await withScaling(plain, samples, chosen, step) : plain;
  const given = options.ranges;
  const reusable = given && [...scaled].every((name) => !(name in given.tensors));
  if (given && reusable) return { float, ranges: given, samples, statistics };
  const collect: CollectOptions = {
    modelHash: options.modelHash ?? hashGraph(graph),
    signal,
    onProgress: (done, total) => onProgress?.('calibrate', done, total),
  };
  const settings = given?.settings ?? chosen.calibration;
  const model = loadFloat(copyGraph(float));
  const collected = await collectRanges(model, dataset, settings, collect);
  model.dispose();
  const kept = Object.entries(given?.tensors ?? {}).filter(([name]) => !scaled.has(name));
  return { float, ranges: { ...collected, tensors: { ...collected.tensors, ...Object.fromEntries(kept) } }, samples, statistics };
}

/** A float network of the same function as the prepared one. */
interface Candidate {
  readonly float: Graph;
  readonly statistics: Statistics;
  /** Names of the activations whose channels were scaled or shifted. */
  readonly scaled: ReadonlySet<string>;
}

/** Steps before the calibration: samples walked over, then runs of single samples, as many as equalization can take. */
function preparationSteps(dataset: Samples, { refineSamples, equalize }: Chosen, { onProgress, signal }: QuantizeOptions): Step {
  const walked = dataset.size ?? refineSamples;
  const taken = Math.min(walked, refineSamples);
  const runs = equalize ? 3 * taken + 4 * Math.min(taken, mostTrialSamples) : taken;
  return countSteps(walked + runs, { onProgress: (done, total) => onProgress?.('prepare', done, total), signal });
}

async function withoutScaling(float: Graph, samples: Calibrated['samples'], step: Step): Promise<Candidate> {
  return { float, statistics: await collectStatistics(float, samples, step), scaled: new Set() };
}

async function withScaling(
  { float: plain, statistics: known }: Candidate,
  samples: Calibrated['samples'],
  { scheme }: Chosen,
  step: Step,
): Promise<Candidate> {
  const float = copyGraph(plain);
  const scaled = equalize(float, known, scheme.name);
  let statistics = await collectStatistics(float, samples, step);
  const absorbed = absorbBiases(float, statistics);
  if (absorbed.size > 0) statistics = await collectStatistics(float, samples, step);
  return { float, statistics, scaled: new Set([...scaled, ...absorbed]) };
}

/** The choice is mostly clear, and a trial runs the network seven times per sample. */
const mostTrialSamples = 32;

/** Squared errors must fall to less than this share: rare values that no sample shows clip more often in scaled channels. */
const worthwhile = 0.75;

/**
 * Whether the outputs of the equalized network come out nearer on samples that neither its factors nor its biases were made from.
 */
async function scalingHelps(float: Graph, samples: Calibrated['samples'], chosen: Chosen, step: Step): Promise<boolean> {
  const few = samples.slice(0, mostTrialSamples);
  const made = few.filter((_, i) => i % 2 === 0);
  const held = few.length > 1 ? few.filter((_, i) => i % 2 === 1) : few;
  const plain = await withoutScaling(float, made, step);
  const scaled = await withScaling(plain, made, chosen, step);
  const before = await trialError(plain, made, held, chosen, step);
  return (await trialError(scaled, made, held, chosen, step)) < worthwhile * before;
}

/** From ranges to the file. `skip` as in the settings. */
export async function quantizeCalibrated(calibrated: Calibrated, options: QuantizeOptions = {}): Promise<Quantized> {
  const chosen = choose(options);
  const { float, ranges, samples, statistics } = calibrated;
  const skip = skippedNodes(float, options.skip ?? []);
  const draft: QuantizedDraft = buildQuantized(float, ranges.tensors, { scheme: chosen.scheme, weights: chosen.weights, skip });
  if (chosen.biasCorrection || chosen.round) {
    await refine(draft, float, statistics, samples, {
      biasCorrection: chosen.biasCorrection,
      round: chosen.round,
      signal: options.signal,
      onProgress: (done, total) => options.onProgress?.('refine', done, total),
    });
  }
  const skipped = [...skip].map((node) => node.outputs[0].name);
  const graph = { ...draft.graph, metadata: withProvenance(draft.graph.metadata, chosen, ranges, skipped) };
  return { bytes: writeModel(graph), graph, ranges, skipped };
}

/**
 * A float network as a quantized `.tflite`. `dataset` gives samples for the network's inputs; the same settings and samples give the
 * same bytes.
 * @throws ModelError; the signal's reason when aborted
 */
export async function quantizeModel(graph: Graph, dataset: Samples, options: QuantizeOptions = {}): Promise<Quantized> {
  return quantizeCalibrated(await calibrate(graph, dataset, options), options);
}

/** The 8-bit graph by ranges alone, without any of the modules that need samples. */
export function quantizeGraph(graph: Graph, ranges: Ranges, settings: Pick<QuantizeSettings, 'scheme' | 'weights' | 'skip'> = {}): Graph {
  const { scheme, weights } = choose(settings);
  const float = prepareFloat(graph);
  return buildQuantized(float, ranges.tensors, { scheme, weights, skip: skippedNodes(float, settings.skip ?? []) }).graph;
}

function withProvenance(metadata: readonly Metadata[], chosen: Chosen, ranges: Ranges, skipped: readonly string[]): Metadata[] {
  const { scheme, calibration: _, ...modules } = chosen;
  const entry = provenanceEntry({
    preprocessing: asReals(ranges.settings.preprocessing),
    calibration: { model: ranges.model, data: ranges.data, samples: ranges.samples, settings: ranges.settings },
    settings: { ...modules, scheme, skip: skipped },
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
