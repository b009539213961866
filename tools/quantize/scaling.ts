// Owns changes of the float network before it is quantized: dead channels limited, channels scaled, biases absorbed.
import { copyGraph, type Graph, type TensorData } from 'zeropoint/graph';
import { collectStatistics, type Statistics } from '../calibrate/statistics';
import type { Step } from '../steps';
import type { WeightScheme } from './build/scheme';
import type { Scope } from './decide/heads';
import { absorbBiases } from './equalize/absorb-biases';
import { limitDeadChannels } from './equalize/dead-channels';
import { equalize, type Relu6Headroom } from './equalize/equalize';

/** What is done to the float network; absent: it is left as it is. */
export interface Scaling {
  readonly deadChannels?: Scope;
  readonly equalization?: { readonly headroom: Relu6Headroom; readonly scope: Scope };
}

/** A prepared float network, its statistics on samples, and the names of the activations whose channels were scaled or shifted. */
export interface Scaled {
  readonly float: Graph;
  readonly statistics: Statistics;
  readonly scaled: ReadonlySet<string>;
  readonly shifted: ReadonlySet<string>;
  /** As of `equalize`. */
  readonly noiseRatio: number;
  /** Whether dead channels were found and limited. */
  readonly isLimited: boolean;
}

/**
 * A copy of the prepared graph `float` with `scaling`. `statistics` are its own on `samples`, those of the result are on the same. Without
 * equalization the statistics stay: what dead channels lose is never seen on the samples.
 */
export async function withScaling(
  { float, statistics }: Pick<Scaled, 'float' | 'statistics'>,
  { deadChannels, equalization }: Scaling,
  samples: readonly (readonly TensorData[])[],
  scheme: WeightScheme,
  step?: Step,
): Promise<Scaled> {
  const unscaled = { float, statistics, scaled: new Set<string>(), shifted: new Set<string>(), noiseRatio: 1, isLimited: false };
  if (!deadChannels && !equalization) return unscaled;
  const copy = copyGraph(float);
  const isLimited = deadChannels !== undefined && limitDeadChannels(copy, statistics, scheme, deadChannels);
  if (!equalization) return { ...unscaled, float: copy, isLimited };
  const { headroom, scope } = equalization;
  const { scaled, noiseRatio } = equalize(copy, statistics, scheme, headroom, scope);
  let changed = await collectStatistics(copy, samples, step);
  const shifted = absorbBiases(copy, changed, scope);
  if (shifted.size > 0) changed = await collectStatistics(copy, samples, step);
  return { float: copy, statistics: changed, scaled, shifted, noiseRatio, isLimited };
}
