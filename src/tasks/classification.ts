// Owns the outputs of classifiers: which networks are classifiers, the best classes, the rank of a class, and the labels of outputs.
import { ModelError } from '../errors';
import { dequantize, type Tensor, type TensorInfo } from '../tensor';

/** The properties of a network by which its task is recognized; a `Model` has them. */
export interface TaskModel {
  readonly inputs: readonly Pick<TensorInfo, 'shape'>[];
  readonly outputs: readonly Pick<TensorInfo, 'shape' | 'dtype'>[];
  /** In execution order. */
  readonly operators: readonly { readonly type: string }[];
}

/** One class and its score, in the output's real numbers: a probability in [0, 1] after SOFTMAX or LOGISTIC, else a logit. */
export interface ClassScore {
  /** Index of the output's element. */
  class: number;
  label?: string;
  score: number;
}

/** Shapes [n], [1, n], [1, 1, 1, n] and the like, n at least 2. */
const isVector = (shape: readonly number[]): boolean =>
  shape.length > 0 && shape[shape.length - 1] >= 2 && shape.slice(0, -1).every((dimension) => dimension === 1);

/**
 * Whether the network is a classifier: it has one output, a vector of at least two elements, of dtype uint8, int8 or float32, since
 * int32 and int64 hold indices. An output with the shape of an input is a reconstruction, as of an autoencoder, and no classification.
 */
export function isClassifier({ inputs, outputs }: TaskModel): boolean {
  if (outputs.length !== 1) return false;
  const [{ shape, dtype }] = outputs;
  const isReconstruction = inputs.some((input) => String(input.shape) === String(shape));
  return isVector(shape) && !isReconstruction && (dtype === 'uint8' || dtype === 'int8' || dtype === 'float32');
}

/** Index of the largest score, the lowest among equal ones. Scores are not NaN; codes of one output are ordered as its scores. */
export function bestClass(scores: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i] > scores[best]) best = i;
  return best;
}

/** Position, from 0, of class `index` in the order of descending scores; equal scores in ascending order of their classes. */
export function rankOf(scores: ArrayLike<number>, index: number): number {
  let rank = 0;
  for (let i = 0; i < scores.length; i++) if (scores[i] > scores[index] || (scores[i] === scores[index] && i < index)) rank++;
  return rank;
}

/** @throws ModelError `bad-argument` unless `count` is a whole number from 0 */
export function checkCount(count: number): void {
  if (Number.isSafeInteger(count) && count >= 0) return;
  throw new ModelError('bad-argument', `the number of results must be a whole number from 0, not ${count}`);
}

/**
 * The `count` classes with the largest scores, best first, equal scores in ascending order of their classes; all classes where there
 * are fewer. `labels` are names by output index.
 * @throws ModelError `bad-argument` for a bad count, `bad-shape` unless `output` is a vector, such as [1, classes]
 */
export function topClasses(output: Tensor, count: number, labels?: readonly string[]): ClassScore[] {
  checkCount(count);
  if (!isVector(output.shape)) {
    throw new ModelError('bad-shape', `has shape [${output.shape}], scores of classes have [1, classes]; take the output of a classifier`, {
      where: `output '${output.name}'`,
    });
  }
  const scores = dequantize(output, output.data);
  const order = Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a] || a - b);
  return order.slice(0, count).map((index) => ({ class: index, label: labels?.[index], score: scores[index] }));
}

/** The 1000 classes of ILSVRC 2012, and in front of them the class 'background' that TensorFlow's networks were trained with. */
const outputsWithBackground = 1001;

/**
 * What is added to a label of the dataset to get the index of its output: 1 for 1001 outputs, of which output 0 is 'background', else 0.
 * `labelledClasses` is 1 + the largest label of the dataset, where it is known: labels up to 1000 already count 'background'.
 */
export function labelOffset(outputs: number, labelledClasses = 0): 0 | 1 {
  return outputs === outputsWithBackground && labelledClasses < outputsWithBackground ? 1 : 0;
}

/** Names by output index from names by label: `offset` times 'background', then `names`. */
export function outputLabels(names: readonly string[], offset: number): string[] {
  return [...new Array<string>(offset).fill('background'), ...names];
}

/** `labels[index]`, or `class 7` for an index without a label. */
export function className(index: number, labels?: readonly string[]): string {
  return labels?.[index] ?? `class ${index}`;
}
