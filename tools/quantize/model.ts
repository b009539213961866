// Owns quantizing a whole network: the order of the accuracy modules, their inputs, and the provenance in the file.
import { ModelError } from 'zeropoint';
import { type Graph, type Metadata, type Node, weightedInputs, workOf } from 'zeropoint/graph';
import type { Preprocessing } from 'zeropoint/image';
import { writeModel } from 'zeropoint/tflite';
import type { Ranges } from '../calibrate/ranges';
import type { CalibrationSettings } from '../calibrate/settings';
import type { Calibration } from '../calibrate/state';
import type { Statistics } from '../calibrate/statistics';
import type { Samples } from '../dataset/dataset';
import { hashGraph } from '../hash';
import { memberOf } from '../json';
import { provenanceEntry, type Rescaled } from '../model/provenance';
import { checkClasses, withClasses } from '../model/record-labels';
import { ownProperties, readOptions } from '../options';
import { countSteps, type Step } from '../steps';
import { buildQuantized } from './build/build';
import { type Exceptions, schemeOf } from './build/scheme';
import { type Choices, calibrationFor, chosenRanges, type DraftSettings, refinedDraft, untreated } from './choices';
import type { Decision } from './decide/decide';
import { everywhere, nowhere } from './decide/heads';
import { decideAll, type LadderSettings, usualTrials } from './decisions';
import { type ExceptionGlobs, exceptionsOf } from './exceptions';
import { unevenJoins } from './joined-heads';
import { withLogisticRanges } from './logistic-ranges';
import { prepareFloat } from './prepare';
import { withScaling } from './scaling';
import { type CompleteSettings, complete, type QuantizeOptions, type QuantizeSettings, quantizeOptionNames } from './settings';
import { splitHeads } from './split-heads';
import { type SampleInputs, type Survey, type SurveySettings, survey } from './survey';
import { defaultWorkers } from './trial-worker';

export interface Quantized {
  /** The `.tflite` file. */
  readonly bytes: Uint8Array;
  readonly graph: Graph;
  /** Ranges of the activations, by value name. */
  readonly ranges: Ranges;
  /** Names of the first outputs of nodes that have an 8-bit form but stayed float. */
  readonly skipped: readonly string[];
  /** Names of the first outputs of nodes with activations of 16 bits, and of layers with weights of 4 bits, where they are exceptions. */
  readonly int16: readonly string[];
  readonly int4: readonly string[];
  /** What was decided on each module, in order; none where nothing was tried. */
  readonly decisions: readonly Decision[];
}

/** A calibrated float network; `quantizeCalibrated` can take it several times, with other exceptions. */
export interface Calibrated {
  /** Prepared and, where chosen, equalized. */
  readonly float: Graph;
  readonly ranges: Ranges;
  readonly samples: readonly SampleInputs[];
  readonly statistics: Statistics;
  readonly choices: Choices;
  readonly decisions: readonly Decision[];
  readonly rescaled: Rescaled;
  /** First outputs of nodes that stay float since they join heads of too different ranges (unevenJoins) or are float tails (tailOf). */
  readonly floatEnds: ReadonlySet<string>;
}

const minMax: CalibrationSettings = { observer: 'min-max' };

/**
 * Prepares and calibrates a float network, and decides which modules treat it. `leastSamples` are held even where no module uses any.
 * @throws ModelError; the signal's reason when aborted
 */
export async function calibrate(graph: Graph, dataset: Samples, given: QuantizeOptions = {}, leastSamples = 0): Promise<Calibrated> {
  const options = ownProperties(given);
  const chosen = complete(options);
  const { ranges } = options;
  const scheme = schemeOf(chosen.scheme);
  if (options.classes) checkClasses(graph, options.classes);
  const prepared = prepareFloat(options.splitHeads ? splitHeads(graph) : graph);
  const settings: SurveySettings = {
    modelHash: options.modelHash ?? hashGraph(graph),
    calibration: ranges?.settings ?? { ...chosen.calibration, observer: chosen.calibration.observer ?? 'mse' },
    take: Math.max(leastSamples, usesSamples(chosen) ? (chosen.refineSamples ?? samplesToRefine(prepared)) : 0),
    onlyTaken: ranges !== undefined,
  };
  const found = await survey(prepared, dataset, settings, surveySteps(dataset, settings, options));
  // A given type of outputs is kept; float joins would give float outputs.
  const widest = withLogisticRanges(prepared, (ranges ?? found.calibration.ranges(minMax)).tensors, scheme.activations.dtype);
  const joins = options.scheme?.outputs ? new Set<string>() : unevenJoins(prepared, widest);
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
    floatEnds: new Set([...joins, ...choices.tails]),
  };
  const isReusable = ranges && [...changed].every((name) => memberOf(ranges.tensors, name) === undefined);
  if (isReusable) return { ...calibrated, ranges };
  const calibration =
    changed.size > 0 ? await calibratedAgain(calibrated, dataset, { settings, found, changed }, options) : found.calibration;
  const tensors = chosenRanges(float, calibration, choices, found.samples, scheme);
  const kept = Object.entries(ranges?.tensors ?? {}).filter(([name]) => !changed.has(name));
  const named = calibration.ranges(choices.observers[choices.observers.length - 1].settings);
  return { ...calibrated, ranges: { ...named, tensors: { ...tensors, ...Object.fromEntries(kept) } } };
}

/** The calibration of a scaled network: ranges of the values that scaling changed are observed again, the others are those of `found`. */
async function calibratedAgain(
  { float, choices }: Pick<Calibrated, 'float' | 'choices'>,
  dataset: Samples,
  { settings, found, changed }: { settings: SurveySettings; found: Survey; changed: ReadonlySet<string> },
  options: QuantizeOptions,
): Promise<Pick<Calibration, 'ranges'>> {
  const calibration = calibrationFor(choices.observers, settings.calibration);
  const again: SurveySettings = { ...settings, calibration, take: 0, onlyTaken: false, observed: changed };
  const observed = (await survey(float, dataset, again, surveySteps(dataset, again, options))).calibration;
  return {
    ranges: (given) => {
      // With given ranges nothing was observed before.
      const before = settings.onlyTaken ? {} : found.calibration.ranges(given).tensors;
      const { tensors, ...rest } = observed.ranges(given);
      return { ...rest, tensors: { ...before, ...tensors } };
    },
  };
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

/** Bounds of the samples that modules take, and the multiply-adds of all of them between the bounds: those of 48 in MobileNetV2 1.0-224. */
const fewestRefineSamples = 48;
const mostRefineSamples = 128;
const refineWork = 15e9;

/**
 * More samples of small networks take little time. MobileNetV1 0.25-224 has 0.5 dB more SQNR of the logits with 128 than with 48, in int8 and
 * uint8, and with scrambled channels 0.5 and 0.6 (npm run bench:quantization, means of four choices).
 */
function samplesToRefine(float: Graph): number {
  const samples = Math.floor(refineWork / Math.max(1, multiplyAdds(float)));
  return Math.min(Math.max(samples, fewestRefineSamples), mostRefineSamples);
}

/** Of all layers with weights, for one sample. */
function multiplyAdds({ nodes }: Graph): number {
  const layers = nodes.filter(({ type }) => weightedInputs(type) !== undefined);
  return layers.reduce((sum, layer) => sum + workOf(layer), 0);
}

function ladderSettings(
  chosen: CompleteSettings,
  { calibration }: SurveySettings,
  options: QuantizeOptions,
  joins: ReadonlySet<string>,
  workers: number,
): LadderSettings {
  return {
    ...chosen,
    scheme: schemeOf(chosen.scheme),
    calibration,
    chooseObserver: chosen.calibration.observer === undefined && options.ranges === undefined,
    given: options.ranges,
    exceptions: (float, tails) => exceptionsOf(float, options, new Set([...joins, ...tails])),
    floatTails: options.scheme?.outputs === undefined,
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

/** Quantizes a calibrated network. `options` are those of `calibrate`; exceptions may differ. */
export async function quantizeCalibrated(calibrated: Calibrated, given: QuantizeOptions = {}): Promise<Quantized> {
  const options = ownProperties(given);
  const { float, ranges, samples, statistics, choices } = calibrated;
  const settings = draftSettings(calibrated, options);
  const draft = await refinedDraft(
    float,
    ranges.tensors,
    choices,
    { statistics, samples },
    settings,
    (done, total) => options.onProgress?.('refine', done, total),
    options.signal,
  );
  return recorded(draft.graph, calibrated, options, settings.exceptions);
}

/** As quantizeCalibrated, without the modules that refine weights and biases: a file of the same size. */
export function unrefined(calibrated: Calibrated, options: QuantizeOptions): Quantized {
  const { float, ranges } = calibrated;
  const settings = draftSettings(calibrated, options);
  return recorded(buildQuantized(float, ranges.tensors, settings).graph, calibrated, options, settings.exceptions);
}

function draftSettings({ float, floatEnds }: Calibrated, options: QuantizeOptions): DraftSettings {
  const { scheme, weights } = complete(options);
  return { scheme: schemeOf(scheme), weights, exceptions: exceptionsOf(float, options, floatEnds) };
}

/** The file of a quantized graph, with its record and, where given, names of classes. */
function recorded(quantized: Graph, calibrated: Calibrated, options: QuantizeOptions, exceptions: Exceptions): Quantized {
  const { ranges, choices, decisions, rescaled } = calibrated;
  const [skipped, int16, int4] = [exceptions.skip, exceptions.int16, exceptions.int4].map(outputNames);
  const settings = {
    ...complete(options),
    refineSamples: calibrated.samples.length,
    ...appliedModules(choices),
    skip: skipped,
    int16,
    int4,
  };
  const graph = { ...quantized, metadata: withProvenance(quantized.metadata, settings, { ranges, rescaled, decisions }) };
  const named = options.classes ? withClasses(graph, options.classes, ranges.settings.preprocessing) : graph;
  return { bytes: writeModel(named), graph: named, ranges, skipped, int16, int4, decisions };
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
export function quantizeGraph(
  graph: Graph,
  ranges: Ranges,
  settings: Pick<QuantizeSettings, 'scheme' | 'weights'> & ExceptionGlobs = {},
): Graph {
  const { scheme, weights } = complete(settings);
  const float = prepareFloat(graph);
  return buildQuantized(float, ranges.tensors, { scheme: schemeOf(scheme), weights, exceptions: exceptionsOf(float, settings) }).graph;
}

const outputNames = (nodes: ReadonlySet<Node>): string[] => [...nodes].map(({ outputs }) => outputs[0].name);

function withProvenance(
  metadata: readonly Metadata[],
  chosen: CompleteSettings & ExceptionGlobs,
  { ranges, rescaled, decisions }: Pick<Quantized, 'ranges' | 'decisions'> & { readonly rescaled: Rescaled },
): Metadata[] {
  const { scheme, calibration: _, ...modules } = chosen;
  const entry = provenanceEntry({
    preprocessing: asReals(ranges.settings.preprocessing),
    calibration: { model: ranges.model, data: ranges.data, samples: ranges.samples, settings: ranges.settings },
    settings: { ...modules, scheme },
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
