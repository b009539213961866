// Owns what all commands with a dataset have in common: its flags, opening it, and hashing it before anything is computed.
import type { Command } from 'commander';
import { tensorInfo } from 'zeropoint/graph';
import type { Preprocessing } from 'zeropoint/image';
import type { Metadata, Value } from 'zeropoint/tflite';
import type { Dataset } from '../dataset/dataset';
import { openDataset } from '../dataset/open';
import { choosePreprocessing, presetList } from '../images/preprocessing';
import { readMetadata } from '../model/metadata';
import type { Shard } from '../shards';
import { showProgress } from '../terminal/progress';
import type { Terminal } from '../terminal/terminal';
import { percentage, positiveInteger, wholeNumber } from './options';

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

/** Declares the options that DataFlags holds but --labels and --shard, which not every such command has. */
export function addDataOptions(command: Command): Command {
  return command
    .requiredOption('-d, --data <path>', 'a folder, .csv, .npy, .npz or .bin')
    .option('-p, --preprocess <how>', `how pictures become inputs: ${presetList}`)
    .option('--limit <n>', 'take only n samples, chosen at random', positiveInteger)
    .option('--seed <n>', 'another choice of samples', wholeNumber, 0)
    .option('--max-corrupt <percent>', 'how many samples may be unreadable before that is an error', percentage, 5);
}

/** The parts of a model that decide how data become its inputs. */
interface DataModel {
  readonly inputs: readonly Value[];
  readonly metadata: readonly Metadata[];
  /** Recorded in the quantized file. */
  readonly preprocessing?: Preprocessing;
}

/** The dataset that the flags describe, and the preprocessing of its pictures; undefined where neither flags nor model give one. */
export async function openFlaggedDataset(
  flags: DataFlags,
  { inputs, metadata, preprocessing: recorded }: DataModel,
): Promise<{ dataset: Dataset; preprocessing: Preprocessing | undefined }> {
  const about = readMetadata(metadata).inputs[0];
  const isKnown = flags.preprocess !== undefined || about?.normalization !== undefined || inputs[0].dtype !== 'float32';
  // Without a preprocessing, openDataset takes arrays only.
  const chosen = isKnown ? (await choosePreprocessing(flags.preprocess, tensorInfo(inputs[0]), about)).preprocessing : undefined;
  const preprocessing = flags.preprocess === undefined ? (recorded ?? chosen) : chosen;
  const { limit, seed, labels, shard, maxCorrupt } = flags;
  const maxCorruptShare = maxCorrupt === undefined ? undefined : maxCorrupt / 100;
  return { dataset: await openDataset(flags.data, { inputs, preprocessing, limit, seed, labels, shard, maxCorruptShare }), preprocessing };
}

/** Hashes all data, with progress and interruption. A later `dataset.hash()` returns the result. @throws the interruption's reason */
export async function hashData(dataset: Dataset, terminal: Terminal): Promise<void> {
  const progress = showProgress('hash', terminal);
  try {
    await dataset.hash({ onProgress: progress.update, signal: terminal.interruption?.() });
  } finally {
    progress.stop();
  }
}
