// Owns what a dataset is to calibration and comparison: samples one after the other, never all in memory.
import type { TensorData } from '../../src/tflite';

/** One picture, array or file, ready for the model. */
export interface Sample {
  /** Unique in its dataset: the file's name, or the file's name and the index inside it. */
  readonly name: string;
  /** Elements of every model input, in order and in the inputs' dtypes. Valid until the next sample is asked for. */
  readonly inputs: readonly TensorData[];
  /** Index of the right class, where the dataset knows it. */
  readonly label?: number;
  /** Path of the picture, for thumbnails. */
  readonly picture?: string;
}

/** Samples in a fixed order; iterating again begins anew. */
export interface Dataset extends AsyncIterable<Sample> {
  /** How many samples an iteration gives, unless some of them turn out to be corrupt. */
  readonly size: number;
  /** SHA-256 over names, sizes and contents in order, hexadecimal. */
  hash(): Promise<string>;
  /** Files left out so far, with the reason. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}
