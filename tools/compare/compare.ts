// Owns the comparison of a float network with its quantized form, on a dataset or a shard: accuracy, outputs, layers, latency and size.
import { type Model, ModelError } from 'zeropoint';
import { loadSync } from 'zeropoint/float';
import { type OptionNames, runPasses, validate } from 'zeropoint/graph';
import { evaluate } from 'zeropoint/reference';
import { isClassifier, labelOffset, outputLabels } from 'zeropoint/tasks';
import { elementCount, type Graph, readModel } from 'zeropoint/tflite';
import type { Samples } from '../dataset/dataset';
import { type DataSettings, normalizeDataSettings } from '../dataset/settings';
import { hashGraph, sha256 } from '../hash';
import type { FloatModel } from '../model/float-model';
import { checkLabels } from '../model/labels';
import { readProvenance } from '../model/provenance';
import { ownProperties, readOptions } from '../options';
import { ClassificationCounter } from './classification';
import type { Comparison } from './comparison';
import { ErrorSums } from './error-sums';
import { compareLayers } from './layers';
import { measureSamples } from './measure-samples';
import { Measures } from './measures';
import { comparisonOf, type MeasuredPart, type Subject } from './result';
import { type ComparisonShard, shardOf } from './shard';

export interface CompareOptions {
  /** Class names by output index. */
  labels?: readonly string[];
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

/** One empty sum per output; none where one network gives probabilities and the other logits. @throws ModelError `bad-shape` */
function outputSums(float: FloatModel, model: Model): ErrorSums[] {
  if (float.inputs.length !== model.inputs.length || float.outputs.length !== model.outputs.length) {
    throw new ModelError(
      'bad-shape',
      'the networks differ in their numbers of inputs or outputs; compare a network with its own quantized form',
    );
  }
  for (const [i, { name, shape }] of float.outputs.entries()) {
    const other = model.outputs[i];
    if (elementCount(shape) === other.data.length) continue;
    throw new ModelError(
      'bad-shape',
      `output '${name}' is [${shape}], that of the quantized network [${other.shape}]; compare a network with its own quantized form`,
    );
  }
  const softmax = [float.graph.nodes, model.operators].map((nodes) => endsInSoftmax(nodes.map(({ type }) => type)));
  if (softmax[0] !== softmax[1]) return [];
  return float.outputs.map(({ shape }) => new ErrorSums(Math.max(1, shape.at(-1) ?? 1)));
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

/** Measures all samples, then compares the layers if `withLayers`. */
async function measure(
  float: FloatModel,
  quantized: Uint8Array,
  dataset: Samples,
  options: CompareOptions,
  withLayers: boolean,
): Promise<MeasuredPart> {
  const { layerSamples = defaultLayerSamples, onProgress, signal } = options;
  const model = loadSync(quantized);
  try {
    const sums = outputSums(float, model);
    const classes = model.outputs[0].data.length;
    const offset = options.labelOffset ?? labelOffset(classes, dataset.classes);
    if (isClassifier(model)) checkLabels(classes, dataset.classes, offset);
    const ownLabels = dataset.classNames && outputLabels(dataset.classNames, offset);
    const subject: Subject = {
      ...subjectOf(float, model, quantized, { ...options, labels: options.labels ?? ownLabels }),
      outputs: sums.map((_, i) => ({ name: float.outputs[i].name, shape: float.outputs[i].shape })),
    };
    const measures = new Measures(sums, isClassifier(model) ? new ClassificationCounter(classes, offset) : undefined);
    const keptSamples = withLayers ? layerSamples : 0;
    const onSample = (done: number, total: number) => onProgress?.({ stage: 'samples', done, total });
    const kept = await measureSamples(float, model, dataset, measures, { keptSamples, onSample, signal });
    const onLayers = (done: number) => {
      signal?.throwIfAborted();
      onProgress?.({ stage: 'layers', done, total: 2 * kept.length });
    };
    const compared = withLayers && (await compareLayers(float, model, preparedGraph(quantized), kept, subject.settings, onLayers));
    const layers = compared ? { ...compared, layerSamples: kept.length } : undefined;
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
    layerSamples,
  });
}
