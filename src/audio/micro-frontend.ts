// Owns the micro front end: samples to frames of features, and the settings of the networks that are trained on them.
import { ModelError } from '../errors';
import { checkOptionNames, own } from '../options';
import { significantBits } from './bits';
import { GainControl, type GainControlOptions } from './gain-control';
import { HannWindow } from './hann-window';
import { type LogScaleOptions, logScale } from './log-scale';
import { type FilterbankOptions, filterbankBits, MelFilterbank } from './mel-filterbank';
import { NoiseReduction, type NoiseReductionOptions } from './noise-reduction';
import { RealFft } from './real-fft';
import { type AudioSamples, toInt16 } from './samples';

/**
 * Settings of the micro front end, under the names that TensorFlow's operator `audio_microfrontend` has for them. Defaults are those of the
 * source (`*_util.c`); networks are trained with settings of their own: `frontendPresets`.
 */
export interface MicroFrontendOptions extends Partial<FilterbankOptions & NoiseReductionOptions & GainControlOptions & LogScaleOptions> {
  /** Samples per second; default 16000. */
  readonly sampleRate?: number;
  /** Length of a window in milliseconds; default 25. */
  readonly windowSize?: number;
  /** From the begin of a window to that of the next, in milliseconds, at most `windowSize`; default 10. */
  readonly windowStep?: number;
  /** Channels of the mel filterbank, which is the number of features of a frame, 1 to 1024; default 32. */
  readonly numChannels?: number;
  /** In Hz, from 0; default 125. */
  readonly lowerBandLimit?: number;
  /** In Hz, below half the sample rate; default 7500. */
  readonly upperBandLimit?: number;
  /** Fractional bits of the noise estimate, 0 to 16; default 10. */
  readonly smoothingBits?: number;
  /** Weight of a new window in the noise estimate, of channels 0, 2, 4 ..., in [0, 1]; default 0.025. */
  readonly evenSmoothing?: number;
  /** The same of channels 1, 3, 5 ...; default 0.06. */
  readonly oddSmoothing?: number;
  /** Share of the signal that noise reduction leaves at least, in [0, 1]; default 0.05. 1: no noise reduction. */
  readonly minSignalRemaining?: number;
  /** Whether gain is controlled, by per-channel amplitude normalization; default false. */
  readonly enablePcan?: boolean;
  /** Exponent of the gain in [0, 1]; default 0.95. */
  readonly pcanStrength?: number;
  /** Added to the noise estimate before the power, from 0; default 80. */
  readonly pcanOffset?: number;
  /** Fractional bits of the gain, 0 to 31; default 21. */
  readonly gainBits?: number;
  /** Whether features are logarithms; default true. */
  readonly enableLog?: boolean;
  /** Features are ln(x) * 2^scaleShift, 0 to 16; default 6. */
  readonly scaleShift?: number;
}

const defaults: Required<MicroFrontendOptions> = {
  sampleRate: 16000,
  windowSize: 25,
  windowStep: 10,
  numChannels: 32,
  lowerBandLimit: 125,
  upperBandLimit: 7500,
  smoothingBits: 10,
  evenSmoothing: 0.025,
  oddSmoothing: 0.06,
  minSignalRemaining: 0.05,
  enablePcan: false,
  pcanStrength: 0.95,
  pcanOffset: 80,
  gainBits: 21,
  enableLog: true,
  scaleShift: 6,
};

/** Settings that differ from the defaults. */
export const frontendPresets = {
  /** tflite-micro's example micro_speech: `micro_model_settings.h`, `audio_preprocessor.py`. */
  microSpeech: { windowSize: 30, windowStep: 20, numChannels: 40, enablePcan: true },
  /** microWakeWord and ESPHome's component micro_wake_word, second generation of models: `preprocessor_settings.h`. */
  microWakeWord: { windowSize: 30, windowStep: 10, numChannels: 40, enablePcan: true },
} as const satisfies Record<string, MicroFrontendOptions>;

/** Longest window in samples: bins and weights are counted in int16. */
const maxWindow = 1 << 14;

const integer =
  (min: number, max: number) =>
  (x: unknown): boolean =>
    Number.isInteger(x) && (x as number) >= min && (x as number) <= max;
const real =
  (min: number, max: number) =>
  (x: unknown): boolean =>
    typeof x === 'number' && x >= min && x <= max;
const truth = (x: unknown): boolean => typeof x === 'boolean';

/** Per option: the check of its values, and what the message says they must be. */
const members: Readonly<Record<keyof MicroFrontendOptions, readonly [accepts: (x: unknown) => boolean, values: string]>> = {
  sampleRate: [integer(1, 1e6), 'a whole number of Hz up to 1,000,000'],
  windowSize: [real(0, 1e6), 'milliseconds'],
  windowStep: [real(0, 1e6), 'milliseconds'],
  numChannels: [integer(1, 1024), 'a whole number from 1 to 1024'],
  lowerBandLimit: [real(0, 1e6), 'Hz, from 0'],
  upperBandLimit: [real(0, 1e6), 'Hz'],
  smoothingBits: [integer(0, 16), 'a whole number from 0 to 16'],
  evenSmoothing: [real(0, 1), 'a number from 0 to 1'],
  oddSmoothing: [real(0, 1), 'a number from 0 to 1'],
  minSignalRemaining: [real(0, 1), 'a number from 0 to 1'],
  enablePcan: [truth, 'true or false'],
  pcanStrength: [real(0, 1), 'a number from 0 to 1'],
  pcanOffset: [real(0, 1e6), 'a number from 0'],
  gainBits: [integer(0, 31), 'a whole number from 0 to 31'],
  enableLog: [truth, 'true or false'],
  scaleShift: [integer(0, 16), 'a whole number from 0 to 16'],
};

/** @throws ModelError `bad-argument` for options that do not exist and for values that are out of range */
function parseOptions(options: MicroFrontendOptions): Required<MicroFrontendOptions> {
  checkOptionNames<MicroFrontendOptions>(options, members, 'MicroFrontend');
  const given = Object.entries(own(options)).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    const [accepts, values] = members[name as keyof MicroFrontendOptions];
    if (!accepts(value)) throw new ModelError('bad-argument', `${name} of MicroFrontend is ${String(value)}; it must be ${values}`);
  }
  return { ...defaults, ...Object.fromEntries(given) };
}

/**
 * The fixed-point front end of TensorFlow Lite Micro (`tensorflow/lite/experimental/microfrontend`), equal to it in every feature: window,
 * Fourier transform, mel filterbank, noise reduction, gain control and logarithm. Microcontrollers compute the same features, so that
 * networks trained for them run here, and the other way round.
 *
 * Float functions of its tables (cosf, log1pf, powf) are rounded correctly here; a C library that rounds them otherwise changes a weight by
 * 2^-12 here and there. The later audio preprocessor models of tflite-micro truncate weights that this front end rounds.
 */
export class MicroFrontend {
  /** The options, with defaults for those left out. */
  readonly options: Readonly<Required<MicroFrontendOptions>>;
  private readonly window: HannWindow;
  private readonly fft: RealFft;
  private readonly filterbank: MelFilterbank;
  private readonly noiseReduction: NoiseReduction;
  private readonly gainControl: GainControl | undefined;
  /** Bits that the transform's scale of 1 / length and the weights' square roots leave to correct. */
  private readonly correctionBits: number;

  /** @throws ModelError `bad-argument` for options that do not exist, that are out of range, or that do not fit together */
  constructor(options: MicroFrontendOptions = {}) {
    const all = parseOptions(options);
    this.options = all;
    const { sampleRate, windowSize, windowStep, smoothingBits, gainBits } = all;
    const [size, step] = [windowSize, windowStep].map((milliseconds) => Math.floor((milliseconds * sampleRate) / 1000));
    if (!(size >= 3 && size <= maxWindow && step >= 1 && step <= size)) {
      throw new ModelError(
        'bad-argument',
        `windows of ${size} samples every ${step} samples cannot be computed; windowSize must give 3 to ${maxWindow}, windowStep 1 to that`,
      );
    }
    if (!(all.lowerBandLimit < all.upperBandLimit && all.upperBandLimit < sampleRate / 2)) {
      throw new ModelError(
        'bad-argument',
        `the band from ${all.lowerBandLimit} to ${all.upperBandLimit} Hz is empty or not below half the sampleRate, ${sampleRate / 2} Hz`,
      );
    }
    this.window = new HannWindow(size, step);
    this.fft = new RealFft(size);
    this.filterbank = new MelFilterbank(all, sampleRate, this.fft.size / 2 + 1);
    this.noiseReduction = new NoiseReduction(all, all.numChannels);
    this.correctionBits = significantBits(this.fft.size) - 1 - filterbankBits / 2;
    if (!all.enablePcan) return;
    if (gainBits - this.correctionBits < 12 || smoothingBits < this.correctionBits) {
      throw new ModelError(
        'bad-argument',
        `gainBits ${gainBits} or smoothingBits ${smoothingBits} are too few for windows of ${size} samples; ` +
          `they must be ${12 + this.correctionBits} and ${Math.max(0, this.correctionBits)} at least`,
      );
    }
    this.gainControl = new GainControl(all, smoothingBits, this.correctionBits);
  }

  /**
   * Takes samples of one channel, any number of them, and returns the frames of the windows that they complete: `numChannels` features
   * each, 0 to 65535. Samples of an unfinished window are kept for the next call, as is the noise estimate.
   * @param samples int16, or float32 in [-1, 1), which become round(32768 x), clamped
   * @throws ModelError `bad-argument` for other arrays
   */
  process(samples: AudioSamples): Uint16Array[] {
    const codes = toInt16(samples);
    const { window } = this;
    const frames: Uint16Array[] = [];
    for (let at = 0; at < codes.length; ) {
      at += window.take(codes, at);
      if (window.used === window.size) frames.push(this.frame());
    }
    return frames;
  }

  /** `FrontendProcessSamples` of a full window. */
  private frame(): Uint16Array {
    const { window, fft, filterbank, noiseReduction } = this;
    window.apply();
    // As large as int16 allows, for the transform rounds at every stage.
    const shift = 15 - significantBits(window.maxMagnitude);
    fft.compute(window.output, shift);
    filterbank.measure(fft.output);
    filterbank.accumulate();
    const signal = filterbank.squareRoots(shift);
    noiseReduction.apply(signal);
    this.gainControl?.apply(signal, noiseReduction.estimate);
    return logScale(signal, this.options, this.correctionBits);
  }

  /** Forgets samples and the noise estimate, as before the first call. */
  reset(): void {
    this.window.reset();
    this.noiseReduction.reset();
  }
}
