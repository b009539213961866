// Owns the diagnosis: from what was measured of a layer to the most probable cause of its error and the option against it.
import type { Cause, CauseName } from './comparison';

/** Shares of the layer's own noise are estimates and may overlap. */
export interface Symptoms {
  /** Of the layer alone and of the running network, in dB. */
  readonly local?: number;
  readonly global?: number;
  /** Share of the values beyond the range, and of the noise that clipping them makes. */
  readonly saturated: number;
  readonly clippingNoise: number;
  /** Share of the noise that rounding the exact output would make. */
  readonly roundingNoise: number;
  /** The output's range by the width that holds all but 0.02 % of the values. */
  readonly rangeExcess: number;
  /** The output's range by the range of the median channel. */
  readonly channelExcess: number;
  readonly channels: number;
  readonly deadChannels: number;
  readonly deadNoise: number;
  readonly biasShift: number;
  readonly weights?: { readonly noise: number; readonly spread?: number; readonly peak: number; readonly perChannel: boolean };
}

/** A layer this good alone needs no attention: its noise is a thousandth of its signal. */
const healthyDecibels = 30;
/** Errors in the network that exceed the layer's own by this much come from before it. */
const inheritedDecibels = 10;
/** A share of the noise from which on something counts as its cause. */
const decisive = 0.4;
/** Ranges this much wider than their bulk, and channels this uneven, cost about two of eight bits. */
const wide = 4;
/** Largest by root mean square; normally distributed weights of a few hundred have about 3. */
const peaked = 6;

const percent = (share: number): string => `${(100 * share).toFixed(share < 0.01 ? 2 : share < 0.1 ? 1 : 0)} %`;
const times = (factor: number): string => `${factor.toFixed(factor < 10 ? 1 : 0)} times`;

const causes: Readonly<Record<CauseName, { evidence: (symptoms: Symptoms) => string; option?: string }>> = {
  healthy: { evidence: ({ local = 0 }) => `its own noise is ${local.toFixed(0)} dB below its signal` },
  'dead channels': {
    evidence: (s) => `${s.deadChannels} of ${s.channels} channels never change, ${percent(s.deadNoise)} of the error`,
    option: 'equalization',
  },
  'bias shift': { evidence: (s) => `${percent(s.biasShift)} of the error is a constant per channel`, option: 'bias correction' },
  saturation: {
    evidence: (s) => `${percent(s.saturated)} of the values lie beyond the range and make ${percent(Math.min(1, s.clippingNoise))} of the error`,
    option: '--observer min-max',
  },
  'range outlier': {
    evidence: (s) => `the range is ${times(s.rangeExcess)} as wide as 99.98 % of the values need`,
    option: '--observer percentile',
  },
  'channel spread': { evidence: (s) => `the range is ${times(s.channelExcess)} that of the median channel`, option: 'equalization' },
  'weight spread': {
    evidence: (s) => `one scale serves channels of which the widest is ${times(s.weights?.spread ?? 0)} the median one`,
    option: '--scheme int8',
  },
  'weight outlier': {
    evidence: (s) => `single weights are ${times(s.weights?.peak ?? 0)} the root mean square of their channel`,
    option: '--weights mse',
  },
  'weight rounding': { evidence: (s) => `rounded weights make about ${percent(Math.min(1, s.weights?.noise ?? 0))} of the error`, option: '--round' },
  'activation rounding': { evidence: (s) => `rounding its output makes ${percent(Math.min(1, s.roundingNoise))} of the error`, option: '--skip' },
  'earlier layers': { evidence: ({ local = 0, global = 0 }) => `alone it has ${local.toFixed(0)} dB, in the network ${global.toFixed(0)} dB` },
  'input rounding': { evidence: () => 'what rounding its input to 8 bits costs', option: '--skip' },
};

function weightCause({ spread = 1, peak }: NonNullable<Symptoms['weights']>): CauseName {
  if (spread >= wide) return 'weight spread';
  return peak >= peaked ? 'weight outlier' : 'weight rounding';
}

function roundingCause({ rangeExcess, channelExcess }: Symptoms): CauseName {
  if (rangeExcess >= wide) return 'range outlier';
  return channelExcess >= wide ? 'channel spread' : 'activation rounding';
}

function chooseCause(symptoms: Symptoms): CauseName {
  const { local, global } = symptoms;
  if (local === undefined) return 'earlier layers';
  if (symptoms.deadNoise >= decisive) return 'dead channels';
  if (local >= healthyDecibels) return global !== undefined && local - global >= inheritedDecibels ? 'earlier layers' : 'healthy';
  const candidates: [CauseName, number][] = [
    ['saturation', symptoms.clippingNoise],
    ['bias shift', symptoms.biasShift],
    [roundingCause(symptoms), symptoms.roundingNoise],
  ];
  if (symptoms.weights) candidates.push([weightCause(symptoms.weights), symptoms.weights.noise]);
  const [name, share] = candidates.reduce((best, next) => (next[1] > best[1] ? next : best));
  return share >= decisive ? name : 'input rounding';
}

/** The cause with its evidence; `layer` is the layer's name, for options that take one. */
export function diagnose(symptoms: Symptoms, layer: string): Cause {
  const name = chooseCause(symptoms);
  const { evidence, option } = causes[name];
  return { name, evidence: evidence(symptoms), option: option === '--skip' ? `--skip '${layer}'` : option };
}
