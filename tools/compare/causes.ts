// Owns the diagnosis: from what was measured of a layer to the most probable cause of its error and the option against it.
import type { Provenance } from '../model/provenance';
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
  /** The operator must use the codes of its input. */
  readonly sharesRange: boolean;
  /** Nothing but a SOFTMAX reads it. */
  readonly isLogits: boolean;
  readonly channels: number;
  readonly deadChannels: number;
  readonly deadNoise: number;
  readonly biasShift: number;
  readonly weights?: { readonly noise: number; readonly spread?: number; readonly peak: number };
}

/** A layer this good alone needs no attention: its noise is a thousandth of its signal. */
const healthyDecibels = 30;
/** From here on nothing that one layer loses is worth a remedy, not even channels that never change. */
const soundDecibels = 40;
/** Errors in the network that exceed the layer's own by this much come from before it. */
const inheritedDecibels = 10;
/** A share of the noise from which on something counts as its cause. */
const decisive = 0.4;
/** Ranges this much wider than their bulk, and channels this uneven, cost about two of eight bits. */
const wide = 4;
/** A spread that leaves the median channel four of eight bits: whatever else is seen of the layer follows from it. */
const veryWide = 16;
/** Largest by root mean square; normally distributed weights of a few hundred have about 3. */
const peaked = 6;
/** Ranges of more samples than this hardly grow any more. */
const manySamples = 100;

const percent = (share: number): string =>
  share < 5e-5 ? 'under 0.01 %' : `${(100 * Math.min(1, share)).toFixed(share < 0.01 ? 2 : share < 0.1 ? 1 : 0)} %`;
const times = (factor: number): string => `${factor.toFixed(factor < 10 ? 1 : 0)} times`;

/** One thing to try, and whether the file was already made with it. */
interface Remedy {
  readonly option: string;
  readonly taken: (made: Provenance) => boolean;
}

const remedies = {
  equalize: { option: 'equalization (leave out --no-equalize)', taken: ({ settings }) => settings.equalize === true },
  correctBias: { option: 'bias correction (leave out --no-bias-correction)', taken: ({ settings }) => settings.biasCorrection === true },
  round: { option: '--round', taken: ({ settings }) => settings.round === true },
  mse: { option: '--weights mse', taken: ({ settings }) => settings.weights === 'mse' },
  minMax: { option: '--observer min-max', taken: ({ calibration }) => calibration.settings.observer === 'min-max' },
  percentile: { option: '--observer percentile', taken: ({ calibration }) => calibration.settings.observer === 'percentile' },
  observeMse: { option: '--observer mse', taken: ({ calibration }) => calibration.settings.observer === 'mse' },
  moreData: { option: 'more calibration samples', taken: ({ calibration }) => calibration.samples >= manySamples },
  perChannel: { option: '--scheme int8', taken: ({ settings }) => (settings.scheme as { name?: string })?.name === 'int8' },
} satisfies Record<string, Remedy>;

interface CauseText {
  readonly evidence: (symptoms: Symptoms) => string;
  /** In the order to try them; beyond the last, the layer can stay float. Absent: nothing is to be done at this layer. */
  readonly remedies?: readonly Remedy[];
}

const causes: Readonly<Record<CauseName, CauseText>> = {
  healthy: { evidence: ({ local = 0 }) => `its own noise is ${local.toFixed(0)} dB below its signal` },
  'dead channels': {
    evidence: (s) => `${s.deadChannels} of ${s.channels} channels never change, ${percent(s.deadNoise)} of the error`,
    remedies: [remedies.equalize, remedies.perChannel, remedies.round],
  },
  'bias shift': {
    evidence: (s) => `${percent(s.biasShift)} of the error is a constant per channel`,
    remedies: [remedies.correctBias, remedies.round],
  },
  saturation: {
    evidence: (s) => `${percent(s.saturated)} of the values lie beyond the range and make ${percent(s.clippingNoise)} of the error`,
    remedies: [remedies.minMax, remedies.moreData],
  },
  'clipped logits': {
    evidence: (s) => `its range is that of the best probabilities: ${percent(s.saturated)} of the logits are too low to matter and clip`,
  },
  'range outlier': {
    evidence: (s) => `the range is ${times(s.rangeExcess)} as wide as 99.98 % of the values need`,
    remedies: [remedies.percentile, remedies.observeMse],
  },
  'channel spread': { evidence: (s) => `the range is ${times(s.channelExcess)} that of the median channel`, remedies: [remedies.equalize] },
  'weight spread': {
    evidence: (s) => `one scale serves channels of which the widest is ${times(s.weights?.spread ?? 0)} the median one`,
    remedies: [remedies.equalize, remedies.perChannel, remedies.round],
  },
  'weight outlier': {
    evidence: (s) => `single weights are ${times(s.weights?.peak ?? 0)} the root mean square of their channel`,
    remedies: [remedies.mse, remedies.round],
  },
  'weight rounding': {
    evidence: (s) => `rounded weights make about ${percent(s.weights?.noise ?? 0)} of the error`,
    remedies: [remedies.round],
  },
  'activation rounding': { evidence: (s) => `rounding its output makes ${percent(s.roundingNoise)} of the error`, remedies: [] },
  'shared range': {
    evidence: (s) => `it has the codes of its input, a range ${times(s.rangeExcess)} as wide as 99.98 % of its values need`,
  },
  'quantized input': { evidence: () => 'most of it comes with its input in 8 bits, whose range the layer before sets' },
  'earlier layers': {
    evidence: ({ local, global = 0 }) =>
      local === undefined
        ? 'its input has no float counterpart'
        : `alone it has ${local.toFixed(0)} dB, in the network ${global.toFixed(0)} dB`,
  },
};

function weightCause({ spread = 1, peak }: NonNullable<Symptoms['weights']>): CauseName {
  if (spread >= wide) return 'weight spread';
  return peak >= peaked ? 'weight outlier' : 'weight rounding';
}

function roundingCause({ rangeExcess, channelExcess, sharesRange }: Symptoms): CauseName {
  if (rangeExcess >= wide) return sharesRange ? 'shared range' : 'range outlier';
  return channelExcess >= wide ? 'channel spread' : 'activation rounding';
}

function chooseCause(symptoms: Symptoms, made: Provenance | undefined): CauseName {
  const { local, global } = symptoms;
  if (local === undefined) return 'earlier layers';
  if (symptoms.deadNoise >= decisive && local < soundDecibels) return 'dead channels';
  if (local >= healthyDecibels) return global !== undefined && local - global >= inheritedDecibels ? 'earlier layers' : 'healthy';
  if (symptoms.isLogits && made?.settings.logitRanges === true && symptoms.clippingNoise >= decisive) return 'clipped logits';
  if ((symptoms.weights?.spread ?? 1) >= veryWide) return 'weight spread';
  const candidates: [CauseName, number][] = [
    ['saturation', symptoms.clippingNoise],
    ['bias shift', symptoms.biasShift],
    [roundingCause(symptoms), symptoms.roundingNoise],
  ];
  if (symptoms.weights) candidates.push([weightCause(symptoms.weights), symptoms.weights.noise]);
  const [name, share] = candidates.reduce((best, next) => (next[1] > best[1] ? next : best));
  return share >= decisive ? name : 'quantized input';
}

/** Converters join the names of fused operators by `;`: the first and a wildcard find the layer. */
const shorten = (layer: string): string => layer.replace(/;.*/s, '*');

/**
 * The cause with its evidence. `layer` is the layer's name, for options that take one; `made` says how the file was made, where it
 * says so: what was done already is not advised again.
 */
export function diagnose(symptoms: Symptoms, layer: string, made: Provenance | undefined): Cause {
  const name = chooseCause(symptoms, made);
  const { evidence, remedies: toTry } = causes[name];
  const remedy = toTry?.find(({ taken }) => made === undefined || !taken(made));
  return { name, evidence: evidence(symptoms), option: remedy?.option ?? (toTry && `--skip '${shorten(layer)}'`) };
}
