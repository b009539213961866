// Owns the task of spotting keywords in a stream of sound: features to a spectrogram, a network's scores, keywords.
import { ModelError } from '../errors';
import type { Model } from '../model';
import { type OptionNames, own } from '../options';
import { loadTaskModel, modelLabels, type TaskModelHandle, type TaskModelOptions, taskModelOptionNames } from '../task-model';
import type { TaskSource } from '../task-source';
import { className } from '../tasks/classification';
import { hasProbabilities, sigmoid, softmax } from '../tasks/probabilities';
import { dequantize } from '../tensor';
import { FeatureInput } from './feature-input';
import { frontendPresets, MicroFrontend, type MicroFrontendOptions } from './micro-frontend';
import { Recognition, type RecognitionOptions } from './recognition';
import { Resampler } from './resampler';
import type { AudioSamples } from './samples';

/** A keyword that was recognized. */
export interface Keyword {
  /** The class's name, or `class 7` where there is none. */
  label: string;
  /** Index of the model's output. */
  index: number;
  /** Average score in [0, 1]. */
  score: number;
  /** Milliseconds of sound from the begin, or from the last reset, to the end of the window in which it was recognized. */
  time: number;
}

/** Settings of networks trained for one front end. */
export interface KeywordSettings extends Partial<RecognitionOptions> {
  /** Milliseconds at the begin of which scores are not used. */
  readonly warmUp?: number;
  readonly frontend?: MicroFrontendOptions;
}

/** Settings by kind of network. */
export const keywordPresets = {
  /** tflite-micro's example micro_speech and TensorFlow's speech commands on its front end (`recognize_commands.h`). */
  microSpeech: {
    frontend: frontendPresets.microSpeech,
    averageWindow: 1000,
    detectionThreshold: 200 / 256,
    suppression: 1500,
    minimumCount: 3,
    warmUp: 0,
  },
  /**
   * microWakeWord (ESPHome's micro_wake_word): a model's manifest has `probability_cutoff`, which is `detectionThreshold`, and
   * `sliding_window_size` n, of which `averageWindow` is n - 1 times the milliseconds from run to run; here 0.97 and 5, of 30 ms each.
   * `warmUp`: `MIN_SLICES_BEFORE_DETECTION`, 100 windows.
   */
  microWakeWord: {
    frontend: frontendPresets.microWakeWord,
    averageWindow: 120,
    detectionThreshold: 0.97,
    suppression: 1500,
    minimumCount: 5,
    warmUp: 1000,
  },
} as const satisfies Record<string, KeywordSettings>;

/** Options of a keyword spotter; settings that are left out are those of `keywordPresets`: `microWakeWord` for networks that keep a state. */
export interface KeywordSpotterOptions extends TaskModelOptions, KeywordSettings {
  /** Samples per second of the sound that `process` takes, resampled where the front end has another rate; default: its rate, 16000. */
  sampleRate?: number;
  /** Windows from run to run; default 1, for networks that keep a state all that one run takes. */
  hop?: number;
  /** Labels that are not reported; default: those that contain silence, unknown, background or noise. */
  ignored?: readonly string[];
}

const optionNames: OptionNames<KeywordSpotterOptions> = {
  ...taskModelOptionNames,
  averageWindow: 1,
  detectionThreshold: 1,
  suppression: 1,
  minimumCount: 1,
  warmUp: 1,
  frontend: 1,
  sampleRate: 1,
  hop: 1,
  ignored: 1,
};

/** @throws ModelError `bad-argument` */
function checkNumbers(values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (!(typeof value === 'number' && value >= 0)) {
      throw new ModelError('bad-argument', `${name} of KeywordSpotter.load is ${String(value)}; it must be a number from 0`);
    }
  }
}

/** @throws ModelError `bad-shape` */
function checkOutput({ outputs }: Model): void {
  const [{ shape, dtype, name }] = outputs;
  const isVector = outputs.length === 1 && shape.slice(0, -1).every((dimension) => dimension === 1);
  if (isVector && (dtype === 'int8' || dtype === 'uint8' || dtype === 'float32')) return;
  throw new ModelError('bad-shape', `has ${dtype} [${shape}]; a keyword network has one output [1, classes] of int8, uint8 or float32`, {
    where: `output '${name}'`,
  });
}

/**
 * Spots keywords in sound, sample by sample: networks on the features of `MicroFrontend`, which take a spectrogram in each run, as
 * micro_speech, or the newest windows and keep a state, as microWakeWord. Everything runs in the call of `process`, in an AudioWorklet too.
 */
export class KeywordSpotter {
  readonly model: Model;
  readonly frontend: MicroFrontend;
  /** By output index; absent: neither options nor the model have any. */
  readonly labels: readonly string[] | undefined;
  private readonly isOwn: boolean;
  private readonly resampler: Resampler | undefined;
  private readonly input: FeatureInput;
  private readonly recognition: Recognition;
  private readonly toProbabilities: (scores: Float32Array) => ArrayLike<number>;
  private readonly ignored: (label: string) => boolean;
  private readonly hop: number;
  private readonly warmUp: number;
  /** Windows so far, and how many of them the next run needs. */
  private windows = 0;
  private due: number;

  /**
   * Loads a keyword network from bytes, an address or a loaded model.
   * @throws ModelError as `load` of `zeropoint/float`; `bad-shape` for a network whose input holds no windows of the front end, or whose
   * output holds no scores; `bad-argument` for options that do not exist or fit; `fetch-failed`
   */
  static async load(source: TaskSource, options: KeywordSpotterOptions = {}): Promise<KeywordSpotter> {
    const handle = await loadTaskModel(source, options, optionNames, 'KeywordSpotter.load');
    try {
      return new KeywordSpotter(handle, own(options));
    } catch (error) {
      if (handle.isOwn) handle.model.dispose();
      throw error;
    }
  }

  /** Use `load`. */
  private constructor({ model, isOwn }: TaskModelHandle, options: KeywordSpotterOptions) {
    this.model = model;
    this.isOwn = isOwn;
    checkOutput(model);
    const isStreaming = model.states.length > 0;
    const preset = keywordPresets[isStreaming ? 'microWakeWord' : 'microSpeech'];
    this.frontend = new MicroFrontend(options.frontend ?? preset.frontend);
    this.input = new FeatureInput(model, this.frontend.options.numChannels);
    const { frames } = this.input;
    const { averageWindow, detectionThreshold, suppression, minimumCount, warmUp } = { ...preset, ...definedOf(options) };
    const { hop = isStreaming ? frames : 1, sampleRate = this.frontend.options.sampleRate, ignored } = options;
    checkNumbers({ averageWindow, detectionThreshold, suppression, minimumCount, warmUp });
    if (!(Number.isInteger(hop) && hop >= 1)) throw new ModelError('bad-argument', `hop is ${String(hop)}; it must be an integer >= 1`);
    this.hop = hop;
    this.due = frames;
    this.warmUp = warmUp;
    const classes = model.outputs[0].data.length;
    this.recognition = new Recognition({ averageWindow, detectionThreshold, suppression, minimumCount }, classes);
    this.resampler =
      sampleRate === this.frontend.options.sampleRate ? undefined : new Resampler(sampleRate, this.frontend.options.sampleRate);
    this.labels = options.labels ?? modelLabels(model)[0];
    this.ignored = ignored ? (label) => ignored.includes(label) : (label) => /silence|unknown|background|noise/i.test(label);
    const areProbabilities = hasProbabilities(model.graph);
    const fromLogits = classes === 1 ? ([logit]: number[]) => [sigmoid(logit)] : softmax;
    this.toProbabilities = areProbabilities ? (scores) => scores : (scores) => fromLogits([...scores]);
  }

  /** Average scores by output index, of the window that ends with the newest run: a live array; zeros before there was one. */
  get scores(): Float64Array {
    return this.recognition.averages;
  }

  /**
   * Takes samples of one channel, any number of them, and returns the keywords that are new in them, mostly none.
   * @param samples int16, or float32 in [-1, 1), at the rate of the option `sampleRate`
   * @throws ModelError `bad-argument` for other arrays, `disposed`
   */
  process(samples: AudioSamples): Keyword[] {
    const keywords: Keyword[] = [];
    for (const features of this.frontend.process(this.resampler?.process(samples) ?? samples)) {
      this.input.push(features);
      this.windows++;
      if (this.windows < this.due) continue;
      this.due += this.hop;
      const keyword = this.run();
      if (keyword) keywords.push(keyword);
    }
    return keywords;
  }

  private run(): Keyword | undefined {
    const { windowSize, windowStep } = this.frontend.options;
    this.input.write();
    this.model.run();
    const time = windowSize + (this.windows - 1) * windowStep;
    if (time < this.warmUp) return undefined;
    const index = this.recognition.add(this.toProbabilities(dequantize(this.model.outputs[0])), time);
    if (index === undefined) return undefined;
    const label = className(index, this.labels);
    return this.ignored(label) ? undefined : { label, index, score: this.scores[index], time };
  }

  /** Forgets all sound, the model's state and the scores, as before the first call. */
  reset(): void {
    this.resampler?.reset();
    this.frontend.reset();
    this.recognition.reset();
    this.model.reset();
    this.windows = 0;
    this.due = this.input.frames;
  }

  /** Releases the model, unless it was given loaded. */
  dispose(): void {
    if (this.isOwn) this.model.dispose();
  }
}

/** The members that are not undefined. */
function definedOf<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
