// Owns the types of datasets: samples one after the other, never all in memory.
import type { TensorData } from 'zeropoint/tflite';
import type { Shard } from '../shards';
import type { ProgressOptions } from '../steps';

/** One picture, array or file, ready for the model. */
export interface Sample {
  /** Unique in its dataset: the file's name, or the file's name and the index inside it. */
  readonly name: string;
  /** Position in the dataset, corrupt files counted. */
  readonly index: number;
  /** Elements of every model input, in order and in the inputs' dtypes. Valid until the next sample is requested. */
  readonly inputs: readonly TensorData[];
  /** Index of the right class; absent where the dataset has none. */
  readonly label?: number;
  /** Path of the picture, for thumbnails. */
  readonly picture?: string;
  /** Width and height of the picture in pixels, upright. */
  readonly size?: { readonly width: number; readonly height: number };
}

/** Samples in a fixed order; iterating again begins anew. */
export interface Dataset extends AsyncIterable<Sample> {
  /** How many samples an iteration gives, unless some of them turn out to be corrupt. */
  readonly size: number;
  /** 1 + the largest label among all samples of the data, chosen or not; 0 without labels. */
  readonly classes: number;
  /** Names of the classes by label, where folders or a table give them. */
  readonly classNames?: readonly string[];
  /** Which part of a whole dataset this is: every count-th sample, beginning at index. Absent: the whole. */
  readonly shard?: Shard;
  /** SHA-256 over names, sizes and contents in order, hexadecimal; those of the shards of a dataset add up to the whole's (`addHashes`). */
  hash(options?: ProgressOptions): Promise<string>;
  /** The samples from position `index` on, without decoding those before. */
  from(index: number): AsyncIterable<Sample>;
  /** Files left out so far, with the reason. */
  readonly skipped: readonly SkippedSample[];
}

export interface SkippedSample {
  readonly name: string;
  readonly reason: string;
  /** Position in the dataset. */
  readonly index?: number;
}

/** What functions that walk over samples take: a Dataset, or any async iterable of samples. */
export type Samples = AsyncIterable<Sample> & Partial<Omit<Dataset, keyof AsyncIterable<Sample>>>;
