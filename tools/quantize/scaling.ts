// Owns changes of the float network before it is quantized: dead channels limited, channels scaled, biases absorbed.
import { copyGraph, type Graph } from 'zeropoint/graph';
import { affineStatistics, type Statistics } from '../calibrate/statistics';
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
 * A copy of the prepared graph `float` with `scaling`. `statistics` are its own on some samples, those of the result follow from them; what
 * dead channels lose is never seen on the samples. Factors and shifts are of `extents`, statistics on the same samples or more.
 */
export function withScaling(
  { float, statistics }: Pick<Scaled, 'float' | 'statistics'>,
  { deadChannels, equalization }: Scaling,
  scheme: WeightScheme,
  extents: Statistics = statistics,
): Scaled {
  const unscaled = { float, statistics, scaled: new Set<string>(), shifted: new Set<string>(), noiseRatio: 1, isLimited: false };
  if (!deadChannels && !equalization) return unscaled;
  const copy = copyGraph(float);
  const isLimited = deadChannels !== undefined && limitDeadChannels(copy, statistics, scheme, deadChannels);
  if (!equalization) return { ...unscaled, float: copy, isLimited };
  const { headroom, scope } = equalization;
  const { factors, noiseRatio } = equalize(copy, extents, scheme, headroom, scope);
  const shifts = absorbBiases(copy, affineStatistics(extents, factors, new Map()), scope);
  const rescaled = affineStatistics(statistics, factors, new Map());
  const names = ({ values }: Graph, changed: ReadonlyMap<number, unknown>) =>
    new Set(values.filter(({ id }) => changed.has(id)).map(({ name }) => name));
  return {
    float: copy,
    statistics: affineStatistics(rescaled, new Map(), shifts),
    scaled: names(copy, factors),
    shifted: names(copy, shifts),
    noiseRatio,
    isLimited,
  };
}
