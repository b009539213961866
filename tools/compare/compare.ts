// Owns the comparison of a float network with its quantized form, on a dataset or a shard: tasks, outputs, layers, latency and size.
import { type Model, ModelError } from 'zeropoint';
import { loadSync } from 'zeropoint/float';
import { type OptionNames, runPasses, validate } from 'zeropoint/graph';
import type { Preprocessing } from 'zeropoint/image';
import { evaluate } from 'zeropoint/reference';
import { isDetector, labelOffset, outputLabels } from 'zeropoint/tasks';
import { elementCount, type Graph, readModel } from 'zeropoint/tflite';
import type { Annotations } from '../dataset/annotations/annotations';
import type { Samples } from '../dataset/dataset';
import { type DataSettings, normalizeDataSettings } from '../dataset/settings';
import { hashGraph, sha256 } from '../hash';
import type { FloatModel } from '../model/float-model';
import { checkLabels } from '../model/labels';
import { readProvenance } from '../model/provenance';
import { type Head, headsOf, type TaskKind, type TaskNetwork, taskKinds } from '../model/tasks';
import { ownProperties, readOptions } from '../options';
import { ClassificationCounter } from './classification';
import type { Comparison } from './comparison';
import { ErrorSums } from './error-sums';
import { compareLayers } from './layers';
import { measureSamples, type OutputOrders } from './measure-samples';
import { Measures } from './measures';
import { comparisonOf, type MeasuredPart, type Subject } from './result';
import { type ComparisonShard, shardOf } from './shard';
import { openHeads, sampleFrame, truthOf } from './tasks/heads';

export interface CompareOptions {
  /** Class names by output index. */
  labels?: readonly string[];
  /** What the network is for; default: recognized by its outputs and operators, each output for itself. */
  task?: TaskKind;
  /** How pictures became inputs, so that results are in pixels of the picture. */
  preprocessing?: Preprocessing;
  /** Boxes of objects, or classes of pixels, of the samples' pictures; `openAnnotations` reads them. */
  annotations?: Annotations;
  /** Output index = label + labelOffset. Default: 1 for 1001 classes, of which 'background' is the first, else 0. */
  labelOffset?: number;
  /** Number of first samples that layers are compared on; default 16. */
  layerSamples?: number;
  /** How reports call the networks; default: the names of their graphs. */
  names?: { float: string; quantized: string };
  /** Size and SHA-256 of the float network's file. */
  floatFile?: { bytes: number; sha256: string };
  /** Called after every sample, and after every run of the layers' samples. */
  onProgress?: (progress: CompareProgress) => void;
  /** Aborts the comparison between two samples; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
}

const optionNames: OptionNames<CompareOptions> = {
  labels: 1,
  task: 1,
  preprocessing: 1,
  annotations: 1,
  labelOffset: 1,
  layerSamples: 1,
  names: 1,
  floatFile: 1,
  onProgress: 1,
  signal: 1,
};

export interface CompareShardOptions extends CompareOptions {
  /** Settings that the dataset was opened with; only shards with equal settings merge. */
  data?: DataSettings;
}

export interface CompareProgress {
  readonly stage: 'samples' | 'layers';
  readonly done: number;
  readonly total: number;
}

const defaultLayerSamples = 16;

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

/** The graph that `loadSync` runs: read, validated, and after the same passes. */
function preparedGraph(bytes: Uint8Array): Graph {
  const graph = readModel(bytes);
  validate(graph, { evaluate });
  runPasses(graph, { evaluate });
  return graph;
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

/** Measures all samples, then compares the layers if `withLayers`. */
async function measure(
  float: FloatModel,
  quantized: Uint8Array,
  dataset: Samples,
  options: CompareOptions,
  withLayers: boolean,
): Promise<MeasuredPart> {
  const { layerSamples = defaultLayerSamples, onProgress, signal, annotations, preprocessing, task } = options;
  const model = loadSync(quantized);
  try {
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
    const measured = isOne ? [] : open.map((head) => head.measure);
    const measures = new Measures(sums, counter, measured, undefined, compared);
    const labels = labelCheck(annotations);
    const kept = await measureSamples(float, model, dataset, measures, {
      orders,
      keptSamples: withLayers ? layerSamples : 0,
      onSample: (done, total) => onProgress?.({ stage: 'samples', done, total }),
      async addHeads(sample, runs) {
        if (isOne) return;
        const truth = await truthOf(sample, annotations);
        labels.add(sample.name, truth.mask !== undefined || (truth.objects?.length ?? 0) > 0);
        const frame = sampleFrame(sample, tasks, preprocessing);
        for (const head of open) head.add(sample, frame, runs.float, runs.quantized, truth);
      },
      signal,
    });
    labels.check();
    const onLayers = (done: number) => {
      signal?.throwIfAborted();
      onProgress?.({ stage: 'layers', done, total: 2 * kept.length });
    };
    const found = withLayers && (await compareLayers(float, model, preparedGraph(quantized), kept, subject.settings, onLayers));
    const layers = found ? { ...found, layerSamples: kept.length } : undefined;
    return { subject, data: { sha256: await dataset.hash?.(), skipped: [...(dataset.skipped ?? [])] }, measures, layers };
  } finally {
    model.dispose();
  }
}

/**
 * Compares `float` with `quantized`, the bytes of a `.tflite`. Samples hold inputs of the float network; the quantized network's inputs
 * are the same values quantized. Accuracy, output errors and latency are measured on every sample, layers on the first `layerSamples`.
 * Memory does not grow with the dataset.
 * @throws ModelError `bad-shape` for networks whose inputs or outputs do not correspond, `bad-data` for a dataset without samples, and as
 * loading `quantized` does
 */
export async function compare(float: FloatModel, quantized: Uint8Array, dataset: Samples, given: CompareOptions = {}): Promise<Comparison> {
  const options = readOptions(given, optionNames, 'compare');
  const { layers, ...measured } = await measure(float, quantized, dataset, options, true);
  return comparisonOf({ ...measured, layers: layers! });
}

/**
 * Measures one shard of a comparison: `dataset.shard`, or all samples of a dataset without shards. The result is plain data, for JSON and
 * `mergeComparisons`. Only the first shard compares layers, on its own first `layerSamples` samples.
 * @throws ModelError as `compare`
 */
export async function compareShard(
  float: FloatModel,
  quantized: Uint8Array,
  dataset: Samples,
  given: CompareShardOptions = {},
): Promise<ComparisonShard> {
  const options = readOptions(given, { ...optionNames, data: 1 }, 'compareShard');
  const { layerSamples = defaultLayerSamples, data = {}, floatFile } = options;
  const shard = dataset.shard ?? { index: 0, count: 1 };
  const measured = await measure(float, quantized, dataset, options, shard.index === 0);
  return shardOf(measured, shard, {
    float: floatFile?.sha256 ?? hashGraph(float.graph),
    quantized: sha256(quantized),
    data: normalizeDataSettings(data),
    labelledClasses: dataset.classes,
    annotations: options.annotations?.sha256,
    task: options.task,
    layerSamples,
  });
}
