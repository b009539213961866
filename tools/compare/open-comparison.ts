// Owns what is measured of a quantized network beside its float form: outputs in a common order, heads, labels, and the measures of each sample.
import { type Model, ModelError } from 'zeropoint';
import { isDetector, labelOffset, outputLabels } from 'zeropoint/tasks';
import { elementCount } from 'zeropoint/tflite';
import type { Annotations } from '../dataset/annotations/annotations';
import type { Sample, Samples } from '../dataset/dataset';
import { sha256 } from '../hash';
import type { FloatModel } from '../model/float-model';
import { checkLabels } from '../model/labels';
import { readProvenance } from '../model/provenance';
import { type Head, headsOf, type TaskKind, type TaskNetwork, taskKinds } from '../model/tasks';
import { ownProperties } from '../options';
import { ClassificationCounter } from './classification';
import { ErrorSums } from './error-sums';
import type { OutputOrders } from './measure-samples';
import { type BothRuns, Measures } from './measures';
import type { CompareOptions } from './options';
import type { Subject } from './result';
import { openHeads, sampleFrame, truthOf } from './tasks/heads';

/** Whether the last operator that computes is SOFTMAX. */
const endsInSoftmax = (types: readonly string[]): boolean =>
  types.filter((type) => !['QUANTIZE', 'DEQUANTIZE', 'RESHAPE', 'SQUEEZE'].includes(type)).at(-1) === 'SOFTMAX';

/** Outputs of TFLite_Detection_PostProcess in the operator's order, which graphs may change; all others as they are. */
function outputOrder({ graph, outputs }: Pick<Model, 'graph' | 'outputs'>, network: Parameters<typeof isDetector>[0]): number[] {
  if (!isDetector(network)) return outputs.map((_, index) => index);
  return graph.nodes.at(-1)!.outputs.map((value) => graph.outputs.indexOf(value));
}

/**
 * Indices of the outputs whose elements correspond: none where one network gives probabilities and the other logits, nor those of objects in
 * the order of their scores; no indices of classes.
 * @throws ModelError `bad-shape`
 */
function comparedOutputs(float: FloatModel, model: Model, orders: OutputOrders): number[] {
  if (float.inputs.length !== model.inputs.length || float.outputs.length !== model.outputs.length) {
    throw new ModelError(
      'bad-shape',
      'the networks differ in their numbers of inputs or outputs; compare a network with its own quantized form',
    );
  }
  const outputs = orders.float.map((index) => float.outputs[index]);
  for (const [i, { name, shape }] of outputs.entries()) {
    const other = model.outputs[orders.quantized[i]];
    if (elementCount(shape) === other.data.length) continue;
    throw new ModelError(
      'bad-shape',
      `output '${name}' is [${shape}], that of the quantized network [${other.shape}]; compare a network with its own quantized form`,
    );
  }
  const softmax = [float.graph.nodes, model.operators].map((nodes) => endsInSoftmax(nodes.map(({ type }) => type)));
  if (softmax[0] !== softmax[1]) return [];
  if (isDetector(model)) return [];
  return outputs.flatMap(({ dtype }, i) => (dtype === 'int32' || dtype === 'int64' ? [] : [i]));
}

function subjectOf(
  float: FloatModel,
  model: Model,
  quantized: Uint8Array,
  { names, floatFile, labels }: CompareOptions,
): Omit<Subject, 'outputs'> {
  const own: Partial<NonNullable<CompareOptions['names']>> = ownProperties(names ?? {});
  return {
    float: { name: own.float ?? float.graph.name, ...floatFile },
    quantized: { name: own.quantized ?? model.name, bytes: quantized.length, sha256: sha256(quantized) },
    settings: readProvenance(model.metadata),
    labels,
  };
}

/** What a float network's tasks are recognized by, its outputs in the given order. */
function taskNetwork({ graph, inputs, outputs }: FloatModel, order: readonly number[]): TaskNetwork {
  const ordered = order.map((index) => outputs[index]);
  return { inputs, outputs: ordered, operators: graph.nodes, graph: { nodes: graph.nodes, outputs: ordered } };
}

/** The heads, and whether they are the one output of a classifier. @throws ModelError `bad-argument` */
function chooseHeads(
  network: TaskNetwork,
  labels: CompareOptions['labels'],
  task: TaskKind | undefined,
): { heads: Head[]; isOne: boolean } {
  if (task !== undefined && !taskKinds.includes(task))
    throw new ModelError('bad-argument', `there is no task '${String(task)}'; give ${taskKinds.join(', ')}`);
  const heads = headsOf(network, labels, task);
  const isOne = network.outputs.length === 1 && heads[0].task === 'classifier';
  return { heads, isOne };
}

/** Samples after which labels that belong to none of them are an error. */
const maxUnlabelled = 256;

/** Counts labelled samples. @throws ModelError `bad-argument` once it is clear that labels are of other pictures */
function labelCheck(annotations: Annotations | undefined) {
  let [samples, labelled] = [0, 0];
  let first = '';
  const check = (): void => {
    if (!annotations || labelled > 0 || samples === 0) return;
    const which = `none of the ${samples} samples, as '${first}'; the first labels are those of '${annotations.first}'`;
    throw new ModelError('bad-argument', `labels ${which}`, { where: annotations.where });
  };
  const add = (name: string, isLabelled: boolean): void => {
    if (samples++ === 0) first = name;
    if (isLabelled) labelled++;
    if (samples >= maxUnlabelled) check();
  };
  return { add, check };
}

/** A quantized network while it is measured. */
export interface OpenComparison {
  readonly orders: OutputOrders;
  readonly subject: Subject;
  readonly measures: Measures;
  /** Adds a sample; outputs of the quantized network hold until its next run. @throws ModelError `bad-argument` for labels of other pictures */
  add(sample: Sample, runs: BothRuns): Promise<void>;
  /** After the last sample. @throws ModelError `bad-argument` for labels of other pictures */
  check(): void;
}

/** `model` is loaded from `quantized`, the bytes of its file. @throws ModelError as `compare`, but for what samples show */
export function openComparison(
  float: FloatModel,
  model: Model,
  quantized: Uint8Array,
  dataset: Samples,
  options: CompareOptions,
): OpenComparison {
  const { annotations, preprocessing, task } = options;
  const network = { inputs: float.inputs, outputs: float.outputs, operators: float.graph.nodes };
  const orders = { float: outputOrder(float as Pick<Model, 'graph' | 'outputs'>, network), quantized: outputOrder(model, model) };
  const compared = comparedOutputs(float, model, orders);
  const tasks = taskNetwork(float, orders.float);
  const sums = compared.map((i) => new ErrorSums(Math.max(1, tasks.outputs[i].shape.at(-1) ?? 1)));
  const { heads, isOne } = chooseHeads(tasks, options.labels, task);
  const classes = model.outputs[0].data.length;
  const offset = options.labelOffset ?? labelOffset(classes, dataset.classes);
  if (isOne) checkLabels(classes, dataset.classes, offset);
  const ownLabels = isOne && dataset.classNames ? outputLabels(dataset.classNames, offset) : undefined;
  const subject: Subject = {
    ...subjectOf(float, model, quantized, { ...options, labels: options.labels ?? ownLabels }),
    outputs: compared.map((i) => ({ name: tasks.outputs[i].name, shape: tasks.outputs[i].shape })),
  };
  const open = openHeads(heads, tasks, options);
  const counter = isOne ? new ClassificationCounter(classes, offset) : undefined;
  const measures = new Measures(sums, counter, isOne ? [] : open.map((head) => head.measure), undefined, compared);
  const labels = labelCheck(annotations);
  const addHeads = async (sample: Sample, { float: floatRun, quantized: quantizedRun }: BothRuns) => {
    const truth = await truthOf(sample, annotations);
    labels.add(sample.name, truth.mask !== undefined || (truth.objects?.length ?? 0) > 0);
    const frame = sampleFrame(sample, tasks, preprocessing);
    for (const head of open) head.add(sample, frame, floatRun, quantizedRun, truth);
  };
  return {
    orders,
    subject,
    measures,
    async add(sample, runs) {
      measures.add(sample, runs);
      if (!isOne) await addHeads(sample, runs);
    },
    check: labels.check,
  };
}
