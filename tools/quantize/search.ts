// Owns the search for the fewest layers that must stay float for a bounded drop of top-1.
import { ModelError, quantize } from 'zeropoint';
import { loadSync } from 'zeropoint/float';
import { type Graph, type TensorData, tensorInfo, variableInputs, weightedValues } from 'zeropoint/graph';
import { bestClass, labelOffset } from 'zeropoint/tasks';
import type { Samples } from '../dataset/dataset';
import { loadFloat, sampleBatch } from '../model/float-model';
import { setInputs } from '../model/inputs';
import { checkLabels } from '../model/labels';
import { readOptions } from '../options';
import { countSteps, type Step } from '../steps';
import { buildQuantized, type Layer } from './build/build';
import { noExceptions, schemeOf } from './build/scheme';
import { type Calibrated, calibrate, type Quantized, quantizeCalibrated } from './model';
import { runQuantizedNode } from './refine/run-node';
import { complete, type QuantizeOptions, quantizeOptionNames } from './settings';

export interface SearchOptions extends QuantizeOptions {
  /** Largest drop of top-1 on the labelled samples, in percentage points. */
  readonly maxDrop: number;
  /** Output index = label + labelOffset. Default: 1 for 1001 classes, of which 'background' is the first, else 0. */
  readonly labelOffset?: number;
}

/** Number of samples on which the error of single layers is measured. */
const errorSamples = 8;

/**
 * Quantizes with the n layers of the largest error float, for n = 0, 1, 2, 4, ... until the drop is at most `maxDrop`, then bisects for the
 * smallest such n. `drop` is in percentage points.
 * @throws ModelError `bad-argument` where no sample has a label, a label is beyond the classes, or where even all layers in float drop more
 */
export async function searchSkips(graph: Graph, dataset: Samples, given: SearchOptions): Promise<Quantized & { drop: number }> {
  const options = readOptions(given, { ...quantizeOptionNames, maxDrop: 1, labelOffset: 1 }, 'searchSkips');
  if (!(options.maxDrop >= 0)) throw new ModelError('bad-argument', `maxDrop is ${options.maxDrop}; give points of top-1, 0 or more`);
  const classes = graph.outputs[0].shape.at(-1) ?? 0;
  const offset = options.labelOffset ?? labelOffset(classes, dataset.classes);
  checkLabels(classes, dataset.classes, offset);
  const calibrated = await calibrate(graph, dataset, options);
  const order = await layersByError(calibrated, options);
  const judge = (classify: Classifier) => top1(classify, offset, dataset, judgingSteps(dataset, options));
  const floatTop1 = await judge(floatClassifier(graph));
  const attempt = async (count: number) => {
    const skip = [...(options.skip ?? []), ...order.slice(0, count)];
    const result = await quantizeCalibrated(calibrated, { ...options, skip, onProgress: options.onProgress, signal: options.signal });
    const drop = 100 * (floatTop1 - (await judge(quantizedClassifier(result.bytes))));
    options.onProgress?.('search', count, order.length);
    return { ...result, drop };
  };
  let best = await attempt(0);
  if (best.drop <= options.maxDrop) return best;
  // Mostly a few layers of many suffice, so that doubling from 1 takes fewer attempts than bisecting from all.
  let [low, high] = [0, 1];
  for (best = await attempt(high); best.drop > options.maxDrop; best = await attempt(high)) {
    if (high === order.length) {
      throw new ModelError('bad-argument', `top-1 drops ${best.drop.toFixed(2)} points with all layers in float; allow more than that`);
    }
    [low, high] = [high, Math.min(2 * high, order.length)];
  }
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    const found = await attempt(middle);
    if (found.drop <= options.maxDrop) [best, high] = [found, middle];
    else low = middle;
  }
  return best;
}

/**
 * Output names of the layers with weights by falling error: sum (q - y)² / sum y² over the output's elements, where y is the float layer's
 * output and q that of the 8-bit layer on the same input.
 */
async function layersByError({ float, ranges, samples }: Calibrated, options: SearchOptions): Promise<string[]> {
  const draft = buildQuantized(float, ranges.tensors, {
    scheme: schemeOf(options.scheme ?? {}),
    weights: complete(options).weights,
    exceptions: noExceptions,
  });
  const errors = new Map<Layer, ErrorSums>(draft.layers.map((layer) => [layer, { error: 0, signal: 0 }]));
  const model = loadFloat(float);
  const step = countSteps(errorSamples, { signal: options.signal });
  for (const sample of samples.slice(0, errorSamples)) {
    await step();
    const reals = new Map<number, Float32Array>();
    model.run(sample, (value, data) => {
      if (data instanceof Float32Array) reals.set(value.id, data.slice());
    });
    for (const [layer, sums] of errors) addErrors(layer, reals, sums);
  }
  model.dispose();
  const relative = (layer: Layer) => errors.get(layer)!.error / (errors.get(layer)!.signal || 1);
  return [...draft.layers].sort((a, b) => relative(b) - relative(a)).map(({ float: node }) => node.outputs[0].name);
}

/** Sums of (q - y)² and y². */
interface ErrorSums {
  error: number;
  signal: number;
}

/** `reals`: the float network's values by id. */
function addErrors({ float, node }: Layer, reals: ReadonlyMap<number, Float32Array>, sums: ErrorSums): void {
  const input = reals.get(weightedValues(float).input.id);
  const expected = reals.get(float.outputs[0].id);
  // The runtime does not report the output of a pad that it fuses into this layer.
  if (!input || !expected) return;
  const [[codes]] = runQuantizedNode(node, [variableInputs(node).map((value) => quantize(tensorInfo(value), input))]);
  const { scale, zeroPoint } = node.outputs[0].quantization!;
  for (let i = 0; i < expected.length; i++) {
    sums.error += (scale[0] * ((codes[i] as number) - zeroPoint[0]) - expected[i]) ** 2;
    sums.signal += expected[i] ** 2;
  }
}

/** Index of the best class. */
type Classifier = (inputs: readonly TensorData[]) => number;

function floatClassifier(graph: Graph): Classifier {
  const model = loadFloat(graph, { batch: sampleBatch(graph) });
  return (inputs) => bestClass(model.run(inputs)[0] as Float32Array);
}

function quantizedClassifier(bytes: Uint8Array): Classifier {
  const model = loadSync(bytes);
  return (inputs) => {
    setInputs(model, inputs);
    model.run();
    return bestClass(model.outputs[0].data as Int8Array);
  };
}

/** One step per sample of the stage `judge`. */
function judgingSteps({ size }: Samples, { onProgress, signal }: SearchOptions): Step {
  return countSteps(size ?? Number.POSITIVE_INFINITY, { onProgress: (done) => onProgress?.('judge', done, size), signal });
}

/** Top-1 accuracy on the labelled samples, in [0, 1]. */
async function top1(classify: Classifier, offset: number, dataset: Samples, step: Step): Promise<number> {
  let [right, labelled] = [0, 0];
  for await (const { inputs, label } of dataset) {
    await step();
    if (label === undefined) continue;
    labelled++;
    if (classify(inputs) === label + offset) right++;
  }
  if (labelled === 0) throw new ModelError('bad-argument', 'the samples have no labels, which --max-drop needs; give --labels CSV');
  return right / labelled;
}
