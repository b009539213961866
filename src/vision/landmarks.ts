// Owns landmarks as results, and the options of the tasks that find them: models, numbers and thresholds.
import { ModelError } from '../errors';
import type { FloatLoadOptions } from '../float';
import { checkOptionNames, type OptionNames } from '../options';
import type { Point } from '../tasks/anchors';
import type { Landmark } from '../tasks/landmarks';
import type { FetchOptions, TaskSource } from './source';
import { loadTaskModel, type TaskModelHandle, taskOptionNames } from './task';

/** A position with its name, in pixels of the picture, from its top left corner. */
export interface NamedPoint extends Point {
  readonly name: string;
}

/** A landmark with its name. */
export interface NamedLandmark extends Landmark {
  readonly name: string;
}

/** The two networks of a task: one finds regions in the picture, the other one landmarks in a region. */
export interface LandmarkSources {
  readonly detector: TaskSource;
  readonly landmarks: TaskSource;
}

/** Options of `load` hold for both models, `onProgress` is called for one after the other. */
export interface LandmarkOptions extends Omit<FloatLoadOptions, 'batch' | 'shapes' | 'signature'>, FetchOptions {
  /** Results that `detect` gives, an integer >= 1. */
  maxResults?: number;
  /** Lowest score of a detection, in 0..1; default 0.5. */
  scoreThreshold?: number;
  /** Lowest score of landmarks, in 0..1, below which there is no result, and what was tracked is lost; default 0.5. */
  presenceThreshold?: number;
}

/** Options of tasks that smooth what they track. */
export interface SmoothedLandmarkOptions extends LandmarkOptions {
  /**
   * Whether results of `detectForVideo` are smoothed from frame to frame, by One Euro filters with MediaPipe's parameters; default true.
   */
  smoothing?: boolean;
}

/** The loaded models of both. */
export type LandmarkHandles = Record<keyof LandmarkSources, TaskModelHandle>;

export type LandmarkSettings = Required<Pick<LandmarkOptions, 'maxResults' | 'scoreThreshold' | 'presenceThreshold'>>;

const { batch, shapes, signature, labels, preprocessing, ...loadNames } = taskOptionNames;

/** Names of all options of every task with landmarks; tasks with more spread it. */
export const landmarkOptionNames: OptionNames<LandmarkOptions> = { ...loadNames, maxResults: 1, scoreThreshold: 1, presenceThreshold: 1 };

export const smoothedLandmarkOptionNames: OptionNames<SmoothedLandmarkOptions> = { ...landmarkOptionNames, smoothing: 1 };

/** @throws ModelError `bad-argument` */
export function smoothingOf({ smoothing = true }: SmoothedLandmarkOptions): boolean {
  if (typeof smoothing === 'boolean') return smoothing;
  throw new ModelError('bad-argument', `smoothing is ${String(smoothing)}; it must be true or false`);
}

/** @throws ModelError `bad-argument` unless `maxResults` is an integer >= 1, and each of `shares` in 0..1 */
export function checkDetection(maxResults: number, shares: Readonly<Record<string, number>>): void {
  if (!(Number.isInteger(maxResults) && maxResults >= 1))
    throw new ModelError('bad-argument', `maxResults is ${String(maxResults)}; it must be an integer >= 1`);
  for (const [name, value] of Object.entries(shares)) {
    if (!(typeof value === 'number' && value >= 0 && value <= 1))
      throw new ModelError('bad-argument', `${name} is ${String(value)}; it must be in 0..1`);
  }
}

/** @throws ModelError `bad-argument` */
export function landmarkSettings(options: LandmarkOptions, results: number): LandmarkSettings {
  const { maxResults = results, scoreThreshold = 0.5, presenceThreshold = 0.5 } = options;
  checkDetection(maxResults, { scoreThreshold, presenceThreshold });
  return { maxResults, scoreThreshold, presenceThreshold };
}

/** Both models of a task, one after the other. @throws ModelError as `loadTaskModel`; where one fails, the other one is released */
export async function loadLandmarkModels<O extends LandmarkOptions>(
  sources: LandmarkSources,
  options: O,
  names: OptionNames<O>,
  owner: string,
): Promise<LandmarkHandles> {
  checkOptionNames<O>(options, names, owner);
  if (sources?.detector === undefined || sources.landmarks === undefined)
    throw new ModelError('bad-argument', `${owner} takes two models, { detector, landmarks }`);
  const { maxBytes, maxOperations, hostOperators, module, isa, relaxedFloat, signal, onProgress } = options;
  const both = { maxBytes, maxOperations, hostOperators, module, isa, relaxedFloat, signal, onProgress };
  const detector = await loadTaskModel(sources.detector, both, taskOptionNames, owner);
  try {
    return { detector, landmarks: await loadTaskModel(sources.landmarks, both, taskOptionNames, owner) };
  } catch (error) {
    if (detector.isOwn) detector.model.dispose();
    throw error;
  }
}

/** Points with names, by index. */
export function named<P extends Point>(points: readonly P[], names: readonly string[]): (P & { name: string })[] {
  return points.map((point, i) => ({ name: names[i], ...point }));
}
