// Owns opening a dataset by its path: which kind it is, which samples are taken, what is refused before anything is decoded.
import { stat } from 'node:fs/promises';
import { ModelError } from 'zeropoint';
import { type OptionNames, tensorInfo } from 'zeropoint/graph';
import { type Preprocessing, parsePreprocessing, preprocess } from 'zeropoint/image';
import { allocate, dtypeBytes, elementCount, type Value } from 'zeropoint/tflite';
import { fileSize } from '../files';
import { presetAdvice } from '../images/preprocessing';
import { readOptions } from '../options';
import type { Shard } from '../shards';
import { npySource, npzSource } from './arrays';
import { checkShard, chooseSubset } from './choose';
import type { Dataset } from './dataset';
import { folderSource, tableSource } from './folder';
import { checkItemCount, type Item, kindOf, type Source } from './source';
import { StreamedDataset } from './stream';

export interface DatasetOptions {
  /** The model's inputs, batch 1: `loadFloat(...).inputs`. */
  readonly inputs: readonly Value[];
  /** How pictures, and arrays of bytes that are pictures, become the input. Datasets of other kinds need none. */
  readonly preprocessing?: Preprocessing;
  /** How many samples to take, chosen at random by `seed`; default all. */
  readonly limit?: number;
  /** Default 0. */
  readonly seed?: number;
  /** A CSV of file and label, or for arrays also a .npy of class indices; default: labels of the data itself, as from folder names. */
  readonly labels?: string;
  /** Added to every label, as 1 for models whose class 0 is 'background'. Default 0. */
  readonly labelOffset?: number;
  /** The share of samples that may be corrupt before that is an error, 0 to 1. Default 0.05. */
  readonly maxCorruptShare?: number;
  /** Take only every `count`-th of the chosen samples, beginning with `index`. */
  readonly shard?: Shard;
}

/** One `.bin` file holding one sample or several, one after the other. */
async function rawSource(path: string, inputs: readonly Value[]): Promise<Source> {
  const length = inputs.reduce((sum, { dtype, shape }) => sum + dtypeBytes[dtype] * elementCount(shape), 0);
  const size = await fileSize(path);
  if (size === 0 || size % length !== 0) {
    throw new ModelError('bad-data', `has ${size} bytes, which is no multiple of the ${length} that the model's inputs take`, {
      where: path,
    });
  }
  checkItemCount(size / length, path);
  const items = Array.from({ length: size / length }, (_, i): Item => {
    return { name: `sample#${i}`, kind: 'raw', parts: [{ path, offset: i * length, length }] };
  });
  return { items, classes: 0 };
}

async function findSource(path: string, { inputs, labels, preprocessing }: DatasetOptions): Promise<Source> {
  const found = await stat(path).catch(() => undefined);
  if (!found)
    throw new ModelError('bad-argument', `there is no file or folder '${path}'; give a folder of pictures, .csv, .npy, .npz or .bin`);
  const ending = /\.[^./\\]+$/.exec(path)?.[0].toLowerCase();
  const isPicture = preprocessing !== undefined;
  if (found.isDirectory()) return folderSource(path, labels);
  if (ending === '.npy') return npySource(path, inputs, labels, isPicture);
  if (ending === '.npz') return npzSource(path, inputs, labels, isPicture);
  if (labels !== undefined)
    throw new ModelError('bad-argument', `labels go with folders and arrays, not with a ${ending} file`, { where: path });
  if (ending === '.csv') return tableSource(path);
  if (ending === '.bin') return rawSource(path, inputs);
  const hint = kindOf(path) === 'picture' ? '; put pictures into a folder' : '';
  throw new ModelError('bad-argument', `is no dataset; give a folder of pictures, .csv, .npy, .npz or .bin${hint}`, { where: path });
}

/** Checks that model and options take pictures, where there are any. @throws ModelError `bad-argument`, `bad-shape` */
function checkPictures(items: readonly Item[], { inputs, preprocessing }: DatasetOptions): void {
  const picture = items.find(({ kind }) => kind === 'picture');
  if (picture === undefined) return;
  if (inputs.length !== 1) {
    throw new ModelError('bad-argument', `the model takes ${inputs.length} inputs, and a picture is one; give .npz or .bin files`, {
      where: picture.name,
    });
  }
  const [{ shape, name, dtype }] = inputs;
  const planar = preprocessing?.layout === 'nchw';
  const last = shape.slice(-3);
  const [height, width, channels] = planar ? [last[1], last[2], last[0]] : last;
  if (shape.length < 3 || ![1, 3].includes(channels) || elementCount(shape.slice(0, -3)) !== 1) {
    const wanted = planar ? '1 or 3, height, width' : 'height, width, 1 or 3';
    throw new ModelError('bad-shape', `input '${name}' is [${shape}], no picture of [1, ${wanted}]; give .npy, .npz or .bin data`);
  }
  if (preprocessing === undefined) {
    throw new ModelError('bad-argument', `nothing says how pictures become the model's input; ${presetAdvice}`);
  }
  // A preprocessing that does not fit the input fails for every picture: it is refused here instead of skipping all of them.
  const blank = { data: new Uint8Array(height * width * channels), height, width, channels: channels as 1 | 3 };
  preprocess(blank, { ...preprocessing, crop: 1 }, tensorInfo(inputs[0]), allocate(dtype, elementCount(shape)));
}

const optionNames: OptionNames<DatasetOptions> = {
  inputs: 1,
  preprocessing: 1,
  limit: 1,
  seed: 1,
  labels: 1,
  labelOffset: 1,
  maxCorruptShare: 1,
  shard: 1,
};

/** @throws ModelError `bad-argument` */
function checkedOptions(given: DatasetOptions): DatasetOptions {
  const options = readOptions(given, optionNames, 'openDataset');
  const { inputs, limit, seed = 0, maxCorruptShare = 0, preprocessing } = options;
  if (!Array.isArray(inputs)) throw new ModelError('bad-argument', 'openDataset needs the option inputs: loadFloat(...).inputs');
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1)) {
    throw new ModelError('bad-argument', `limit is ${limit}; give a whole number from 1`);
  }
  if (!Number.isInteger(seed)) throw new ModelError('bad-argument', `seed is ${seed}; give a whole number`);
  if (!(maxCorruptShare >= 0 && maxCorruptShare <= 1)) {
    throw new ModelError('bad-argument', `maxCorruptShare is ${maxCorruptShare}; give a number from 0 to 1`);
  }
  if (preprocessing !== undefined) parsePreprocessing(preprocessing);
  return options;
}

/** Items of a source by their numbers, ascending, as a dataset of their own. */
function streamed(source: Source, chosen: readonly number[], options: DatasetOptions): StreamedDataset {
  const { inputs, preprocessing, shard, labelOffset = 0, maxCorruptShare = 0.05 } = options;
  if (shard) checkShard(shard, chosen.length);
  const placed = chosen
    .map((item, index) => ({ item: source.items[item], index }))
    .filter(({ index }) => shard === undefined || index % shard.count === shard.index);
  return new StreamedDataset(placed, source, { inputs, preprocessing, shard, labelOffset, maxCorruptShare });
}

/**
 * Opens a folder of pictures (or .bin, .npy; searched recursively), a CSV of file and label, an .npy, an .npz or a .bin file.
 * Only names and headers are read here; samples are decoded while they are walked over, and corrupt ones are left out and named in
 * `skipped`.
 * @throws ModelError `bad-argument`, `bad-data`, `bad-shape`
 */
export async function openDataset(path: string, given: DatasetOptions): Promise<Dataset> {
  const options = checkedOptions(given);
  const source = await findSource(path, options);
  checkPictures(source.items, options);
  const { limit, seed = 0 } = options;
  return streamed(source, chooseSubset(source.items.length, limit, seed), options);
}

/** Several random choices of samples of the same data. */
export interface SampleChoices {
  /** `limit` samples by each of the seeds `seed`, `seed` + 1 and so on, as openDataset chooses them. */
  readonly choices: readonly { readonly seed: number; readonly dataset: Dataset }[];
  readonly limit: number;
  /** Those that no choice holds; undefined where there are none. */
  readonly unseen: Dataset | undefined;
  readonly all: Dataset;
}

export interface ChoicesOptions extends Omit<DatasetOptions, 'shard'> {
  /** Samples of each choice: fewer than the data have. */
  readonly limit: number;
  /** Number of choices, from 2. */
  readonly seeds: number;
}

/** @throws ModelError as openDataset; `bad-argument` for less than 2 choices, and where `limit` is no less than the number of samples */
export async function openChoices(path: string, given: ChoicesOptions): Promise<SampleChoices> {
  const { seeds, ...others } = readOptions(given, { ...optionNames, seeds: 1 }, 'openChoices');
  if (!(Number.isInteger(seeds) && seeds >= 2)) throw new ModelError('bad-argument', `seeds is ${seeds}; give a whole number from 2`);
  const options = checkedOptions(others);
  const source = await findSource(path, options);
  checkPictures(source.items, options);
  const { length: size } = source.items;
  const { limit, seed = 0 } = options;
  if (limit === undefined || limit >= size) {
    const taken = limit === undefined ? 'all of them' : String(limit);
    throw new ModelError('bad-argument', `several choices of ${taken} among ${size} samples are all the same; give a limit below ${size}`);
  }
  const chosen = Array.from({ length: seeds }, (_, i) => chooseSubset(size, limit, seed + i));
  const seen = new Set(chosen.flat());
  const whole = Array.from({ length: size }, (_, i) => i);
  const rest = whole.filter((item) => !seen.has(item));
  return {
    choices: chosen.map((items, i) => ({ seed: seed + i, dataset: streamed(source, items, options) })),
    limit,
    unseen: rest.length > 0 ? streamed(source, rest, options) : undefined,
    all: streamed(source, whole, options),
  };
}
