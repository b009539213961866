// Owns comparing a float network with its quantized form on a dataset or a shard of one: accuracy, outputs, layers, speed and size.
import { type Model, ModelError } from 'zeropoint';
import { type FloatModel, loadSync } from 'zeropoint/float';
import { checkOptionNames, type OptionNames, runPasses, validate } from 'zeropoint/graph';
import { evaluate } from 'zeropoint/reference';
import { type Graph, readModel } from 'zeropoint/tflite';
import type { Samples } from '../dataset/dataset';
import { type DataSettings, normalizeDataSettings } from '../dataset/settings';
import { hashGraph, sha256 } from '../hash';
import { readProvenance } from '../model/provenance';
import { isClassifier } from '../report/results';
import { ClassificationCounter } from './classification';
import type { Comparison } from './comparison';
import { ErrorSums } from './error-sums';
import { compareLayers } from './layers';
import { walk } from './measure-samples';
import { Measures } from './measures';
import { comparisonOf, type MeasuredPart, type Subject } from './result';
import { type ComparisonShard, shardOf } from './shard';

export interface CompareOptions {
  /** Class names by output index. */
  labels?: readonly string[];
  /** Added to the dataset's labels to get output indices. Default: 1 for 1001 classes, of which 'background' is the first, else 0. */
  labelOffset?: number;
  /** Samples that the layers are compared on, the first ones; default 16. */
  layerSamples?: number;
  /** What the networks are called in the report, and the float network's file. */
  names?: { float: string; quantized: string };
  floatFile?: { bytes: number; sha256: string };
  /** Told after every step of each stage. */
  onProgress?: (progress: CompareProgress) => void;
  /** Ends the comparison between two samples, with the signal's reason. */
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
  /** What the dataset was opened with; shards of other settings are not merged. */
  data?: DataSettings;
}

export interface CompareProgress {
  readonly stage: 'samples' | 'layers';
  readonly done: number;
  readonly total: number;
}

const defaultLayerSamples = 16;

const endsInSoftmax = (types: readonly string[]): boolean =>
  types.filter((type) => !['QUANTIZE', 'DEQUANTIZE', 'RESHAPE', 'SQUEEZE'].includes(type)).at(-1) === 'SOFTMAX';

/** Sums over the outputs; none where one network gives probabilities and the other logits. @throws ModelError `bad-shape` */
function outputSums(float: FloatModel, model: Model): ErrorSums[] {
  if (float.inputs.length !== model.inputs.length || float.outputs.length !== model.outputs.length) {
    throw new ModelError(
      'bad-shape',
      'the networks differ in their numbers of inputs or outputs; compare a network with its own quantized form',
    );
  }
  const softmax = [float.graph.nodes, model.operators].map((nodes) => endsInSoftmax(nodes.map(({ type }) => type)));
  if (softmax[0] !== softmax[1]) return [];
  return float.outputs.map(({ shape }) => new ErrorSums(Math.max(1, shape.at(-1) ?? 1)));
}

/** The nodes that `loadSync` runs: the same checks and passes. */
function preparedGraph(bytes: Uint8Array): Graph {
  const graph = readModel(bytes);
  validate(graph, { evaluate });
  runPasses(graph, { evaluate });
  return graph;
}

function labelOffsetFor(classes: number, { labelOffset }: CompareOptions, dataset: Samples): number {
  return labelOffset ?? (classes === 1001 && (dataset.classes ?? 0) <= 1000 ? 1 : 0);
}

function subjectOf(
  float: FloatModel,
  model: Model,
  quantized: Uint8Array,
  { names, floatFile, labels }: CompareOptions,
): Omit<Subject, 'outputs'> {
  return {
    float: { name: names?.float ?? float.graph.name, ...floatFile },
    quantized: { name: names?.quantized ?? model.name, bytes: quantized.length, sha256: sha256(quantized) },
    settings: readProvenance(model.metadata),
    labels,
  };
}

/** Walks over the dataset, then compares layers, where they are wanted. */
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
    const offset = labelOffsetFor(classes, options, dataset);
    const ownLabels = dataset.classNames && [...new Array<string>(offset).fill('background'), ...dataset.classNames];
    const subject: Subject = {
      ...subjectOf(float, model, quantized, { ...options, labels: options.labels ?? ownLabels }),
      outputs: sums.map((_, i) => ({ name: float.outputs[i].name, shape: float.outputs[i].shape })),
    };
    const measures = new Measures(sums, isClassifier(model) ? new ClassificationCounter(classes, offset) : undefined);
    const onSample = (done: number, total: number) => onProgress?.({ stage: 'samples', done, total });
    const kept = await walk(float, model, dataset, measures, { keep: withLayers ? layerSamples : 0, onSample, signal });
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
 * Compares `float` with `quantized`, the bytes of a `.tflite`, on samples whose inputs are the float network's. Both see the same
 * pictures: an 8-bit input gets the float one quantized. Accuracy, outputs and latency are measured on every sample, layers on the
 * first `layerSamples`; memory does not grow with the dataset.
 * @throws ModelError `bad-shape` where the networks do not belong together, `bad-data` where there is no sample, and what loading throws
 */
export async function compare(
  float: FloatModel,
  quantized: Uint8Array,
  dataset: Samples,
  options: CompareOptions = {},
): Promise<Comparison> {
  checkOptionNames<CompareOptions>(options, optionNames, 'compare');
  const { layers, ...measured } = await measure(float, quantized, dataset, options, true);
  return comparisonOf({ ...measured, layers: layers! });
}

/**
 * Does one shard's part of `compare`: that of `dataset.shard`, or of all samples where the dataset has none. The result is plain data,
 * for JSON and `mergeComparisons`. Layers are compared by the first shard alone, on its own first `layerSamples` samples.
 * @throws ModelError as `compare`
 */
export async function compareShard(
  float: FloatModel,
  quantized: Uint8Array,
  dataset: Samples,
  options: CompareShardOptions = {},
): Promise<ComparisonShard> {
  checkOptionNames<CompareShardOptions>(options, { ...optionNames, data: 1 }, 'compareShard');
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
