// Owns collecting ranges: the float network runs on every sample, and an observer per tensor accumulates its elements.
import { ModelError } from 'zeropoint';
import type { OptionNames } from 'zeropoint/graph';
import type { Samples } from '../dataset/dataset';
import { fileExists, removeFile } from '../files';
import { hashGraph } from '../hash';
import type { FloatModel } from '../model/float-model';
import { readOptions } from '../options';
import { type Ranges, readRanges, sameKey, writeRanges } from './ranges';
import { type CalibrationSettings, readCalibrationSettings, unknownData } from './settings';
import { Calibration, continues, readState, writeState } from './state';

export interface CollectOptions {
  /** Recorded as CalibrationKey.model; default: a hash of the graph. Give the SHA-256 of the file where there is one. */
  readonly modelHash?: string;
  /** Called after every sample; `total` is undefined where the dataset's size is unknown. */
  readonly onProgress?: (done: number, total: number | undefined) => void;
  /** Path of a checkpoint file: written every `saveEvery` samples, and resumed from where it has the same model, data and settings. */
  readonly resume?: string;
  /** Called with a sentence for the user, as that a damaged checkpoint is not resumed from. */
  readonly onNote?: (note: string) => void;
  /** Default 50. */
  readonly saveEvery?: number;
  /** Aborted: the calibration writes the checkpoint after the current sample and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

const optionNames: OptionNames<CollectOptions> = {
  modelHash: 1,
  onProgress: 1,
  resume: 1,
  onNote: 1,
  saveEvery: 1,
  signal: 1,
};

/** The calibration in the checkpoint file, where it belongs to the same model, data, settings and shard; otherwise an empty one. */
async function begin(model: FloatModel, samples: Samples, settings: CalibrationSettings, options: CollectOptions): Promise<Calibration> {
  const hash = options.modelHash ?? hashGraph(model.graph);
  const fresh = new Calibration(hash, (await samples.hash?.()) ?? unknownData, settings, samples.shard);
  if (options.resume === undefined || fresh.data === unknownData || !(await fileExists(options.resume))) return fresh;
  try {
    const state = await readState(options.resume);
    // A checkpoint of another calibration is overwritten.
    return continues(state, fresh) ? Calibration.from(state) : fresh;
  } catch (error) {
    if (!(error instanceof ModelError) || error.code !== 'bad-data') throw error;
    options.onNote?.(`the checkpoint ${error.message}; the calibration starts afresh`);
    return fresh;
  }
}

/**
 * Observes all samples; the result has ranges, can be written as a shard, or merged with others. Tensors of the same name share a range.
 * @throws ModelError `bad-argument`, `bad-data`; the signal's reason when aborted
 */
export async function observeSamples(
  model: FloatModel,
  samples: Samples,
  given: CalibrationSettings,
  givenOptions: CollectOptions = {},
): Promise<Calibration> {
  const options = readOptions(givenOptions, optionNames, 'collectRanges');
  const settings = readCalibrationSettings(given);
  const { onProgress, resume, saveEvery = 50, signal } = options;
  const calibration = await begin(model, samples, settings, options);
  const save = async () => {
    if (resume !== undefined) await writeState(resume, calibration);
  };
  if (calibration.next === null) return calibration;
  const start = calibration.next;
  let unsaved = 0;
  for await (const { inputs, index } of samples.from?.(start) ?? samples) {
    if (index < start) continue;
    model.run(inputs, (value, data) => {
      if (data instanceof Float32Array) calibration.observerOf(value.name).observe(data);
    });
    calibration.samples++;
    calibration.next = index + 1;
    onProgress?.(calibration.samples, samples.size);
    if (++unsaved >= saveEvery || signal?.aborted) {
      await save();
      unsaved = 0;
    }
    signal?.throwIfAborted();
  }
  calibration.next = null;
  await save();
  return calibration;
}

/**
 * The range of every float tensor of the network over the samples.
 * @throws ModelError `bad-argument`, `bad-data`; the signal's reason when aborted
 */
export async function collectRanges(
  model: FloatModel,
  samples: Samples,
  settings: CalibrationSettings,
  givenOptions: CollectOptions = {},
): Promise<Ranges> {
  const options = readOptions(givenOptions, optionNames, 'collectRanges');
  const ranges = (await observeSamples(model, samples, settings, options)).ranges();
  if (options.resume !== undefined) await removeFile(options.resume);
  return ranges;
}

/** The checkpoint of `calibrateCached`, beside its result. */
export const checkpointOf = (path: string): string => `${path}.partial`;

/**
 * The ranges in the file `path` where it has the same model, data and settings; otherwise they are collected, with `<path>.partial` as
 * checkpoint, and written to `path`.
 * @throws ModelError `bad-argument`, `bad-data`; the signal's reason when aborted
 */
export async function calibrateCached(
  path: string,
  model: FloatModel,
  samples: Samples,
  given: CalibrationSettings,
  givenOptions: CollectOptions = {},
): Promise<{ ranges: Ranges; reused: boolean }> {
  const options = readOptions(givenOptions, optionNames, 'calibrateCached');
  const settings = readCalibrationSettings(given);
  const modelHash = options.modelHash ?? hashGraph(model.graph);
  const data = (await samples.hash?.()) ?? unknownData;
  if (data !== unknownData && (await fileExists(path))) {
    const ranges = await readRanges(path).catch(ignoreBadData);
    if (ranges && sameKey(ranges, { model: modelHash, data, settings })) return { ranges, reused: true };
  }
  const partial = checkpointOf(path);
  const calibration = await observeSamples(model, samples, settings, { ...options, modelHash, resume: partial });
  try {
    const ranges = calibration.ranges();
    await writeRanges(path, ranges);
    return { ranges, reused: false };
  } finally {
    // The checkpoint holds all samples; where they have no ranges, resuming from it would fail in the same way.
    await removeFile(partial);
  }
}

/** For a promise's rejection: a file that holds something else is replaced, a file that cannot be read is an error. */
function ignoreBadData(error: unknown): undefined {
  if (error instanceof ModelError && error.code === 'bad-data') return undefined;
  throw error;
}
