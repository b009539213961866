// Owns what all commands with a dataset have in common: its flags, opening it, and hashing it before anything is computed.
import type { Command } from 'commander';
import { ModelError } from 'zeropoint';
import { tensorInfo } from 'zeropoint/graph';
import type { Preprocessing } from 'zeropoint/image';
import type { Graph, Metadata, Value } from 'zeropoint/tflite';
import type { Dataset } from '../dataset/dataset';
import { type DatasetOptions, openChoices, openDataset, type SampleChoices } from '../dataset/open';
import { type Survey, SurveyedDataset } from '../dataset/survey';
import { choosePreprocessing, presetList } from '../images/preprocessing';
import { readMetadata } from '../model/metadata';
import { formatSignificant } from '../report/numbers';
import type { Shard } from '../shards';
import { warnLine } from '../terminal/print';
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
  /** Doubts about the samples are errors. */
  strict?: boolean;
  shard?: Shard;
}

/** Declares the options that DataFlags holds but --labels and --shard, which not every such command has. */
export function addDataOptions(command: Command): Command {
  return command
    .requiredOption('-d, --data <path>', 'a folder, .csv, .npy, .npz or .bin')
    .option('-p, --preprocess <how>', `how pictures become inputs: ${presetList}`)
    .option('--limit <n>', 'take only n samples, chosen at random', positiveInteger)
    .option('--seed <n>', 'another choice of samples', wholeNumber, 0)
    .option('--max-corrupt <percent>', 'how many samples may be unreadable before that is an error', percentage, 5)
    .option('--strict', 'refuse data that can hardly be meant, instead of a warning');
}

/** The parts of a model that decide how data become its inputs. */
interface DataModel {
  readonly inputs: readonly Value[];
  readonly metadata: readonly Metadata[];
  /** Recorded in the quantized file. */
  readonly preprocessing?: Preprocessing;
}

/** How the flags say to open a dataset. */
async function dataOptions(flags: DataFlags, { inputs, metadata, preprocessing: recorded }: DataModel): Promise<DatasetOptions> {
  const about = readMetadata(metadata).inputs[0];
  const isKnown = flags.preprocess !== undefined || about?.normalization !== undefined || inputs[0].dtype !== 'float32';
  // Without a preprocessing, openDataset takes arrays only.
  const chosen = isKnown ? (await choosePreprocessing(flags.preprocess, tensorInfo(inputs[0]), about)).preprocessing : undefined;
  const preprocessing = flags.preprocess === undefined ? (recorded ?? chosen) : chosen;
  const { limit, seed, labels, shard, maxCorrupt } = flags;
  const maxCorruptShare = maxCorrupt === undefined ? undefined : maxCorrupt / 100;
  return { inputs, preprocessing, limit, seed, labels, shard, maxCorruptShare };
}

/** The dataset that the flags describe, and the preprocessing of its pictures; undefined where neither flags nor model give one. */
export async function openFlaggedDataset(
  flags: DataFlags,
  model: DataModel,
): Promise<{ dataset: Dataset; preprocessing: Preprocessing | undefined }> {
  const options = await dataOptions(flags, model);
  return { dataset: await openDataset(flags.data, options), preprocessing: options.preprocessing };
}

/** Several choices of samples among those that the flags describe, and the preprocessing. @throws ModelError as openChoices */
export async function openFlaggedChoices(
  flags: DataFlags,
  seeds: number,
  model: DataModel,
): Promise<{ choices: SampleChoices; preprocessing: Preprocessing | undefined }> {
  const { shard: _, limit, ...options } = await dataOptions(flags, model);
  if (limit === undefined)
    throw new ModelError(
      'bad-argument',
      '--seeds needs --limit, the number of samples of each choice; without it all choices are the same',
    );
  return { choices: await openChoices(flags.data, { ...options, limit, seeds }), preprocessing: options.preprocessing };
}

/**
 * Median Euclidean norm of the weights of one output from which on a first layer takes normalized numbers: pixels 0..255, whose deviation
 * is about 70, would give it sums of tens, and those trained on pixels have norms of 0.02.
 */
const normalizedNorm = 0.15;

/** Whether the first input is read by one layer whose weights are those of normalized numbers. */
export function readsNormalized({ inputs, nodes }: Pick<Graph, 'inputs' | 'nodes'>): boolean {
  const readers = nodes.filter((node) => node.inputs.includes(inputs[0]));
  const weights = readers.length === 1 ? readers[0].inputs[1] : undefined;
  if (!['CONV_2D', 'FULLY_CONNECTED'].includes(readers[0]?.type) || !(weights?.data instanceof Float32Array)) return false;
  // Both have the outputs as the first dimension of their weights.
  const { data } = weights;
  const length = data.length / weights.shape[0];
  const norms = Array.from({ length: weights.shape[0] }, (_, i) => Math.hypot(...data.subarray(i * length, (i + 1) * length)));
  return norms.sort((a, b) => a - b)[norms.length >> 1] >= normalizedNorm;
}

/**
 * The dataset, whose samples are looked at as they are first taken. It warns of what can hardly be meant; with --strict the iteration ends
 * with ModelError `bad-data` for it.
 */
export function surveyed(
  dataset: Dataset,
  graph: Pick<Graph, 'inputs' | 'nodes'>,
  preprocessing: Preprocessing | undefined,
  { strict }: DataFlags,
  terminal: Terminal,
): SurveyedDataset {
  const { inputs } = graph;
  const options = { inputs, preprocessing, isNormalized: readsNormalized(graph), signal: terminal.interruption?.() };
  return new SurveyedDataset(dataset, options, ({ doubts }) => {
    if (strict && doubts.length > 0) throw new ModelError('bad-data', doubts.join('; '));
    for (const doubt of doubts) warnLine(`warning: ${doubt}`, terminal);
  });
}

/** Lines of what was fed, as `fed to 'x': -1 to 1, in all 60 samples`. */
export function fedLines({ fed, samples }: Survey, all: number): string[] {
  const where = samples < all ? `in the first ${samples} of ${all} samples` : `in all ${samples} samples`;
  return fed.map(({ name, min, max }) => `fed to '${name}': ${formatSignificant(min)} to ${formatSignificant(max)}, ${where}`);
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
