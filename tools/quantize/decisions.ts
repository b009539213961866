// Owns the order of decisions: from min-max ranges with corrected biases on, each module is tried on the network chosen so far, and judged
// by every output on held samples.
import type { Graph, Node } from 'zeropoint/graph';
import type { Ranges } from '../calibrate/ranges';
import type { CalibrationSettings } from '../calibrate/settings';
import { Calibration } from '../calibrate/state';
import { loadFloat } from '../model/float-model';
import type { Step } from '../steps';
import type { Scheme } from './build/scheme';
import type { WeightMethod } from './build/weights';
import { type Choices, chosenRanges, refinedDraft } from './choices';
import { type Criterion, type Decision, decide, type Judged } from './decide/decide';
import { everywhere, nowhere, type Reach, reachOf, type Scope } from './decide/heads';
import { headErrors, withLogits } from './decide/held';
import type { Relu6Headroom } from './equalize/equalize';
import { type Scaled, type Scaling, withScaling } from './scaling';
import type { SampleInputs, Survey } from './survey';

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
  readonly skip: (float: Graph) => ReadonlySet<Node>;
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

/** Upper bound of the steps of `decideAll`, which are runs of held samples. */
export const maxTrials = 14;

/** A float network scaled for trials, with a calibration of its values. */
interface Source extends Scaled {
  readonly calibration: Pick<Calibration, 'ranges'>;
}

class Ladder {
  readonly decisions: Decision[] = [];
  private readonly reach: Reach;
  /** Scaled networks of the last attempts; a module that leaves the scaling as it is uses them again. */
  private readonly sources = new Map<Scaling, Source>();

  constructor(
    private readonly float: Graph,
    private readonly found: Survey,
    private readonly settings: LadderSettings,
    private readonly step: Step,
    private current: Trial,
  ) {
    this.reach = reachOf(float);
  }

  get choices(): Choices {
    return this.current.choices;
  }

  async source({ scaling }: Pick<Choices, 'scaling'>): Promise<Source> {
    const { float, found, settings } = this;
    let source = this.sources.get(scaling);
    if (source) return source;
    const unscaled = { float, statistics: found.trialStatistics };
    const scaled = await withScaling(unscaled, scaling, found.trial, settings.scheme.largeWeights ?? settings.scheme.weights);
    const inputs = [...found.trial, ...found.held.map((sample) => sample.inputs)];
    // Dead channels are 0 on the samples either way.
    const calibration = scaling.equalization ? calibrated(scaled.float, inputs, settings.calibration) : this.calibration();
    source = { ...scaled, calibration };
    this.sources.set(scaling, source);
    return source;
  }

  /**
   * Of the unscaled network, over all samples, held ones included: a range that clips has to gain although no held sample exceeds the
   * widest.
   */
  private calibration(): Pick<Calibration, 'ranges'> {
    const { given } = this.settings;
    return given ? { ranges: () => given } : this.found.calibration;
  }

  async run(choices: Choices): Promise<Trial> {
    const { found, settings, step } = this;
    const { float, statistics, calibration } = await this.source(choices);
    const tensors = chosenRanges(float, calibration, choices, found.trial, settings.scheme);
    const { graph: judged, logitsOf } = withLogits(float);
    const skip = settings.skip(judged);
    const { graph } = await refinedDraft(judged, tensors, choices, { statistics, samples: found.trial }, { ...settings, skip });
    const errors = await headErrors(graph, found.held, step);
    return { choices, heads: float.outputs.map((_, i) => ({ ...errors[i], logits: errors[logitsOf.get(i) ?? -1] })) };
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

/** Decides on all modules that `settings` allow; `start` are the choices that are safe without evidence. */
export async function decideAll(
  float: Graph,
  found: Survey,
  settings: LadderSettings,
  start: Choices,
  step: Step,
): Promise<{ readonly choices: Choices; readonly decisions: readonly Decision[] }> {
  const ladder = new Ladder(float, found, settings, step, { choices: start, heads: [] });
  await ladder.start();
  if (settings.biasCorrection) {
    await ladder.decide('biases as they are', (scope, before) => ({ ...before, biasCorrection: except(scope) }));
  }
  if (settings.chooseObserver) {
    for (const observer of ['mse', 'percentile'] as const) {
      const chosen = { ...settings.calibration, observer };
      await ladder.decide(`${observer} ranges`, (scope, before) => ({
        ...before,
        observers: [...before.observers, { settings: chosen, scope }],
      }));
    }
  }
  if (settings.logitRanges && float.nodes.some(({ type }) => type === 'SOFTMAX')) {
    await ladder.decide('logit ranges', (scope, before) => ({ ...before, logitRanges: scope }), { byProbabilities: true });
  }
  if (settings.equalize) await decideScaling(ladder, settings);
  await decideRefinement(ladder, settings);
  return { choices: ladder.choices, decisions: ladder.decisions };
}

function except(scope: Scope): Scope {
  return scope === everywhere ? nowhere : (value) => !scope(value);
}

async function decideScaling(ladder: Ladder, { scheme }: LadderSettings): Promise<void> {
  const limited = { deadChannels: everywhere };
  if ((await ladder.source({ scaling: limited })).isLimited) {
    await ladder.decide('limited dead channels', (scope, before) => ({
      ...before,
      scaling: scope === everywhere ? limited : { deadChannels: scope },
    }));
  }
  const { deadChannels } = ladder.choices.scaling;
  const scalingTo = (headroom: Relu6Headroom) => ({ deadChannels, equalization: { headroom, scope: everywhere } });
  const ratioOf = async (scaling: Scaling) => (await ladder.source({ scaling })).noiseRatio;
  const [none, measured] = [scalingTo('none'), scalingTo('measured')];
  const most = maxPredictedNoise(scheme);
  // The noise with headroom `none` is at least that with `measured`, which has weaker constraints; equal where no ReLU6 bounds a channel.
  const least = await ratioOf(measured);
  if (least >= most) return;
  const ratio = await ratioOf(none);
  for (const scaling of [none, measured]) {
    if (scaling === none ? ratio >= most : least === ratio) continue;
    const { headroom } = scaling.equalization;
    await ladder.decide(
      headroom === 'none' ? 'equalization' : 'equalization up to ReLU6',
      (scope, before) => ({
        ...before,
        scaling: scope === everywhere ? scaling : { deadChannels, equalization: { headroom, scope } },
      }),
      { minGain: minScalingGain },
    );
  }
}

async function decideRefinement(ladder: Ladder, { refit, round }: LadderSettings): Promise<void> {
  const plain = ladder.choices;
  const withModules = (refits: boolean, rounds: boolean) => (scope: Scope) => ({
    ...plain,
    refit: refits ? scope : nowhere,
    round: rounds ? scope : nowhere,
  });
  if (round) await ladder.decide('rounding', withModules(false, true));
  if (refit && round) await ladder.decide('refit and rounding', withModules(true, true));
  if (refit && ladder.choices.round === nowhere) await ladder.decide('refit', withModules(true, false));
}
