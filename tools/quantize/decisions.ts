// Owns the order of decisions: from min-max ranges with corrected biases on, each module is tried on the network chosen so far, and judged
// by every output on held samples.
import type { Graph } from 'zeropoint/graph';
import type { Ranges } from '../calibrate/ranges';
import type { CalibrationSettings } from '../calibrate/settings';
import { Calibration } from '../calibrate/state';
import { loadFloat } from '../model/float-model';
import type { Step } from '../steps';
import type { Exceptions, Scheme } from './build/scheme';
import type { WeightMethod } from './build/weights';
import { type Choices, calibrationFor, chosenRanges, countingObservers } from './choices';
import { type Criterion, type Decision, decide, type Judged } from './decide/decide';
import { type Gain, gainOf, type HeadErrors } from './decide/evidence';
import { everywhere, nowhere, type Reach, reachOf, type Scope } from './decide/heads';
import { withLogits } from './decide/held';
import type { Relu6Headroom } from './equalize/equalize';
import { minTailGain, needsTail, tailErrors, tailOf } from './float-tails';
import { type Scaled, type Scaling, withScaling } from './scaling';
import type { SampleInputs, Survey } from './survey';
import { exceptionData, runTrial, scopeData, type TrialData, type TrialSetting } from './trial';
import { TrialWorker } from './trial-worker';

/** Modules that may be applied, and how networks are built. */
export interface LadderSettings {
  readonly scheme: Scheme;
  readonly weights: WeightMethod;
  readonly calibration: CalibrationSettings;
  /** Whether observers other than that of `calibration` may be chosen. */
  readonly chooseObserver: boolean;
  readonly equalize: boolean;
  readonly biasCorrection: boolean;
  readonly logitRanges: boolean;
  readonly refit: boolean;
  readonly round: boolean;
  /** Given ranges by name of the unscaled network, which are not to be replaced. */
  readonly given?: Ranges;
  /** Of a prepared graph and its scaled copies, whose `tails` stay float. */
  readonly exceptions: (float: Graph, tails: ReadonlySet<string>) => Exceptions;
  /** Whether outputs may be float. */
  readonly floatTails: boolean;
  /** Threads, this one included. */
  readonly workers: number;
}

interface Trial extends Judged {
  readonly choices: Choices;
}

/** Least gains in dB. Scaling clips values beyond the samples' ranges more often, and held samples rarely contain them. */
const minGain = 0.3;
const minScalingGain = 1;

/**
 * Scaling is tried where its predicted noise ratio is below this. Per-channel weights already have most of what scaling gains, so that only
 * large predicted gains come true; per-tensor weights have nothing else.
 */
export const maxPredictedNoise = ({ weights }: Scheme): number => (weights.perChannel ? 0.5 : 0.9);

/** Trials of `decideAll` in most networks; its steps are runs of held samples, one each per trial. */
export const usualTrials = 8;

/** A trial on the worker; the errors are undefined where it could not run it. */
interface Begun {
  readonly errors: Promise<HeadErrors[] | undefined>;
  readonly logitsOf: ReadonlyMap<number, number>;
}

const trialSetting = ({ trial, held }: Survey, { scheme, weights }: LadderSettings): TrialSetting => ({ scheme, weights, trial, held });

class Ladder {
  readonly decisions: Decision[] = [];
  private readonly reach: Reach;
  /** Scaled networks of the last attempts; a module that leaves the scaling as it is uses them again. */
  private readonly scalings = new Map<Scaling, Scaled>();
  /** By observer, then by scaling. */
  private readonly calibrations = new Map<string, Map<Scaling, Pick<Calibration, 'ranges'>>>();
  private readonly setting: TrialSetting;
  /** Trials on the worker, by the keys of their choices. */
  private readonly begun = new Map<string, Begun>();

  constructor(
    private readonly float: Graph,
    private readonly found: Survey,
    private readonly settings: LadderSettings,
    private readonly step: Step,
    private current: Trial,
    private readonly worker: TrialWorker | undefined,
  ) {
    this.reach = reachOf(float);
    this.setting = trialSetting(found, settings);
  }

  get choices(): Choices {
    return this.current.choices;
  }

  /** The network with `scaling`. */
  scaled(scaling: Scaling): Scaled {
    let found = this.scalings.get(scaling);
    if (!found) {
      const { scheme } = this.settings;
      // Factors are of the extents of all samples, as ranges are: those of half of them make the ranges of scaled channels too wide for the rest.
      const unscaled = { float: this.float, statistics: this.found.trialStatistics };
      found = withScaling(unscaled, scaling, scheme.largeWeights ?? scheme.weights, this.found.statistics);
      this.scalings.set(scaling, found);
    }
    return found;
  }

  /** A calibration of the network with the scaling of `choices`. */
  private calibrationOf({ scaling, observers }: Choices): Pick<Calibration, 'ranges'> {
    // Dead channels are 0 on the samples either way.
    if (!scaling.equalization) return this.calibration();
    const { found, settings } = this;
    const own = calibrationFor(observers, settings.calibration);
    const calibrations = this.calibrations.get(own.observer) ?? new Map<Scaling, Pick<Calibration, 'ranges'>>();
    this.calibrations.set(own.observer, calibrations);
    let known = calibrations.get(scaling);
    if (!known) {
      const inputs = [...found.trial, ...found.held.map((sample) => sample.inputs)];
      known = calibrated(this.scaled(scaling).float, inputs, own);
      calibrations.set(scaling, known);
    }
    return known;
  }

  /**
   * Of the unscaled network, over all samples, held ones included: a range that clips has to gain although no held sample exceeds the
   * widest.
   */
  private calibration(): Pick<Calibration, 'ranges'> {
    const { given } = this.settings;
    return given ? { ranges: () => given } : this.found.calibration;
  }

  /**
   * Begins a trial on the worker, where there is one; `run` of the same choices takes its result. Only trials that `run` is certain to be
   * called for are begun, unless a decision goes against what the ones before it did in all networks measured.
   */
  begin(choices: Choices): void {
    if (!this.worker) return;
    const { data, logitsOf } = this.dataOf(choices);
    this.begun.set(this.keyOf(choices), { errors: this.worker.run(data), logitsOf });
  }

  async run(choices: Choices): Promise<Trial> {
    const { held } = this.found;
    const begun = this.begun.get(this.keyOf(choices));
    const errors = await begun?.errors;
    if (begun && errors) {
      for (let i = 0; i < held.length; i++) await this.step();
      return this.judged(choices, errors, begun.logitsOf);
    }
    const { data, logitsOf } = this.dataOf(choices);
    return this.judged(choices, await runTrial(data, this.setting, this.step), logitsOf);
  }

  private judged(choices: Choices, errors: readonly HeadErrors[], logitsOf: ReadonlyMap<number, number>): Trial {
    return { choices, heads: this.float.outputs.map((_, i) => ({ ...errors[i], logits: errors[logitsOf.get(i) ?? -1] })) };
  }

  private dataOf(choices: Choices): { readonly data: TrialData; readonly logitsOf: ReadonlyMap<number, number> } {
    const { found, settings } = this;
    const { float, statistics } = this.scaled(choices.scaling);
    const tensors = chosenRanges(float, this.calibrationOf(choices), choices, found.trial, settings.scheme);
    const { graph, logitsOf } = withLogits(float);
    const exceptions = exceptionData(settings.exceptions(graph, choices.tails), graph);
    const [biasCorrection, refit, round] = [choices.biasCorrection, choices.refit, choices.round].map((scope) => scopeData(scope, graph));
    return { data: { graph, statistics, tensors, biasCorrection, refit, round, exceptions }, logitsOf };
  }

  /** Equal for choices that give equal networks. */
  private keyOf({ scaling, observers, logitRanges, biasCorrection, refit, round, tails }: Choices): string {
    const text = (scope: Scope | undefined) => scope && scopeData(scope, this.float);
    return JSON.stringify([
      [text(scaling.deadChannels), scaling.equalization?.headroom, text(scaling.equalization?.scope)],
      countingObservers(observers).map(({ settings, scope }) => [settings.observer, text(scope)]),
      [logitRanges, biasCorrection, refit, round].map(text),
      [...tails],
    ]);
  }

  /** Decides on `module`; `choose` gives the choices with it in a part of the network. @returns whether it is applied anywhere */
  async decide(module: string, choose: (scope: Scope, before: Choices) => Choices, criterion: Partial<Criterion> = {}): Promise<boolean> {
    const base = this.current;
    const { chosen, decision } = await decide({ module, minGain, ...criterion }, this.reach, base, (scope) =>
      this.run(choose(scope, base.choices)),
    );
    this.current = chosen;
    this.decisions.push(decision);
    return decision.applied !== 'nowhere';
  }

  /**
   * Decides which outputs have float tails: of those that 8 bits do not carry, the nodes behind the last layers with weights where that is
   * enough, else these layers, too. Tails lead to one output each, so that they are tried together.
   */
  async decideTails(): Promise<void> {
    const { choices, heads } = this.current;
    const judged = heads.map(tailErrors);
    const gains = new Map<number, Gain>();
    const chosen = new Map<number, readonly string[]>();
    for (const withLayers of [false, true]) {
      const tails = new Map<number, readonly string[]>();
      for (const [i, output] of this.float.outputs.entries()) {
        const tail = chosen.has(i) || minTailGain(judged[i]) === Number.POSITIVE_INFINITY ? [] : tailOf(this.float, output, withLayers);
        if (tail.length > 0) tails.set(i, tail);
      }
      if (tails.size === 0) continue;
      const tried = await this.run({ ...choices, tails: new Set([...tails.values()].flat()) });
      for (const [i, tail] of tails) {
        const gain = gainOf(judged[i], tailErrors(tried.heads[i]));
        gains.set(i, gain);
        if (needsTail(judged[i], gain)) chosen.set(i, tail);
      }
    }
    if (gains.size === 0) return;
    this.current = { heads, choices: { ...choices, tails: new Set([...chosen.values()].flat()) } };
    const applied = chosen.size === 0 ? 'nowhere' : chosen.size === heads.length ? 'everywhere' : 'in part';
    this.decisions.push({ module: 'float tails', applied, gains: judged.map((head, i) => gains.get(i) ?? gainOf(head, head)) });
  }

  async start(): Promise<void> {
    this.current = await this.run(this.current.choices);
  }
}

/** The calibration of a float graph on samples held in memory. */
function calibrated(graph: Graph, samples: readonly SampleInputs[], settings: CalibrationSettings): Calibration {
  const calibration = new Calibration('', '', settings, undefined);
  const model = loadFloat(graph);
  for (const sample of samples) {
    model.run(sample, ({ name }, data) => {
      if (data instanceof Float32Array) calibration.observerOf(name).observe(data);
    });
    calibration.samples++;
  }
  model.dispose();
  return calibration;
}

/**
 * Decides on all modules that `settings` allow; `start` are the choices that are safe without evidence. The decisions are the same on one
 * thread and on two.
 */
export async function decideAll(
  float: Graph,
  found: Survey,
  settings: LadderSettings,
  start: Choices,
  step: Step,
): Promise<{ readonly choices: Choices; readonly decisions: readonly Decision[] }> {
  const worker = settings.workers > 1 ? await TrialWorker.start(trialSetting(found, settings)) : undefined;
  try {
    const ladder = new Ladder(float, found, settings, step, { choices: start, heads: [] }, worker);
    await climb(ladder, float, settings);
    return { choices: ladder.choices, decisions: ladder.decisions };
  } finally {
    await worker?.stop();
  }
}

async function climb(ladder: Ladder, float: Graph, settings: LadderSettings): Promise<void> {
  const withoutCorrection = (scope: Scope, before: Choices) => ({ ...before, biasCorrection: except(scope) });
  if (settings.biasCorrection) ladder.begin(withoutCorrection(everywhere, ladder.choices));
  await ladder.start();
  if (settings.biasCorrection) await ladder.decide('biases as they are', withoutCorrection);
  if (settings.chooseObserver) {
    const observedBy = (observer: 'mse' | 'percentile') => (scope: Scope, before: Choices) => ({
      ...before,
      observers: [...before.observers, { settings: { ...settings.calibration, observer }, scope }],
    });
    ladder.begin(observedBy('percentile')(everywhere, ladder.choices));
    for (const observer of ['mse', 'percentile'] as const) await ladder.decide(`${observer} ranges`, observedBy(observer));
  }
  if (settings.logitRanges && float.nodes.some(({ type }) => type === 'SOFTMAX')) {
    await ladder.decide('logit ranges', (scope, before) => ({ ...before, logitRanges: scope }), { byProbabilities: true });
  }
  if (settings.equalize) await decideScaling(ladder, settings);
  await decideRefinement(ladder, settings);
  if (settings.floatTails) await ladder.decideTails();
}

function except(scope: Scope): Scope {
  return scope === everywhere ? nowhere : (value) => !scope(value);
}

async function decideScaling(ladder: Ladder, { scheme }: LadderSettings): Promise<void> {
  const limited = { deadChannels: everywhere };
  if (ladder.scaled(limited).isLimited) {
    await ladder.decide('limited dead channels', (scope, before) => ({
      ...before,
      scaling: scope === everywhere ? limited : { deadChannels: scope },
    }));
  }
  const { deadChannels } = ladder.choices.scaling;
  const scalingTo = (headroom: Relu6Headroom) => ({ deadChannels, equalization: { headroom, scope: everywhere } });
  const ratioOf = (scaling: Scaling) => ladder.scaled(scaling).noiseRatio;
  const [none, measured] = [scalingTo('none'), scalingTo('measured')];
  const most = maxPredictedNoise(scheme);
  // The noise with headroom `none` is at least that with `measured`, which has weaker constraints; equal where no ReLU6 bounds a channel.
  const least = ratioOf(measured);
  if (least >= most) return;
  const ratio = ratioOf(none);
  const scaled = (scaling: typeof none) => (scope: Scope, before: Choices) => ({
    ...before,
    scaling: scope === everywhere ? scaling : { deadChannels, equalization: { ...scaling.equalization, scope } },
  });
  const tried = [none, measured].filter((scaling) => (scaling === none ? ratio < most : least !== ratio));
  if (tried.length > 1) ladder.begin(scaled(measured)(everywhere, ladder.choices));
  for (const scaling of tried) {
    const module = scaling === none ? 'equalization' : 'equalization up to ReLU6';
    await ladder.decide(module, scaled(scaling), { minGain: minScalingGain });
  }
}

async function decideRefinement(ladder: Ladder, { refit, round }: LadderSettings): Promise<void> {
  const plain = ladder.choices;
  const withModules = (refits: boolean, rounds: boolean) => (scope: Scope) => ({
    ...plain,
    refit: refits ? scope : nowhere,
    round: rounds ? scope : nowhere,
  });
  if (refit && round) ladder.begin(withModules(true, true)(everywhere));
  if (round) await ladder.decide('rounding', withModules(false, true));
  if (refit && round) await ladder.decide('refit and rounding', withModules(true, true));
  if (refit && ladder.choices.round === nowhere) await ladder.decide('refit', withModules(true, false));
}
