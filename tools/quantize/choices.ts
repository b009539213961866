// Owns choices: which modules treat which parts of a network, and the quantized draft that follows from them on given samples.
import type { Graph } from 'zeropoint/graph';
import type { Ranges } from '../calibrate/ranges';
import type { CalibrationSettings } from '../calibrate/settings';
import type { Calibration } from '../calibrate/state';
import type { Statistics } from '../calibrate/statistics';
import { buildQuantized, type QuantizedDraft } from './build/build';
import type { Exceptions, Scheme } from './build/scheme';
import type { WeightMethod } from './build/weights';
import { everywhere, nowhere, type Scope } from './decide/heads';
import { withLogisticRanges } from './logistic-ranges';
import { withLogitRanges } from './logit-ranges';
import { refine } from './refine/refine';
import type { Scaling } from './scaling';
import type { SampleInputs } from './survey';

export interface Choices {
  readonly scaling: Scaling;
  /** Observers by the parts whose ranges they choose; of several for one value the last counts. */
  readonly observers: readonly { readonly settings: CalibrationSettings; readonly scope: Scope }[];
  readonly logitRanges: Scope;
  readonly biasCorrection: Scope;
  readonly refit: Scope;
  readonly round: Scope;
  /** First outputs of nodes that stay float (see tailOf). */
  readonly tails: ReadonlySet<string>;
}

/** Modules that need no decision: none of them changes anything. */
export const untreated: Omit<Choices, 'observers'> = {
  scaling: {},
  logitRanges: nowhere,
  biasCorrection: nowhere,
  refit: nowhere,
  round: nowhere,
  tails: new Set(),
};

/** The observers that count: the last of those for the whole network, and those for parts of it after that. */
export const countingObservers = (observers: Choices['observers']): Choices['observers'] =>
  observers.slice(
    Math.max(
      0,
      observers.findLastIndex(({ scope }) => scope === everywhere),
    ),
  );

/** Settings of a calibration that the ranges of `observers` follow from: without histograms where all that count are min-max. */
export function calibrationFor(observers: Choices['observers'], settings: CalibrationSettings): CalibrationSettings {
  const isMinMax = countingObservers(observers).every((entry) => entry.settings.observer === 'min-max');
  return isMinMax ? { ...settings, observer: 'min-max' } : settings;
}

/** Ranges by value name of a float graph that was calibrated, by the observers and logit ranges chosen. */
export function chosenRanges(
  float: Graph,
  calibration: Pick<Calibration, 'ranges'>,
  { observers, logitRanges }: Choices,
  samples: readonly SampleInputs[],
  { activations }: Scheme,
): Ranges['tensors'] {
  const values = [...float.inputs, ...float.nodes.flatMap(({ outputs }) => outputs)];
  const merged = new Map<string, Ranges['tensors'][string]>();
  const overlay = (tensors: Ranges['tensors'], scope: Scope): void => {
    const names = new Set(values.filter(scope).map(({ name }) => name));
    for (const [name, range] of Object.entries(tensors)) if (names.has(name) || !merged.has(name)) merged.set(name, range);
  };
  for (const { settings, scope } of observers) overlay(calibration.ranges(settings).tensors, scope);
  if (logitRanges !== nowhere) {
    overlay(withLogitRanges(float, Object.fromEntries(merged), samples, activations.dtype), logitRanges);
  }
  // Unlike assignment, fromEntries defines own members of all names, `__proto__` included.
  return withLogisticRanges(float, Object.fromEntries(merged), activations.dtype);
}

export interface DraftSettings {
  readonly scheme: Scheme;
  readonly weights: WeightMethod;
  readonly exceptions: Exceptions;
}

/** The 8-bit form of `float`, refined on `samples` as chosen; `statistics` are those of `float` on the samples. */
export async function refinedDraft(
  float: Graph,
  tensors: Ranges['tensors'],
  { biasCorrection, refit, round }: Pick<Choices, 'biasCorrection' | 'refit' | 'round'>,
  fit: { readonly statistics: Statistics; readonly samples: readonly SampleInputs[] },
  settings: DraftSettings,
  onProgress?: (done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<QuantizedDraft> {
  const draft = buildQuantized(float, tensors, settings);
  if ([biasCorrection, refit, round].every((scope) => scope === nowhere)) return draft;
  await refine(draft, float, fit.statistics, fit.samples, { biasCorrection, refit, round, onProgress, signal });
  return draft;
}
