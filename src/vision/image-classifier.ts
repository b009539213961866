// Owns the task of classifying pictures: the best classes with their labels and scores.

import { ModelError } from '../errors';
import type { OptionNames } from '../options';
import { loadTaskModel, type TaskModelHandle } from '../task-model';
import type { TaskSource } from '../task-source';
import { isClassifier, labelOffset, outputLabels, topClasses } from '../tasks/classification';
import { hasProbabilities, softmax } from '../tasks/probabilities';
import type { Picture } from './picture';
import { type TaskOptions, taskOptionNames, VisionTask } from './task';

/** One class of a picture. */
export interface Classification {
  /** The class's name, or `class 7` where there is none. */
  label: string;
  /** Index of the model's output. */
  index: number;
  /** Probability in [0, 1]; logits go through a softmax. */
  score: number;
}

export interface ImageClassifierOptions extends TaskOptions {
  /** Classes that `classify` gives, an integer >= 1; default 5. */
  maxResults?: number;
  /** Classes with a lower score are left out; default 0: none. */
  scoreThreshold?: number;
}

export const classifierOptionNames: OptionNames<ImageClassifierOptions> = { ...taskOptionNames, maxResults: 1, scoreThreshold: 1 };

export const defaultMaxResults = 5;

/** @throws ModelError `bad-argument` */
export function checkResultOptions({ maxResults = defaultMaxResults, scoreThreshold = 0 }: ImageClassifierOptions): void {
  if (!(Number.isInteger(maxResults) && maxResults >= 1))
    throw new ModelError('bad-argument', `maxResults is ${String(maxResults)}; it must be an integer >= 1`);
  if (!(typeof scoreThreshold === 'number' && scoreThreshold <= 1))
    throw new ModelError('bad-argument', `scoreThreshold is ${String(scoreThreshold)}; it must be a number up to 1`);
}

/** Classifies pictures by a network of one output with a score for each class. */
export class ImageClassifier extends VisionTask {
  /** By output index; absent: the model has no labels. */
  readonly classNames: readonly string[] | undefined;
  private readonly areProbabilities: boolean;

  /**
   * Loads a classifier from bytes, an address or a loaded model.
   * @throws ModelError as `load` of `zeropoint/float`; `bad-shape` for a network that is no classifier; `bad-argument` where nothing says
   * how pictures become its input; `fetch-failed`
   */
  static async load(source: TaskSource, options: ImageClassifierOptions = {}): Promise<ImageClassifier> {
    return new ImageClassifier(await loadTaskModel(source, options, classifierOptionNames, 'ImageClassifier.load'), options);
  }

  /** Use `load`. */
  private constructor(
    handle: TaskModelHandle,
    readonly options: ImageClassifierOptions = {},
  ) {
    super(handle, options);
    checkResultOptions(options);
    const { model } = this;
    if (!isClassifier(model)) {
      const shapes = model.outputs.map(({ shape }) => `[${shape}]`).join(', ');
      throw new ModelError('bad-shape', `outputs of shapes ${shapes} are not the scores of classes; use another task`);
    }
    const names = this.labels[0];
    const classes = model.outputs[0].data.length;
    this.classNames = names && (names.length === classes ? names : outputLabels(names, labelOffset(classes, names.length)));
    this.areProbabilities = hasProbabilities(model.graph);
  }

  /**
   * The best classes, best first; equal scores in the order of the classes.
   * @param options those of the classifier, where they are left out
   * @throws ModelError `bad-argument` for what is no picture, `disposed`
   */
  classify(picture: Picture, options: Pick<ImageClassifierOptions, 'maxResults' | 'scoreThreshold'> = {}): Classification[] {
    const { maxResults = defaultMaxResults, scoreThreshold = 0 } = { ...this.options, ...options };
    checkResultOptions({ maxResults, scoreThreshold });
    this.run(picture);
    const [output] = this.model.outputs;
    const classes = topClasses(output, this.areProbabilities ? maxResults : output.data.length, this.classNames);
    const scores = this.areProbabilities ? classes.map(({ score }) => score) : softmax(classes.map(({ score }) => score));
    return classes
      .map(({ class: index, label }, i) => ({ label: label ?? `class ${index}`, index, score: scores[i] }))
      .filter(({ score }) => score >= scoreThreshold)
      .slice(0, maxResults);
  }
}
