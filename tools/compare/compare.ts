// Owns the comparison of a float network with its quantized form, on a dataset or a shard: tasks, outputs, layers, latency and size.
import { loadSync } from 'zeropoint/float';
import { runPasses, validate } from 'zeropoint/graph';
import { evaluate } from 'zeropoint/reference';
import { type Graph, readModel } from 'zeropoint/tflite';
import type { Samples } from '../dataset/dataset';
import { type DataSettings, normalizeDataSettings } from '../dataset/settings';
import { hashGraph, sha256 } from '../hash';
import type { FloatModel } from '../model/float-model';
import { readOptions } from '../options';
import type { Comparison } from './comparison';
import { compareLayers } from './layers';
import { measureSamples } from './measure-samples';
import { openComparison } from './open-comparison';
import { type CompareOptions, compareOptionNames } from './options';
import { comparisonOf, type MeasuredPart } from './result';
import { type ComparisonShard, shardOf } from './shard';

export interface CompareShardOptions extends CompareOptions {
  /** Settings that the dataset was opened with; only shards with equal settings merge. */
  data?: DataSettings;
}

const defaultLayerSamples = 16;

/** The graph that `loadSync` runs: read, validated, and after the same passes. */
function preparedGraph(bytes: Uint8Array): Graph {
  const graph = readModel(bytes);
  validate(graph, { evaluate });
  runPasses(graph, { evaluate });
  return graph;
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
    const open = openComparison(float, model, quantized, dataset, options);
    const { subject, measures } = open;
    const kept = await measureSamples(float, [{ ...open, model }], dataset, {
      keptSamples: withLayers ? layerSamples : 0,
      onSample: (done, total) => onProgress?.({ stage: 'samples', done, total }),
      signal,
    });
    open.check();
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
  const options = readOptions(given, compareOptionNames, 'compare');
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
  const options = readOptions(given, { ...compareOptionNames, data: 1 }, 'compareShard');
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
