// Owns collecting ranges: every sample through the float network, every tensor under observation.
import { ModelError } from 'zeropoint';
import { checkOptionNames, type OptionNames } from 'zeropoint/graph';
import type { Samples } from '../dataset/dataset';
import { fileExists, removeFile } from '../files';
import { hashGraph } from '../hash';
import type { FloatModel } from '../model/float-model';
import { type CalibrationSettings, checkCalibrationSettings, type Ranges, readRanges, sameProvenance, writeRanges } from './ranges';
import { Calibration, continues, readState, writeState } from './state';

export interface CollectOptions {
  /** What to record as the model; default a hash of its graph. Give that of the file's bytes where there is a file. */
  readonly modelHash?: string;
  /** Called after every sample; `total` where the dataset knows it. */
  readonly onProgress?: (done: number, total: number | undefined) => void;
  /** A file for what was observed so far: written now and then, and gone on from where it fits model, data and settings. */
  readonly resume?: string;
  /** Samples between two writes of it; default 50. */
  readonly saveEvery?: number;
  /** Ends the calibration after the sample in work, with its reason as error; `resume` is then up to date. */
  readonly signal?: AbortSignal;
}

const optionNames: OptionNames<CollectOptions> = { modelHash: 1, onProgress: 1, resume: 1, saveEvery: 1, signal: 1 };

/** Iterables without a hash are recorded under this. */
const unknownData = 'unknown';

async function begin(model: FloatModel, samples: Samples, settings: CalibrationSettings, options: CollectOptions): Promise<Calibration> {
  const hash = options.modelHash ?? hashGraph(model.graph);
  const fresh = new Calibration(hash, (await samples.hash?.()) ?? unknownData, settings, samples.shard);
  if (options.resume === undefined || fresh.data === unknownData || !(await fileExists(options.resume))) return fresh;
  // A file that is damaged or of another calibration is as good as none.
  const state = await readState(options.resume).catch(() => undefined);
  return state && continues(state, fresh) ? Calibration.from(state) : fresh;
}

/**
 * Observes all samples; the result can give its ranges, be written as a shard, or be merged. Tensors of one name share a range.
 * @throws ModelError `bad-argument`, `bad-data`; the signal's reason when aborted
 */
export async function observeSamples(
  model: FloatModel,
  samples: Samples,
  settings: CalibrationSettings,
  options: CollectOptions = {},
): Promise<Calibration> {
  checkOptionNames<CollectOptions>(options, optionNames, 'collectRanges');
  checkCalibrationSettings(settings);
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
  options: CollectOptions = {},
): Promise<Ranges> {
  const ranges = (await observeSamples(model, samples, settings, options)).ranges();
  if (options.resume !== undefined) await removeFile(options.resume);
  return ranges;
}

/**
 * The ranges in the file `path` where it fits model, data and settings; otherwise they are collected, resuming from
 * `<path>.partial`, and written there.
 * @throws ModelError `bad-argument`, `bad-data`; the signal's reason when aborted
 */
export async function calibrateCached(
  path: string,
  model: FloatModel,
  samples: Samples,
  settings: CalibrationSettings,
  options: CollectOptions = {},
): Promise<{ ranges: Ranges; reused: boolean }> {
  checkOptionNames<CollectOptions>(options, optionNames, 'calibrateCached');
  checkCalibrationSettings(settings);
  const modelHash = options.modelHash ?? hashGraph(model.graph);
  const data = (await samples.hash?.()) ?? unknownData;
  if (data !== unknownData && (await fileExists(path))) {
    const ranges = await readRanges(path).catch(ignoreBadData);
    if (ranges && sameProvenance(ranges, { model: modelHash, data, settings })) return { ranges, reused: true };
  }
  const partial = `${path}.partial`;
  const calibration = await observeSamples(model, samples, settings, { ...options, modelHash, resume: partial });
  try {
    const ranges = calibration.ranges();
    await writeRanges(path, ranges);
    return { ranges, reused: false };
  } finally {
    // All samples were seen: without ranges, going on from it would only fail again.
    await removeFile(partial);
  }
}

/** Another file under the result's name will be replaced; one that cannot be read is an error. */
function ignoreBadData(error: unknown): undefined {
  if (error instanceof ModelError && error.code === 'bad-data') return undefined;
  throw error;
}
