// Owns what all tasks on pictures share: their model's preprocessing, and writing a picture into its input.
import { ModelError } from '../errors';
import { preprocessingOf } from '../metadata/describe';
import { readRecorded } from '../metadata/recorded';
import type { Model } from '../model';
import type { OptionNames } from '../options';
import type { Pixels } from '../pixels/pixels';
import { preprocess } from '../pixels/preprocess';
import { type Preprocessing, type PresetName, parsePreprocessing, presets } from '../pixels/preprocessing';
import { type TaskModelHandle, type TaskModelOptions, taskModelOptionNames } from '../task-model';
import type { Tensor } from '../tensor';
import { type Picture, PictureReader } from './picture';

/** Options of every task on pictures. */
export interface TaskOptions extends TaskModelOptions {
  /** A preset's name or a description; default: what the model says, else for 8-bit inputs the pixels as they are. */
  preprocessing?: PresetName | Preprocessing;
}

/** Names of all options of every task; tasks with more spread it. */
export const taskOptionNames: OptionNames<TaskOptions> = { ...taskModelOptionNames, preprocessing: 1 };

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
