// Owns what the command line says about data, alike in every command that reads some: flags to an open dataset.

import { tensorInfo } from 'zeropoint/graph';
import type { Preprocessing } from 'zeropoint/image';
import type { Metadata, Value } from 'zeropoint/tflite';
import { choosePreprocessing } from '../images/preprocessing';
import { readMetadata } from '../model/metadata';
import type { Dataset, Shard } from './dataset';
import { openDataset } from './open';

export interface DataFlags {
  /** Path of the dataset. */
  data: string;
  /** A preset's name or a JSON file. */
  preprocess?: string;
  limit?: number;
  seed?: number;
  labels?: string;
  /** In percent. */
  maxCorrupt?: number;
  shard?: Shard;
}

/** What of a model decides how data become its inputs. */
export interface DataModel {
  readonly inputs: readonly Value[];
  readonly metadata: readonly Metadata[];
  /** What the quantized file says it was calibrated with. */
  readonly preprocessing?: Preprocessing;
}

/** The dataset that the flags describe, and the preprocessing of its pictures, as far as the flags or the model say one. */
export async function openFlaggedDataset(
  flags: DataFlags,
  { inputs, metadata, preprocessing: recorded }: DataModel,
): Promise<{ dataset: Dataset; preprocessing: Preprocessing | undefined }> {
  const about = readMetadata(metadata).inputs[0];
  const isKnown = flags.preprocess !== undefined || about?.normalization !== undefined || inputs[0].dtype !== 'float32';
  // Without any, openDataset refuses pictures and takes arrays.
  const chosen = isKnown ? (await choosePreprocessing(flags.preprocess, tensorInfo(inputs[0]), about)).preprocessing : undefined;
  const preprocessing = flags.preprocess === undefined ? (recorded ?? chosen) : chosen;
  const { limit, seed, labels, shard, maxCorrupt } = flags;
  const maxCorruptShare = maxCorrupt === undefined ? undefined : maxCorrupt / 100;
  return { dataset: await openDataset(flags.data, { inputs, preprocessing, limit, seed, labels, shard, maxCorruptShare }), preprocessing };
}
