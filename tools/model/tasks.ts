// Owns the recognition of tasks: what each output of a network, or all of them together, stand for.
import { type DType, ModelError } from 'zeropoint';
import type { Graph, OperatorType } from 'zeropoint/graph';
import { detectorHead, inputSize, isClassifier, isSegmentation, keypointHeads, lastOperator, poseRow } from 'zeropoint/tasks';
import { pointValues } from './landmarks';

export const taskKinds = ['classifier', 'detector', 'segmenter', 'landmarks', 'pose', 'embedder', 'regressor'] as const;
export type TaskKind = (typeof taskKinds)[number];

/** Outputs of a network that stand for one result. */
export interface Head {
  readonly task: TaskKind;
  /** Of its first output. */
  readonly name: string;
  /** Indices of the network's outputs. */
  readonly outputs: readonly number[];
}

interface TaskTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** What tasks are recognized by; a `Model` has it, and a FloatModel with its graph's nodes as operators. */
export interface TaskNetwork {
  readonly inputs: readonly Pick<TaskTensor, 'shape'>[];
  readonly outputs: readonly TaskTensor[];
  readonly operators: readonly { readonly type: string }[];
  readonly graph: Pick<Graph, 'nodes' | 'outputs'>;
}

/** Key points of MediaPipe's detectors: bodies 2 and 4, faces 6, palms 7. */
export const knownKeypoints: readonly number[] = [2, 4, 6, 7];

/** Embeddings have at least so many elements, in steps of `embeddingStep`, as features of known backbones: 256 to 2048. */
const minEmbedding = 256;
const embeddingStep = 32;

/** Operators that average or select over the picture, and the one that gives vectors of length 1. */
const pooling: ReadonlySet<OperatorType | undefined> = new Set<OperatorType>(['AVERAGE_POOL_2D', 'MAX_POOL_2D', 'MEAN', 'REDUCE_MAX']);

const elements = ({ shape }: Pick<TaskTensor, 'shape'>): number => shape.reduce((product, dimension) => product * dimension, 1);
const isVector = (output: TaskTensor): boolean => elements(output) >= 2 && output.shape.at(-1) === elements(output);
const isIndex = ({ dtype }: TaskTensor): boolean => dtype === 'int32' || dtype === 'int64';

/**
 * Whether output `index` is an embedding: it is normalized, called so, or pooled features without names of classes. Classifiers that end in a
 * pool, as SqueezeNet, have numbers of classes that are no multiple of 32.
 */
function isEmbedding({ outputs, graph }: TaskNetwork, index: number, labels: readonly string[] | undefined): boolean {
  const output = outputs[index];
  if (!isVector(output) || isIndex(output)) return false;
  const last = lastOperator(graph, index);
  if (last === 'L2_NORMALIZATION' || /embedding|feature_?vector/i.test(output.name)) return true;
  const size = elements(output);
  return pooling.has(last) && size >= minEmbedding && size % embeddingStep === 0 && labels?.length !== size;
}

/**
 * Whether an output is the class of every pixel: indices of integers, or scores of several classes, or of one that a logistic function
 * ends. `alone`: maps of several channels count, but for 3, which without names or probabilities are pictures; beside other outputs only those
 * that probabilities end.
 */
function isMask(network: TaskNetwork, index: number, labels: readonly string[] | undefined, alone: boolean): boolean {
  const { outputs, inputs, graph } = network;
  if (inputs.length !== 1) return false;
  const { shape } = outputs[index];
  if (isIndex(outputs[index])) return shape.length >= 3 && elements(outputs[index]) > 1;
  if (shape.length !== 4 || shape[0] !== 1 || shape[1] < 2 || shape[2] < 2 || shape[3] > 256) return false;
  const last = lastOperator(graph, index);
  if (last === 'SOFTMAX' || last === 'LOGISTIC' || labels?.length === shape[3]) return true;
  return alone && shape[3] > 1 && shape[3] !== 3;
}

/** The output whose elements are logits of the logistic function, which a host computes: the scores of MediaPipe's detectors. */
export function logitOutput<T extends { readonly shape: readonly number[] }>(
  network: Pick<TaskNetwork, 'inputs'> & { readonly outputs: readonly T[] },
): T | undefined {
  if (network.inputs.length !== 1 || network.inputs[0].shape.length < 3) return undefined;
  const { width, height } = inputSize(network);
  return keypointHeads(network.outputs, knownKeypoints, width, height)?.logits;
}

/** Whether all outputs are those of a detector: of objects, or MediaPipe's of objects with key points. */
function isDetection(network: TaskNetwork, labels: readonly string[] | undefined): boolean {
  if (network.inputs.length !== 1 || network.inputs[0].shape.length < 3) return false;
  return logitOutput(network) !== undefined || detectorHead(network, labels?.length) !== undefined;
}

function taskOfOutput(network: TaskNetwork, index: number, labels: readonly string[] | undefined): TaskKind {
  const { outputs, graph } = network;
  const alone = outputs.length === 1;
  if (poseRow(outputs[index].shape) !== undefined) return 'pose';
  if (pointValues(network, index) !== undefined) return 'landmarks';
  if (isMask(network, index, labels, alone)) return 'segmenter';
  if (isEmbedding(network, index, labels)) return 'embedder';
  if (alone) return isClassifier(network) ? 'classifier' : 'regressor';
  return isVector(outputs[index]) && lastOperator(graph, index) === 'SOFTMAX' ? 'classifier' : 'regressor';
}

/** Whether the outputs can be read as results of the task. */
function fits(task: TaskKind, network: TaskNetwork, labels: readonly string[] | undefined, index: number): boolean {
  const { outputs } = network;
  const output = outputs[index];
  switch (task) {
    case 'detector':
      return isDetection(network, labels);
    case 'segmenter':
      return isSegmentation([output]);
    case 'landmarks':
      return !isIndex(output) && elements(output) >= 4 && elements(output) % (pointValues(network, index) ?? 2) === 0;
    case 'pose':
      return poseRow(output.shape) !== undefined;
    case 'classifier':
    case 'embedder':
      return isVector(output) && !isIndex(output);
    default:
      return true;
  }
}

/** The heads where the user says what the network is for. @throws ModelError `bad-argument` where no output fits */
function givenHeads(task: TaskKind, network: TaskNetwork, labels: readonly string[] | undefined): Head[] {
  const { outputs } = network;
  const fitting = outputs.flatMap((_, index) => (fits(task, network, labels, index) ? [index] : []));
  if (fitting.length === 0) {
    const shapes = outputs.map(({ shape }) => `[${shape}]`).join(', ');
    throw new ModelError('bad-argument', `outputs of shapes ${shapes} are not those of a ${task} that is known; give another --task`);
  }
  if (task === 'detector') return [{ task, name: outputs[0].name, outputs: fitting }];
  return fitting.map((index) => ({ task, name: outputs[index].name, outputs: [index] }));
}

/**
 * The heads of a network: all outputs together of a detector, else each output for itself. `labels` are names of classes; `task` is what the
 * user says it is for.
 * @throws ModelError `bad-argument` where no output can be read so
 */
export function headsOf(network: TaskNetwork, labels?: readonly string[], task?: TaskKind): Head[] {
  if (task !== undefined) return givenHeads(task, network, labels);
  const { outputs } = network;
  const isOneVector = outputs.length === 1 && isVector(outputs[0]);
  if (!isOneVector && isDetection(network, labels))
    return [{ task: 'detector', name: outputs[0].name, outputs: outputs.map((_, index) => index) }];
  return outputs.map(({ name }, index) => ({ task: taskOfOutput(network, index, labels), name, outputs: [index] }));
}
