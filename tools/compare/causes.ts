// Owns the diagnosis of a layer: from its figures to the most probable cause of its error and the option against it.
import type { Provenance } from '../model/provenance';
import type { Cause, CauseName } from './comparison';

/**
 * Figures of one layer. Noise is the sum of squared errors of the layer run in isolation; each `*Noise` is one source's estimated noise
 * over that sum, at least 0. The estimates are independent of each other: they need not add up to 1, and one may exceed it.
 */
export interface Symptoms {
  /** SQNR in isolation and inside the quantized network, in dB. */
  readonly local?: number;
  readonly global?: number;
  /** Share of the values outside the output's range, in [0, 1], and the noise of clipping them. */
  readonly saturated: number;
  readonly clippingNoise: number;
  /** Noise of rounding the exact output to the output's codes. */
  readonly roundingNoise: number;
  /** Width of the output's range over the width of the central interval that holds 99.98 % of the values. */
  readonly rangeExcess: number;
  /** Width of the output's range over the median of the channels' widths max - min. */
  readonly channelExcess: number;
  /** The operator's output must have the scale and zero point of its input. */
  readonly sharesRange: boolean;
  /** The output is read by SOFTMAX only. */
  readonly isLogits: boolean;
  readonly channels: number;
  /** Number and noise of the channels whose output is constant although the float one varies. */
  readonly deadChannels: number;
  readonly deadNoise: number;
  /** Share of the noise that is a constant per channel, in [0, 1]. */
  readonly biasShift: number;
  /** Noise of quantized weights; spread and crest factor as in `WeightFigures`. */
  readonly weights?: { readonly noise: number; readonly spread?: number; readonly crestFactor: number };
}

/** From this local SQNR on a layer needs no attention: noise is a thousandth of the signal's power. */
const healthySqnr = 30;
/** From this local SQNR on even constant channels are not worth an option: they carry no more than a ten thousandth of the power. */
const negligibleSqnr = 40;
/** A healthy layer whose SQNR inside the network is lower by this many dB has its error from the layers before it. */
const inheritedDecibels = 10;
/** The share of the noise from which on its source counts as the cause. */
const minShare = 0.4;
/** Ratio of widths that costs log2(4) = 2 of the 8 bits. */
const wideRatio = 4;
/** Ratio of widths that costs log2(16) = 4 of the 8 bits for the median channel: every other symptom of the layer may follow from it. */
const veryWideRatio = 16;
/** Crest factor of weights with outliers; that of some hundred normally distributed weights is about 3. */
const outlierCrestFactor = 6;
/** Calibration samples beyond which minimum and maximum hardly grow. */
const manySamples = 100;

const percent = (share: number): string =>
  share < 5e-5 ? 'under 0.01 %' : `${(100 * Math.min(1, share)).toFixed(share < 0.01 ? 2 : share < 0.1 ? 1 : 0)} %`;
const times = (factor: number): string => `${factor.toFixed(factor < 10 ? 1 : 0)} times`;

/** An option of `zeropoint quantize`, and whether a file with this provenance was already made with it. */
interface Remedy {
  readonly option: string;
  /** For files that were made elsewhere: what `zeropoint quantize` does without an option. */
  readonly byDefault?: string;
  readonly isApplied: (provenance: Provenance) => boolean;
}

const remedies = {
  equalize: {
    option: 'equalization (leave out --no-equalize)',
    byDefault: 'equalization, as zeropoint quantize does by default',
    isApplied: ({ settings }) => settings.equalize === true,
  },
  correctBias: {
    option: 'bias correction (leave out --no-bias-correction)',
    byDefault: 'bias correction, as zeropoint quantize does by default',
    isApplied: ({ settings }) => settings.biasCorrection === true,
  },
  round: { option: '--round', isApplied: ({ settings }) => settings.round === true },
  mse: { option: '--weights mse', isApplied: ({ settings }) => settings.weights === 'mse' },
  minMax: { option: '--observer min-max', isApplied: ({ calibration }) => calibration.settings.observer === 'min-max' },
  percentile: { option: '--observer percentile', isApplied: ({ calibration }) => calibration.settings.observer === 'percentile' },
  observeMse: { option: '--observer mse', isApplied: ({ calibration }) => calibration.settings.observer === 'mse' },
  moreData: { option: 'more calibration samples', isApplied: ({ calibration }) => calibration.samples >= manySamples },
  perChannel: { option: '--scheme int8', isApplied: ({ settings }) => (settings.scheme as { name?: string })?.name === 'int8' },
} satisfies Record<string, Remedy>;

interface CauseText {
  readonly evidence: (symptoms: Symptoms) => string;
  /** In the order of trial; once all are applied, the layer itself can stay float. Absent where no option of this layer would help. */
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
    evidence: (s) => `single weights are ${times(s.weights?.crestFactor ?? 0)} the root mean square of their channel`,
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

function weightCause({ spread = 1, crestFactor }: NonNullable<Symptoms['weights']>): CauseName {
  if (spread >= wideRatio) return 'weight spread';
  return crestFactor >= outlierCrestFactor ? 'weight outlier' : 'weight rounding';
}

function roundingCause({ rangeExcess, channelExcess, sharesRange }: Symptoms): CauseName {
  if (rangeExcess >= wideRatio) return sharesRange ? 'shared range' : 'range outlier';
  return channelExcess >= wideRatio ? 'channel spread' : 'activation rounding';
}

/** The source with the largest share of the noise, as far as that is decisive; what no source explains came with the quantized input. */
function chooseCause(symptoms: Symptoms, provenance: Provenance | undefined): CauseName {
  const { local, global } = symptoms;
  if (local === undefined) return 'earlier layers';
  if (symptoms.deadNoise >= minShare && local < negligibleSqnr) return 'dead channels';
  if (local >= healthySqnr) return global !== undefined && local - global >= inheritedDecibels ? 'earlier layers' : 'healthy';
  if (symptoms.isLogits && provenance?.settings.logitRanges === true && symptoms.clippingNoise >= minShare) return 'clipped logits';
  if ((symptoms.weights?.spread ?? 1) >= veryWideRatio) return 'weight spread';
  const candidates: [CauseName, number][] = [
    ['saturation', symptoms.clippingNoise],
    ['bias shift', symptoms.biasShift],
    [roundingCause(symptoms), symptoms.roundingNoise],
  ];
  if (symptoms.weights) candidates.push([weightCause(symptoms.weights), symptoms.weights.noise]);
  const [name, share] = candidates.reduce((best, next) => (next[1] > best[1] ? next : best));
  return share >= minShare ? name : 'quantized input';
}

/** A glob for --skip: converters join the names of fused operators by `;`, and the first one with a wildcard identifies the layer. */
const layerGlob = (layer: string): string => layer.replace(/;.*/s, '*');

/**
 * The most probable cause, its evidence, and the first option against it that the file was not made with, at last `--skip LAYER`.
 * `layer` is the name of the layer's output. Without `provenance` no option counts as applied.
 */
export function diagnose(symptoms: Symptoms, layer: string, provenance: Provenance | undefined): Cause {
  const name = chooseCause(symptoms, provenance);
  const { evidence, remedies: candidates } = causes[name];
  const remedy = candidates?.find(({ isApplied }) => provenance === undefined || !isApplied(provenance));
  const own = provenance === undefined ? (remedy?.byDefault ?? remedy?.option) : remedy?.option;
  return { name, evidence: evidence(symptoms), option: own ?? (candidates && `--skip '${layerGlob(layer)}'`) };
}
