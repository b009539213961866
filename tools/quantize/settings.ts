// Owns the settings of quantization: their names, defaults, and which of them go together.
import { ModelError } from 'zeropoint';
import type { OptionNames } from 'zeropoint/graph';
import type { Preprocessing } from 'zeropoint/image';
import type { Ranges } from '../calibrate/ranges';
import type { CalibrationSettings } from '../calibrate/settings';
import { type SchemeSettings, schemeSettings } from './build/scheme';
import type { WeightMethod } from './build/weights';
import type { ExceptionGlobs } from './exceptions';

/** Settings of quantization that the file records; `defaultSettings` and `schemeSettings` have the defaults. */
export interface QuantizeSettings extends ExceptionGlobs {
  readonly scheme?: Partial<SchemeSettings>;
  /** Without an observer, that of the least error on held samples is chosen, of min-max, mse and percentile. */
  readonly calibration?: Partial<CalibrationSettings>;
  /** Default: `min-max`, of weights of 4 bits `mse`. */
  readonly weights?: WeightMethod;
  /**
   * Apply each of the modules below only where outputs gain by it on held samples and none loses, and with too few samples only bias
   * correction. False: apply all that are on, everywhere.
   */
  readonly decide?: boolean;
  /** Limit dead channels, scale channels and absorb biases. */
  readonly equalize?: boolean;
  /** Give the outputs of each layer the mean of the float layer's. */
  readonly biasCorrection?: boolean;
  /** Choose the ranges of logits by the divergence of the probabilities after SOFTMAX. */
  readonly logitRanges?: boolean;
  /** Refit the weights of each layer to its inputs in the quantized network. */
  readonly refit?: boolean;
  /** Choose weight codes by the error of the layer's outputs instead of rounding each weight to the nearest code. */
  readonly round?: boolean;
  /** Number of samples for every module but the observer, which takes all; they are held in memory. */
  readonly refineSamples?: number;
  /** Make the operands of concatenations that compute outputs the outputs, each with a scale of its own (see splitHeads). */
  readonly splitHeads?: boolean;
  /** How pictures become the input: recorded in the file. As `calibration.preprocessing`. */
  readonly preprocessing?: Preprocessing;
  /** Names of classes, in the order of an output's elements: written as TFLite's metadata. */
  readonly classes?: readonly string[];
}

export type Stage = 'calibrate' | 'decide' | 'refine' | 'judge' | 'search';

export interface QuantizeOptions extends QuantizeSettings {
  /**
   * Ranges from a calibration of this network, used instead of observing the samples. Values that equalization changes are observed again.
   */
  readonly ranges?: Ranges;
  /** SHA-256 of the float model's file, for the provenance; default: a hash of the graph. */
  readonly modelHash?: string;
  /**
   * Threads that trials run on, an integer >= 1; default: 2 where the machine has them and the trials are long enough. The result does not
   * depend on it. Engines without worker threads have one.
   */
  readonly workers?: number;
  readonly onProgress?: (stage: Stage, done: number, total: number | undefined) => void;
  readonly signal?: AbortSignal;
}

export const quantizeOptionNames: OptionNames<QuantizeOptions> = {
  scheme: 1,
  calibration: 1,
  weights: 1,
  decide: 1,
  equalize: 1,
  biasCorrection: 1,
  logitRanges: 1,
  refit: 1,
  round: 1,
  refineSamples: 1,
  skip: 1,
  int16: 1,
  int4: 1,
  splitHeads: 1,
  preprocessing: 1,
  classes: 1,
  ranges: 1,
  modelHash: 1,
  workers: 1,
  onProgress: 1,
  signal: 1,
};

/** Of int16x8: activations of 16 bits lose nothing that these modules could give back. */
const forWeightsAlone = { decide: false, equalize: false, logitRanges: false, refit: false } as const;

/** The largest weights of a channel make the 15 codes of 4 bits too coarse for the others. */
const defaultWeights = ({ weightBits }: SchemeSettings, { int4 = [] }: ExceptionGlobs): WeightMethod =>
  weightBits === 4 || int4.length > 0 ? 'mse' : 'min-max';

/** All modules are on, and decided on; ranges of weights are those of defaultWeights. */
export const defaultSettings = {
  calibration: {},
  decide: true,
  equalize: true,
  biasCorrection: true,
  logitRanges: true,
  refit: true,
  round: true,
} as const satisfies QuantizeSettings;

/** All settings but exceptions, with defaults. */
export type CompleteSettings = Required<
  Omit<QuantizeSettings, 'scheme' | 'refineSamples' | keyof ExceptionGlobs | 'splitHeads' | 'preprocessing' | 'classes'>
> & {
  readonly scheme: SchemeSettings;
  readonly refineSamples?: number;
  /** Recorded: comparisons split the float network alike. */
  readonly splitHeads?: boolean;
};

/** The settings alone, with defaults: of the same network and samples they give the same file, however the options say to compute it. */
export function complete(settings: QuantizeOptions): CompleteSettings {
  const { preprocessing, classes: _classes, ranges: _ranges, modelHash: _hash, workers: _workers, ...others } = settings;
  const { onProgress: _progress, signal: _signal, ...rest } = others;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const scheme = schemeSettings(settings.scheme);
  checkExceptions(settings, scheme);
  const complete = {
    ...defaultSettings,
    weights: defaultWeights(scheme, settings),
    ...given,
    scheme,
    ...(scheme.name === 'int16x8' && forWeightsAlone),
  };
  return preprocessing ? { ...complete, calibration: { ...complete.calibration, preprocessing } } : complete;
}

/** @throws ModelError `bad-argument` for exceptions of a scheme that has none but float nodes */
function checkExceptions({ int16 = [], int4 = [] }: ExceptionGlobs, { name }: SchemeSettings): void {
  if (name === 'int8' || int16.length + int4.length === 0) return;
  throw new ModelError('bad-argument', `layers of 16 and of 4 bits are exceptions of int8; ${name} has none`);
}
