// Owns quantizing a whole network: the order of the accuracy modules, their inputs, and the provenance in the file.
import { ModelError } from 'zeropoint';
import {
  elementCount,
  type Graph,
  type Metadata,
  type Node,
  type OptionNames,
  type WeightedNode,
  weightedInputs,
  weightedValues,
} from 'zeropoint/graph';
import type { Preprocessing } from 'zeropoint/image';
import { writeModel } from 'zeropoint/tflite';
import type { Ranges } from '../calibrate/ranges';
import type { CalibrationSettings } from '../calibrate/settings';
import type { Statistics } from '../calibrate/statistics';
import type { Samples } from '../dataset/dataset';
import { hashGraph } from '../hash';
import { memberOf } from '../json';
import { provenanceEntry, type Rescaled } from '../model/provenance';
import { checkClasses, withClasses } from '../model/record-labels';
import { ownProperties, readOptions } from '../options';
import { countSteps, type Step } from '../steps';
import { buildQuantized } from './build/build';
import { type SchemeSettings, schemeOf, schemeSettings } from './build/scheme';
import type { WeightMethod } from './build/weights';
import { type Choices, chosenRanges, refinedDraft, untreated } from './choices';
import type { Decision } from './decide/decide';
import { everywhere, nowhere } from './decide/heads';
import { decideAll, type LadderSettings, usualTrials } from './decisions';
import { nodesOf, unevenJoins } from './joined-heads';
import { prepareFloat } from './prepare';
import { withScaling } from './scaling';
import { skippedNodes } from './skip';
import { splitHeads } from './split-heads';
import { type SampleInputs, type Survey, type SurveySettings, survey } from './survey';
import { defaultWorkers } from './trial-worker';

/** Settings of quantization that the file records; `defaultSettings` and `schemeSettings` have the defaults. */
export interface QuantizeSettings {
  readonly scheme?: Partial<SchemeSettings>;
  /** Without an observer, that of the least error on held samples is chosen, of min-max, mse and percentile. */
  readonly calibration?: Partial<CalibrationSettings>;
  /** Default: `min-max`, of weights of 4 bits `mse`. */
  readonly weights?: WeightMethod;
  /**
   * Apply each of the modules below only where outputs gain by it on held samples and none loses, and with too few samples only bias
   * correction. False: apply all that are on, everywhere.
   */
  readonly decide?: boolean;
  /** Limit dead channels, scale channels and absorb biases. */
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
  /** Make the operands of concatenations that compute outputs the outputs, each with a scale of its own (see splitHeads). */
  readonly splitHeads?: boolean;
  /** How pictures become the input: recorded in the file. As `calibration.preprocessing`. */
  readonly preprocessing?: Preprocessing;
  /** Names of classes, in the order of an output's elements: written as TFLite's metadata. */
  readonly classes?: readonly string[];
}

export type Stage = 'calibrate' | 'decide' | 'refine' | 'judge' | 'search';

export interface QuantizeOptions extends QuantizeSettings {
  /**
   * Ranges from a calibration of this network, used instead of observing the samples. Values that equalization changes are observed again.
   */
  readonly ranges?: Ranges;
  /** SHA-256 of the float model's file, for the provenance; default: a hash of the graph. */
  readonly modelHash?: string;
  /**
   * Threads that trials run on, an integer >= 1; default: 2 where the machine has them and the trials are long enough. The result does not
   * depend on it. Engines without worker threads have one.
   */
  readonly workers?: number;
  readonly onProgress?: (stage: Stage, done: number, total: number | undefined) => void;
  readonly signal?: AbortSignal;
}

export const quantizeOptionNames: OptionNames<QuantizeOptions> = {
  scheme: 1,
  calibration: 1,
  weights: 1,
  decide: 1,
  equalize: 1,
  biasCorrection: 1,
  logitRanges: 1,
  refit: 1,
  round: 1,
  refineSamples: 1,
  skip: 1,
  splitHeads: 1,
  preprocessing: 1,
  classes: 1,
  ranges: 1,
  modelHash: 1,
  workers: 1,
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
  /** What was decided on each module, in order; none where nothing was tried. */
  readonly decisions: readonly Decision[];
}

/** Of int16x8: activations of 16 bits lose nothing that these modules could give back. */
const forWeightsAlone = { decide: false, equalize: false, logitRanges: false, refit: false } as const;

/** The largest weights of a channel make the 15 codes of 4 bits too coarse for the others. */
export const defaultWeights = ({ weightBits }: SchemeSettings): WeightMethod => (weightBits === 4 ? 'mse' : 'min-max');

/** All modules are on, and decided on; ranges of weights are those of defaultWeights. */
export const defaultSettings = {
  calibration: {},
  decide: true,
  equalize: true,
  biasCorrection: true,
  logitRanges: true,
  refit: true,
  round: true,
  refineSamples: 48,
} as const satisfies QuantizeSettings;

/** A calibrated float network; `quantizeCalibrated` can take it several times, with other nodes skipped. */
export interface Calibrated {
  /** Prepared and, where chosen, equalized. */
  readonly float: Graph;
  readonly ranges: Ranges;
  readonly samples: readonly SampleInputs[];
  readonly statistics: Statistics;
  readonly choices: Choices;
  readonly decisions: readonly Decision[];
  readonly rescaled: Rescaled;
  /** First outputs of nodes that stay float since they join heads of too different ranges (see unevenJoins). */
  readonly joins: ReadonlySet<string>;
}

const minMax: CalibrationSettings = { observer: 'min-max' };

/** All settings but `skip`, with defaults. */
type CompleteSettings = Required<Omit<QuantizeSettings, 'scheme' | 'skip' | 'splitHeads' | 'preprocessing' | 'classes'>> & {
  readonly scheme: SchemeSettings;
};

/** The settings alone, with defaults: of the same network and samples they give the same file, however the options say to compute it. */
function complete(settings: QuantizeOptions): CompleteSettings {
  const { preprocessing, classes: _classes, ranges: _ranges, modelHash: _hash, workers: _workers, ...others } = settings;
  const { onProgress: _progress, signal: _signal, ...rest } = others;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const scheme = schemeSettings(settings.scheme);
  const complete = {
    ...defaultSettings,
    weights: defaultWeights(scheme),
    ...given,
    scheme,
    ...(scheme.name === 'int16x8' && forWeightsAlone),
  };
  return preprocessing ? { ...complete, calibration: { ...complete.calibration, preprocessing } } : complete;
}

/** Prepares and calibrates a float network, and decides which modules treat it. @throws ModelError; the signal's reason when aborted */
export async function calibrate(graph: Graph, dataset: Samples, given: QuantizeOptions = {}): Promise<Calibrated> {
  const options = ownProperties(given);
  const chosen = complete(options);
  const { ranges } = options;
  const scheme = schemeOf(chosen.scheme);
  if (options.classes) checkClasses(graph, options.classes);
  const prepared = prepareFloat(options.splitHeads ? splitHeads(graph) : graph);
  const settings: SurveySettings = {
    modelHash: options.modelHash ?? hashGraph(graph),
    calibration: ranges?.settings ?? { ...chosen.calibration, observer: chosen.calibration.observer ?? 'mse' },
    take: usesSamples(chosen) ? chosen.refineSamples : 0,
    onlyTaken: ranges !== undefined,
  };
  const found = await survey(prepared, dataset, settings, surveySteps(dataset, settings, options));
  // A given type of outputs is kept; float joins would give float outputs.
  const joins = options.scheme?.outputs ? new Set<string>() : unevenJoins(prepared, (ranges ?? found.calibration.ranges(minMax)).tensors);
  const isDecided = chosen.decide && found.held.length > 0;
  const start = isDecided ? safeChoices(chosen, settings.calibration) : undecided(chosen, settings.calibration, found.held.length > 0);
  const { choices, decisions } = isDecided
    ? await decideAll(
        prepared,
        found,
        ladderSettings(chosen, settings, options, joins, workersFor(prepared, found, options.workers)),
        start,
        decisionSteps(found, options),
      )
    : { choices: start, decisions: [] };
  const unscaled = { float: prepared, statistics: found.statistics };
  const { float, statistics, scaled, shifted } = withScaling(unscaled, choices.scaling, scheme.largeWeights ?? scheme.weights);
  const changed = new Set([...scaled, ...shifted]);
  const calibrated = {
    float,
    samples: found.samples,
    statistics,
    choices,
    decisions,
    rescaled: { scaled: [...scaled], shifted: [...shifted] },
    joins,
  };
  const isReusable = ranges && [...changed].every((name) => memberOf(ranges.tensors, name) === undefined);
  if (isReusable) return { ...calibrated, ranges };
  const again = { ...settings, take: 0, onlyTaken: false };
  const { calibration } = changed.size > 0 ? await survey(float, dataset, again, surveySteps(dataset, again, options)) : found;
  const tensors = chosenRanges(float, calibration, choices, found.samples, scheme);
  const kept = Object.entries(ranges?.tensors ?? {}).filter(([name]) => !changed.has(name));
  const named = calibration.ranges(choices.observers[choices.observers.length - 1].settings);
  return { ...calibrated, ranges: { ...named, tensors: { ...tensors, ...Object.fromEntries(kept) } } };
}

const usesSamples = ({ equalize, biasCorrection, refit, round, logitRanges, decide, calibration }: CompleteSettings): boolean =>
  equalize || biasCorrection || refit || round || logitRanges || (decide && calibration.observer === undefined);

/** Min-max ranges, where no observer is set, and corrected biases: what is safe without evidence. */
function safeChoices({ biasCorrection, calibration: { observer } }: CompleteSettings, calibration: CalibrationSettings): Choices {
  const settings: CalibrationSettings = observer ? calibration : { ...calibration, observer: 'min-max' };
  const choices = { ...untreated, observers: [{ settings, scope: everywhere }] };
  return biasCorrection ? { ...choices, biasCorrection: everywhere } : choices;
}

/** Every module that is on, everywhere; with too few samples what is safe. */
function undecided(chosen: CompleteSettings, calibration: CalibrationSettings, isEnough: boolean): Choices {
  const safe = safeChoices(chosen, calibration);
  if (chosen.decide && !isEnough) return safe;
  const where = (isOn: boolean) => (isOn ? everywhere : nowhere);
  return {
    ...safe,
    logitRanges: where(chosen.logitRanges),
    refit: where(chosen.refit),
    round: where(chosen.round),
    scaling: chosen.equalize ? { deadChannels: everywhere, equalization: { headroom: 'measured', scope: everywhere } } : {},
  };
}

/** Multiply-adds of all trial and held samples in one trial below which a second thread takes longer to begin than it saves. */
const minSharedWork = 1e9;

function workersFor(float: Graph, { trial, held }: Survey, workers: number | undefined): number {
  if (workers === undefined) return multiplyAdds(float) * (trial.length + held.length) < minSharedWork ? 1 : defaultWorkers();
  if (!(Number.isInteger(workers) && workers >= 1)) {
    throw new ModelError('bad-argument', `workers is ${String(workers)}; it must be an integer >= 1`);
  }
  return workers;
}

/** Of all layers with weights, for one sample. */
function multiplyAdds({ nodes }: Graph): number {
  const layers = nodes.filter((node): node is WeightedNode => weightedInputs(node.type) !== undefined);
  return layers.reduce((sum, node) => {
    const { shape } = weightedValues(node).weights;
    return sum + (elementCount(node.outputs[0].shape) * elementCount(shape)) / shape[weightedInputs(node.type)!.channelAxis];
  }, 0);
}

/** Nodes that stay float: those that a glob of `skip` names, and joins. */
function floatNodes(float: Graph, skip: readonly string[] | undefined, joins: ReadonlySet<string>): ReadonlySet<Node> {
  return new Set([...skippedNodes(float, skip ?? []), ...nodesOf(float, joins)]);
}

function ladderSettings(
  chosen: CompleteSettings,
  { calibration }: SurveySettings,
  { ranges, skip }: QuantizeOptions,
  joins: ReadonlySet<string>,
  workers: number,
): LadderSettings {
  return {
    ...chosen,
    scheme: schemeOf(chosen.scheme),
    calibration,
    chooseObserver: chosen.calibration.observer === undefined && ranges === undefined,
    given: ranges,
    skip: (float) => floatNodes(float, skip, joins),
    workers,
  };
}

/** Progress of the stage `calibrate`: one step per sample. */
function surveySteps({ size }: Samples, { take, onlyTaken }: SurveySettings, { onProgress, signal }: QuantizeOptions): Step {
  const total = onlyTaken ? Math.min(take, size ?? take) : size;
  return countSteps(total ?? Number.POSITIVE_INFINITY, { onProgress: (done) => onProgress?.('calibrate', done, total), signal });
}

/** Progress of the stage `decide`: one step per run of a held sample, of as many as most networks need. */
function decisionSteps({ held }: Survey, { onProgress, signal }: QuantizeOptions): Step {
  return countSteps(usualTrials * held.length, { onProgress: (done, total) => onProgress?.('decide', done, total), signal });
}

/** Quantizes a calibrated network. `options` are those of `calibrate`; `skip` may differ. */
export async function quantizeCalibrated(calibrated: Calibrated, given: QuantizeOptions = {}): Promise<Quantized> {
  const options = ownProperties(given);
  const chosen = complete(options);
  const { float, ranges, samples, statistics, choices, decisions, rescaled, joins } = calibrated;
  const skip = floatNodes(float, options.skip, joins);
  const draft = await refinedDraft(
    float,
    ranges.tensors,
    choices,
    { statistics, samples },
    { scheme: schemeOf(chosen.scheme), weights: chosen.weights, skip },
    (done, total) => options.onProgress?.('refine', done, total),
    options.signal,
  );
  const skipped = [...skip].map((node) => node.outputs[0].name);
  const graph = {
    ...draft.graph,
    metadata: withProvenance(draft.graph.metadata, { ...chosen, ...appliedModules(choices) }, { ranges, skipped, rescaled, decisions }),
  };
  const named = options.classes ? withClasses(graph, options.classes, ranges.settings.preprocessing) : graph;
  return { bytes: writeModel(named), graph: named, ranges, skipped, decisions };
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
  { ranges, skipped, rescaled, decisions }: Pick<Quantized, 'ranges' | 'skipped' | 'decisions'> & { readonly rescaled: Rescaled },
): Metadata[] {
  const { scheme, calibration: _, ...modules } = chosen;
  const entry = provenanceEntry({
    preprocessing: asReals(ranges.settings.preprocessing),
    calibration: { model: ranges.model, data: ranges.data, samples: ranges.samples, settings: ranges.settings },
    settings: { ...modules, scheme, skip: skipped },
    rescaled,
    decisions,
  });
  return [...metadata.filter(({ name }) => name !== entry.name), entry];
}

/** The settings of modules as they were applied: false where a module was left out everywhere. */
function appliedModules({ scaling, biasCorrection, logitRanges, refit, round }: Choices): Partial<CompleteSettings> {
  return {
    equalize: scaling.deadChannels !== undefined || scaling.equalization !== undefined,
    biasCorrection: biasCorrection !== nowhere,
    logitRanges: logitRanges !== nowhere,
    refit: refit !== nowhere,
    round: round !== nowhere,
  };
}

/** Calibration was done on normalized numbers, so a quantized input takes their codes and not the pixels themselves. */
function asReals(preprocessing: Preprocessing | undefined): Preprocessing | undefined {
  return preprocessing && { ...preprocessing, quantized: 'normalized' };
}
