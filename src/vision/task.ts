// Owns what all tasks on pictures share: loading their model, its labels and preprocessing, and writing a picture into its input.
import { ModelError } from '../errors';
import type { FloatLoadOptions } from '../float';
import { preprocessingOf } from '../metadata/describe';
import { readRecorded } from '../metadata/recorded';
import type { Model } from '../model';
import { checkOptionNames, type OptionNames, own } from '../options';
import type { Pixels } from '../pixels/pixels';
import { preprocess } from '../pixels/preprocess';
import { type Preprocessing, type PresetName, parsePreprocessing, presets } from '../pixels/preprocessing';
import type { Tensor } from '../tensor';
import { loadByNeed } from './load';
import { type Picture, PictureReader } from './picture';
import { type FetchOptions, isModel, readSource, type TaskSource } from './source';

/** Options of every task. Those of `load` hold for models that the task loads. */
export interface TaskOptions extends FloatLoadOptions, FetchOptions {
  /** Names by output index; default: the model's own. */
  labels?: readonly string[];
  /** A preset's name or a description; default: what the model says, else for 8-bit inputs the pixels as they are. */
  preprocessing?: PresetName | Preprocessing;
}

/** Names of all options of every task; tasks with more spread it. */
export const taskOptionNames: OptionNames<TaskOptions> = {
  maxBytes: 1,
  maxOperations: 1,
  batch: 1,
  shapes: 1,
  signature: 1,
  hostOperators: 1,
  module: 1,
  isa: 1,
  relaxedFloat: 1,
  labels: 1,
  preprocessing: 1,
  signal: 1,
  onProgress: 1,
};

/** A loaded model, and whether the task that uses it disposes of it: of one that it was given, its owner does. */
export interface TaskModelHandle {
  readonly model: Model;
  readonly isOwn: boolean;
}

/** @throws ModelError as `load`, `fetch-failed`; `bad-argument` for options that do not exist; the signal's reason once it is aborted */
export async function loadTaskModel<O extends TaskOptions>(
  source: TaskSource,
  options: O,
  names: OptionNames<O>,
  owner: string,
): Promise<TaskModelHandle> {
  checkOptionNames<O>(options, names, owner);
  const { signal, onProgress, maxBytes, maxOperations, batch, shapes, signature, hostOperators, module, isa, relaxedFloat } =
    own<TaskOptions>(options);
  if (isModel(source)) return { model: source, isOwn: false };
  const file = await readSource(source, { signal, onProgress });
  const model = await loadByNeed(file, { maxBytes, maxOperations, batch, shapes, signature, hostOperators, module, isa, relaxedFloat });
  if (signal?.aborted) model.dispose();
  signal?.throwIfAborted();
  return { model, isOwn: true };
}

/** What a file says of preprocessing, checked. */
function checked(preprocessing: Preprocessing | undefined): Preprocessing | undefined {
  if (preprocessing === undefined) return undefined;
  try {
    return parsePreprocessing(preprocessing);
  } catch (cause) {
    throw new ModelError('malformed', `the file's metadata: ${(cause as Error).message}`, { cause });
  }
}

/**
 * How pictures become input `index` of the model; input 0's is `model.preprocessing`.
 * @throws ModelError `malformed` on damaged metadata
 */
export function modelPreprocessing(model: Model, index = 0): Preprocessing | undefined {
  return checked(preprocessingOf(model.metadata, model.inputs[index].dtype, index));
}

/**
 * The same as `model.labels`.
 * @throws ModelError `malformed` on damaged metadata or archives, `too-large`
 */
export function modelLabels(model: Model): readonly (readonly string[] | undefined)[] {
  return model.labels;
}

/** `usual`: how networks of the task take pictures, for those that do not say. */
function choosePreprocessing(model: Model, asked: TaskOptions['preprocessing'], usual?: Preprocessing): Preprocessing {
  if (typeof asked === 'string') {
    if (Object.hasOwn(presets, asked)) return presets[asked];
    throw new ModelError(
      'bad-argument',
      `there is no preset '${String(asked)}'; give ${Object.keys(presets).join(', ')}, or a description`,
    );
  }
  const known = asked === undefined && usual ? (checked(readRecorded(model.metadata).preprocessing) ?? usual) : undefined;
  const chosen = known ?? (asked === undefined ? modelPreprocessing(model) : parsePreprocessing(asked));
  if (chosen) return chosen;
  throw new ModelError(
    'bad-argument',
    `the model takes ${model.inputs[0].dtype} and does not say how pictures are normalized; give preprocessing: ${Object.keys(presets).join(', ')}`,
  );
}

/** A task on single pictures, over a model whose first input takes them. */
export class VisionTask {
  readonly model: Model;
  readonly preprocessing: Preprocessing;
  /** Names by output, each by index; undefined where neither options nor the file have any. */
  readonly labels: readonly (readonly string[] | undefined)[];
  private readonly pictures = new PictureReader();
  private readonly isOwn: boolean;

  /** @throws ModelError `bad-argument` where nothing says how pictures become the input */
  constructor({ model, isOwn }: TaskModelHandle, { labels, preprocessing }: TaskOptions, usual?: Preprocessing) {
    this.model = model;
    this.isOwn = isOwn;
    this.preprocessing = choosePreprocessing(model, preprocessing, usual);
    this.labels = labels ? model.outputs.map(() => labels) : model.labels;
  }

  /** The input that takes pictures. */
  protected get input(): Tensor {
    return this.model.inputs[0];
  }

  protected pixels(picture: Picture): Pixels {
    return this.pictures.read(picture);
  }

  /** Writes a picture into the input and runs the model. */
  protected run(picture: Picture): void {
    this.runPixels(this.pixels(picture));
  }

  protected runPixels(pixels: Pixels): void {
    preprocess(pixels, this.preprocessing, this.input, this.input.data);
    this.model.run();
  }

  /** Releases the model, unless it was given loaded. */
  dispose(): void {
    if (this.isOwn) this.model.dispose();
  }
}
