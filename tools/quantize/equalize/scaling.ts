// Owns the choice how far a network's channels are scaled: what helps some networks harms others, so it is tried.
import { copyGraph, type Graph, type TensorData } from 'zeropoint/graph';
import type { Step } from '../../steps';
import type { Scheme } from '../scheme';
import { collectStatistics, type Statistics } from '../statistics';
import { type TrialSettings, trialError } from '../trial';
import { absorbBiases } from './absorb-biases';
import { equalize, type RiseUnderRelu6 } from './equalize';

/** No scaling at all, or how far it goes. */
export type Scaling = 'off' | RiseUnderRelu6;

/** A prepared float network and its statistics on the samples. */
export interface Plain {
  readonly float: Graph;
  readonly statistics: Statistics;
}

/** A float network of the same function. */
export interface Scaled extends Plain {
  /** Names of the activations whose channels were scaled, and of those that were shifted. */
  readonly scaled: ReadonlySet<string>;
  readonly shifted: ReadonlySet<string>;
  /** As equalization predicts it. */
  readonly noiseRatio: number;
}

type SampleInputs = readonly (readonly TensorData[])[];

/** Equalizes a copy and absorbs biases in it; `samples` are those of the statistics. */
export async function withScaling(plain: Plain, scaling: Scaling, samples: SampleInputs, scheme: Scheme, step: Step): Promise<Scaled> {
  if (scaling === 'off') return { ...plain, scaled: new Set(), shifted: new Set(), noiseRatio: 1 };
  const float = copyGraph(plain.float);
  const { scaled, noiseRatio } = equalize(float, plain.statistics, scheme.name, scaling);
  let statistics = await collectStatistics(float, samples, step);
  const shifted = absorbBiases(float, statistics);
  if (shifted.size > 0) statistics = await collectStatistics(float, samples, step);
  return { float, statistics, scaled, shifted, noiseRatio };
}

/** The choice is mostly clear, and a trial runs the network several times per sample. */
const mostTrialSamples = 64;

/** One sample in so many is held back to judge by; the more the others show, the less surprises it. */
const heldEvery = 4;

/**
 * Scaling is tried where it is predicted to leave less than this share of the noise. int8 has a scale per channel of the weights already,
 * which is the better part of what scaling can do; uint8 has nothing else.
 */
const promising = { int8: 0.5, uint8: 0.9 };

/** To go a step further, squared errors must fall to less than this share: rare values that no sample shows clip more often. */
const worthwhile = 0.75;

/** Runs of single samples that `chooseScaling` takes at most: statistics, ranges and judgement of three candidates. */
export function scalingRuns(samples: number): number {
  return 5 * Math.min(samples, mostTrialSamples);
}

/**
 * How far to go with scaling the prepared float network: every step further has to bring the quantized outputs nearer on samples that
 * neither its factors nor its biases were made from.
 */
export async function chooseScaling(float: Graph, samples: SampleInputs, settings: TrialSettings, step: Step): Promise<Scaling> {
  const few = samples.slice(0, mostTrialSamples);
  const made = few.filter((_, i) => i % heldEvery !== 1);
  const held = few.length > 1 ? few.filter((_, i) => i % heldEvery === 1) : few;
  const plain: Plain = { float, statistics: await collectStatistics(float, made, step) };
  const errorOf = (scaled: Plain): Promise<number> => trialError(scaled, made, held, settings, step);
  // The most that scaling can do, and first the cautious half of it.
  const measured = await withScaling(plain, 'measured', made, settings.scheme, step);
  const most = promising[settings.scheme.name];
  if (measured.noiseRatio >= most) return 'off';
  const none = await withScaling(plain, 'none', made, settings.scheme, step);
  let best: Scaling = 'off';
  let least = await errorOf(plain);
  for (const [scaling, scaled] of [
    ['none', none],
    ['measured', measured],
  ] as const) {
    if (scaled.noiseRatio >= most) continue;
    const error = await errorOf(scaled);
    if (error < worthwhile * least) [best, least] = [scaling, error];
  }
  return best;
}
