// Owns the choice how far a network's channels are scaled: candidates are quantized and evaluated on validation samples.
import { copyGraph, type Graph, type TensorData } from 'zeropoint/graph';
import { collectStatistics, type Statistics } from '../calibrate/statistics';
import type { Step } from '../steps';
import type { Scheme } from './build/scheme';
import { absorbBiases } from './equalize/absorb-biases';
import { equalize, type Relu6Headroom } from './equalize/equalize';
import { type TrialSettings, trialError } from './trial';

/** `off`: neither equalization nor bias absorption; otherwise equalization with this headroom. */
export type Scaling = 'off' | Relu6Headroom;

/** A prepared float network and its statistics on the samples. */
export interface Candidate {
  readonly float: Graph;
  readonly statistics: Statistics;
}

export interface ScaledCandidate extends Candidate {
  /** Names of the activations whose channels were scaled, and of those whose channels were shifted. */
  readonly scaled: ReadonlySet<string>;
  readonly shifted: ReadonlySet<string>;
  /** As of `equalize`. */
  readonly noiseRatio: number;
}

type SampleInputs = readonly (readonly TensorData[])[];

/** A copy of `unscaled`, equalized and with biases absorbed. `samples` are those of the statistics, before and after. */
export async function withScaling(
  unscaled: Candidate,
  scaling: Scaling,
  samples: SampleInputs,
  scheme: Scheme,
  step: Step,
): Promise<ScaledCandidate> {
  if (scaling === 'off') return { ...unscaled, scaled: new Set(), shifted: new Set(), noiseRatio: 1 };
  const float = copyGraph(unscaled.float);
  const { scaled, noiseRatio } = equalize(float, unscaled.statistics, scheme.weights, scaling);
  let statistics = await collectStatistics(float, samples, step);
  const shifted = absorbBiases(float, statistics);
  if (shifted.size > 0) statistics = await collectStatistics(float, samples, step);
  return { float, statistics, scaled, shifted, noiseRatio };
}

/** A trial runs the network several times per sample, and more samples than this hardly ever change the choice. */
const maxTrialSamples = 64;

/** One sample of this many is for validation. */
const validationEvery = 4;

/**
 * Scaling is tried where its predicted noise ratio is below this. Per-channel weights already have most of what scaling gains, so that only
 * large predicted gains come true; per-tensor weights have nothing else.
 */
const maxPredictedNoise = (scheme: Scheme): number => (scheme.weights.perChannel ? 0.5 : 0.9);

/**
 * Relative drop of the validation error for which a more aggressive candidate is taken; smaller gains do not make up for the values beyond
 * the samples' ranges, which scaling clips more often and which validation samples rarely contain.
 */
const minGain = 0.25;

/** Upper bound of the steps that `chooseScaling` takes: statistics, ranges and validation of three candidates. */
export function scalingRuns(samples: number): number {
  return 5 * Math.min(samples, maxTrialSamples);
}

/**
 * The candidates of a prepared float network, from `off` through `none` to `measured`, are fitted on most of the samples and quantized;
 * each has to lower the squared error of the outputs on the validation samples by `minGain` to replace the best one before it.
 */
export async function chooseScaling(
  float: Graph,
  samples: SampleInputs,
  scheme: Scheme,
  settings: TrialSettings,
  step: Step,
): Promise<Scaling> {
  const used = samples.slice(0, maxTrialSamples);
  const fit = used.filter((_, i) => i % validationEvery !== 1);
  const validation = used.length > 1 ? used.filter((_, i) => i % validationEvery === 1) : used;
  const unscaled: Candidate = { float, statistics: await collectStatistics(float, fit, step) };
  const errorOf = (candidate: Candidate): Promise<number> => trialError(candidate, { fit, validation }, scheme, settings, step);
  const measured = await withScaling(unscaled, 'measured', fit, scheme, step);
  const maxRatio = maxPredictedNoise(scheme);
  // The noise with headroom `none` is at least that with `measured`, which has weaker constraints.
  if (measured.noiseRatio >= maxRatio) return 'off';
  const none = await withScaling(unscaled, 'none', fit, scheme, step);
  let best: Scaling = 'off';
  let minError = await errorOf(unscaled);
  for (const [scaling, candidate] of [
    ['none', none],
    ['measured', measured],
  ] as const) {
    if (candidate.noiseRatio >= maxRatio) continue;
    const error = await errorOf(candidate);
    if (error < (1 - minGain) * minError) [best, minError] = [scaling, error];
  }
  return best;
}
