// Owns a look at the samples of long work as they are first taken: the range that is fed to each input, and what about it cannot be meant.
import type { Preprocessing } from 'zeropoint/image';
import type { Value } from 'zeropoint/tflite';
import type { ProgressOptions } from '../steps';
import type { Dataset, Sample } from './dataset';

/** The first samples, that are looked at. */
const maxSurveyed = 512;
/** A sample whose largest absolute value is that many times the median of all samples' is not like the others. */
const outlierRatio = 100;
/** Arrays whose largest absolute value is that many times what the preprocessing gives, or that part of it, were not made by it. */
const foreignRatio = 8;
const smallRatio = 1 / 64;
/** Pixels as they are reach more than this. */
const minPixelRange = 100;

/** Real numbers that an input was given. */
export interface FedRange {
  readonly name: string;
  readonly min: number;
  readonly max: number;
}

export interface Survey {
  /** How many samples were looked at. */
  readonly samples: number;
  readonly fed: readonly FedRange[];
  /** Sentences that say what was seen and what was expected. */
  readonly doubts: readonly string[];
}

export interface SurveyOptions {
  readonly inputs: readonly Value[];
  /** How pictures become the first input; undefined where nothing says so. */
  readonly preprocessing: Preprocessing | undefined;
  /** The first input is read by a layer whose weights are those of normalized numbers. */
  readonly isNormalized: boolean;
  readonly signal?: AbortSignal;
}

/** Real numbers that a preprocessing makes of pixels 0..255. */
export function preprocessedRange({ mean = 0, std = 1 }: Preprocessing): { min: number; max: number } {
  const [means, stds] = [mean, std].map((value) => (typeof value === 'number' ? [value] : value));
  const channels = Array.from({ length: Math.max(means.length, stds.length) }, (_, c) => ({
    mean: means[c % means.length],
    std: stds[c % stds.length],
  }));
  return {
    min: Math.min(...channels.map(({ mean, std }) => (0 - mean) / std)),
    max: Math.max(...channels.map(({ mean, std }) => (255 - mean) / std)),
  };
}

const number = (value: number): string => String(Number(value.toPrecision(4)));
const rangeText = ({ min, max }: { min: number; max: number }): string => `${number(min)} to ${number(max)}`;
const largest = ({ min, max }: { min: number; max: number }): number => Math.max(-min, max);

/** The range of one input in one sample. */
interface SampleRange {
  readonly sample: string;
  readonly min: number;
  readonly max: number;
}

function rangeOf(sample: string, data: ArrayLike<number | bigint>): SampleRange {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return { sample, min, max };
}

function outlierDoubt(name: string, ranges: readonly SampleRange[]): string | undefined {
  const sorted = [...ranges].sort((a, b) => largest(a) - largest(b));
  const [middle, last] = [sorted[sorted.length >> 1], sorted[sorted.length - 1]];
  if (sorted.length < 3 || !(largest(middle) > 0) || largest(last) < outlierRatio * largest(middle)) return undefined;
  return `input '${name}' is ${rangeText(last)} in '${last.sample}' and ${rangeText(middle)} in a usual sample; check that file`;
}

/** Of arrays and raw files, which are taken as they are, where pictures would be preprocessed. */
function foreignDoubt({ name, min, max }: FedRange, preprocessing: Preprocessing): string | undefined {
  const expected = preprocessedRange(preprocessing);
  const ratio = largest({ min, max }) / largest(expected);
  if (ratio <= foreignRatio && ratio >= smallRatio) return undefined;
  return (
    `input '${name}' is fed ${rangeText({ min, max })}, and the preprocessing gives ${rangeText(expected)}; ` +
    'arrays and .bin files are taken as they are, so normalize them before saving, or name the preprocessing that made them'
  );
}

function pixelDoubt({ name, min, max }: FedRange): string | undefined {
  if (min < 0 || max < minPixelRange || max > 255) return undefined;
  return (
    `input '${name}' is fed ${rangeText({ min, max })}, pixels as they are, and the weights of its layer are those of numbers around 1; ` +
    'networks of Keras and Teachable Machine take -1 to 1 (--preprocess tf), others 0 to 1 (unit)'
  );
}

/** Samples that were looked at so far. */
class Look {
  private readonly ranges: SampleRange[][];
  private readonly bad: string[] = [];
  private arePictures = false;
  samples = 0;

  constructor(
    private readonly dataset: Dataset,
    private readonly options: SurveyOptions,
  ) {
    this.ranges = options.inputs.map(() => []);
  }

  add({ name, inputs, picture }: Sample): void {
    if (picture !== undefined) this.arePictures = true;
    this.samples++;
    for (const [i, elements] of inputs.entries()) {
      const at = (elements as Float32Array).findIndex((element) => typeof element === 'number' && !Number.isFinite(element));
      if (at < 0) this.ranges[i].push(rangeOf(name, elements));
      else this.bad.push(`'${name}' holds ${elements[at]} at element ${at} of input '${this.options.inputs[i].name}'`);
    }
  }

  survey(): Survey {
    const { ranges, samples, arePictures, dataset, bad } = this;
    const { inputs, preprocessing, isNormalized } = this.options;
    const fed = inputs.map(({ name }, i) => ({
      name,
      min: Math.min(...ranges[i].map(({ min }) => min)),
      max: Math.max(...ranges[i].map(({ max }) => max)),
    }));
    const doubts: (string | undefined)[] = [];
    if (dataset.size === 1 && dataset.shard === undefined)
      doubts.push('there is one sample; give some hundred like those that the network will see');
    if (bad.length > 0)
      doubts.push(`${bad[0]}${bad.length > 1 ? `, and ${bad.length - 1} more samples are like it` : ''}; leave out what is not finite`);
    for (const [i, range] of fed.entries()) {
      if (ranges[i].length === 0) continue;
      const isFloat = inputs[i].dtype === 'float32';
      if (range.min === range.max && isFloat)
        doubts.push(`input '${range.name}' is ${number(range.min)} in every element of every sample; check the data`);
      else if (isFloat) {
        const foreign = i === 0 && preprocessing && !arePictures ? foreignDoubt(range, preprocessing) : undefined;
        doubts.push(outlierDoubt(range.name, ranges[i]), foreign ?? (i === 0 && isNormalized ? pixelDoubt(range) : undefined));
      }
    }
    return { samples, fed, doubts: doubts.filter((doubt) => doubt !== undefined) };
  }
}

/**
 * A dataset whose samples are looked at as they are first taken, so that none is decoded for that alone; corrupt ones are left out as always.
 */
export class SurveyedDataset implements Dataset {
  private look: Look | undefined;
  private found: Survey | undefined;

  /** `onSurvey` is called once, with what was seen, as soon as it is known; what it throws ends the iteration. */
  constructor(
    private readonly dataset: Dataset,
    private readonly options: SurveyOptions,
    private readonly onSurvey: (survey: Survey) => void,
  ) {}

  get size(): number {
    return this.dataset.size;
  }

  get classes(): number {
    return this.dataset.classes;
  }

  get classNames(): readonly string[] | undefined {
    return this.dataset.classNames;
  }

  get shard(): Dataset['shard'] {
    return this.dataset.shard;
  }

  get skipped(): Dataset['skipped'] {
    return this.dataset.skipped;
  }

  hash(options?: ProgressOptions): Promise<string> {
    return this.dataset.hash(options);
  }

  [Symbol.asyncIterator](): AsyncIterator<Sample> {
    return this.from(0)[Symbol.asyncIterator]();
  }

  async *from(position: number): AsyncGenerator<Sample> {
    const look = this.look ? undefined : new Look(this.dataset, this.options);
    this.look ??= look;
    for await (const sample of this.dataset.from(position)) {
      if (look && !this.found) look.add(sample);
      if (look?.samples === maxSurveyed) this.finish();
      yield sample;
    }
    if (look) this.finish();
  }

  /** What was seen; of a dataset from which nothing was taken, what its samples are. @throws the signal's reason when aborted */
  async survey(): Promise<Survey> {
    if (this.look) return this.finish();
    for await (const _ of this) {
      this.options.signal?.throwIfAborted();
      if (this.found) break;
    }
    return this.finish();
  }

  private finish(): Survey {
    if (!this.found) {
      this.found = this.look!.survey();
      this.onSurvey(this.found);
    }
    return this.found;
  }
}
