// Owns the models of tasks, on pictures and on sound: loading one from where it comes from, with the options of all tasks.
import type { FloatLoadOptions } from './float';
import { type Model, optionNames } from './model';
import { checkOptionNames, type OptionNames, own } from './options';
import { loadByNeed } from './task-load';
import { type FetchOptions, isModel, readSource, type TaskSource } from './task-source';

/** Options of every task. Those of `load` hold for models that the task loads. */
export interface TaskModelOptions extends FloatLoadOptions, FetchOptions {
  /** Names by output index; default: the model's own. */
  labels?: readonly string[];
}

/** Names of these options; tasks with more spread it. */
export const taskModelOptionNames: OptionNames<TaskModelOptions> = { ...optionNames, relaxedFloat: 1, labels: 1, signal: 1, onProgress: 1 };

/** A loaded model, and whether the task that uses it disposes of it: of one that it was given, its owner does. */
export interface TaskModelHandle {
  readonly model: Model;
  readonly isOwn: boolean;
}

/** @throws ModelError as `load`, `fetch-failed`; `bad-argument` for options that do not exist; the signal's reason once it is aborted */
export async function loadTaskModel<O extends TaskModelOptions>(
  source: TaskSource,
  options: O,
  names: OptionNames<O>,
  owner: string,
): Promise<TaskModelHandle> {
  checkOptionNames<O>(options, names, owner);
  const { signal, onProgress, maxBytes, maxOperations, batch, shapes, signature, hostOperators, module, isa, relaxedFloat } =
    own<TaskModelOptions>(options);
  if (isModel(source)) return { model: source, isOwn: false };
  const file = await readSource(source, { signal, onProgress });
  const model = await loadByNeed(file, { maxBytes, maxOperations, batch, shapes, signature, hostOperators, module, isa, relaxedFloat });
  if (signal?.aborted) model.dispose();
  signal?.throwIfAborted();
  return { model, isOwn: true };
}

/**
 * The same as `model.labels`.
 * @throws ModelError `malformed` on damaged metadata or archives, `too-large`
 */
export function modelLabels(model: Model): readonly (readonly string[] | undefined)[] {
  return model.labels;
}
