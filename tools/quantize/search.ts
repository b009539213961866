// Owns the search for the fewest layers to keep float so that top-1 drops by no more than allowed.
import { ModelError, quantize } from 'zeropoint';
import { loadFloat, loadSync } from 'zeropoint/float';
import { copyGraph, type Graph, type TensorData, tensorInfo, variableInputs, weightedValues } from 'zeropoint/graph';
import { bestClass } from '../compare/classification';
import type { Samples } from '../dataset/dataset';
import { setInputs } from '../model/inputs';
import { countSteps, type Step } from '../steps';
import { buildQuantized, type Layer } from './build/build';
import { type Calibrated, calibrate, defaultSettings, type Quantized, type QuantizeOptions, quantizeCalibrated } from './model';
import { runQuantizedNode } from './run-node';
import { defaultScheme } from './scheme';

export interface SearchOptions extends QuantizeOptions {
  /** Points of top-1, over the labelled samples. */
  readonly maxDrop: number;
}

/** Samples that the error of single layers is measured on. */
const errorSamples = 8;

/**
 * Quantizes with ever more layers float, those with the largest error of their own first, and bisects to the fewest that keep the
 * drop within `maxDrop`.
 * @throws ModelError `bad-argument` where no sample has a label, or where even all layers in float drop more
 */
export async function searchSkips(graph: Graph, dataset: Samples, options: SearchOptions): Promise<Quantized & { drop: number }> {
  const calibrated = await calibrate(graph, dataset, options);
  const order = await layersByError(calibrated, options);
  const judge = (classify: Classifier) => rightShare(classify, graph, dataset, judgingSteps(dataset, options));
  const right = await judge(floatClassifier(graph));
  const attempt = async (count: number) => {
    const skip = [...(options.skip ?? []), ...order.slice(0, count)];
    const result = await quantizeCalibrated(calibrated, { ...options, skip });
    const drop = 100 * (right - (await judge(quantizedClassifier(result.bytes))));
    options.onProgress?.('search', count, order.length);
    return { ...result, drop };
  };
  let best = await attempt(0);
  if (best.drop <= options.maxDrop) return best;
  // Doubling first: the answer is mostly a few layers of many.
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

/** Output names of the layers with weights, largest share of noise in their output first, each layer fed with float inputs. */
async function layersByError({ float, ranges, samples }: Calibrated, options: SearchOptions): Promise<string[]> {
  const draft = buildQuantized(float, ranges.tensors, {
    scheme: defaultScheme(options.scheme),
    weights: options.weights ?? defaultSettings.weights,
    skip: new Set(),
  });
  const noise = new Map<Layer, { error: number; signal: number }>(draft.layers.map((layer) => [layer, { error: 0, signal: 0 }]));
  const model = loadFloat(copyGraph(float));
  const step = countSteps(errorSamples, { signal: options.signal });
  for (const sample of samples.slice(0, errorSamples)) {
    await step();
    const reals = new Map<number, Float32Array>();
    model.run(sample, (value, data) => {
      if (data instanceof Float32Array) reals.set(value.id, data.slice());
    });
    for (const [layer, sums] of noise) addNoise(layer, reals, sums);
  }
  model.dispose();
  const share = (layer: Layer) => noise.get(layer)!.error / (noise.get(layer)!.signal || 1);
  return [...draft.layers].sort((a, b) => share(b) - share(a)).map(({ float: node }) => node.outputs[0].name);
}

function addNoise({ float, node }: Layer, reals: ReadonlyMap<number, Float32Array>, sums: { error: number; signal: number }): void {
  const input = reals.get(weightedValues(float).input.id);
  const expected = reals.get(float.outputs[0].id);
  // Behind a pad that was fused away nothing was observed.
  if (!input || !expected) return;
  const [[codes]] = runQuantizedNode(node, [variableInputs(node).map((value) => quantize(tensorInfo(value), input))]);
  const { scale, zeroPoint } = node.outputs[0].quantization!;
  for (let i = 0; i < expected.length; i++) {
    sums.error += (scale[0] * ((codes[i] as number) - zeroPoint[0]) - expected[i]) ** 2;
    sums.signal += expected[i] ** 2;
  }
}

type Classifier = (inputs: readonly TensorData[]) => number;

function floatClassifier(graph: Graph): Classifier {
  const model = loadFloat(copyGraph(graph), { batch: 1 });
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

/** One step per sample. */
function judgingSteps({ size }: Samples, { onProgress, signal }: SearchOptions): Step {
  return countSteps(size ?? Number.POSITIVE_INFINITY, { onProgress: (done) => onProgress?.('judge', done, size), signal });
}

/** Share of the labelled samples that a classifier is right on, 0..1; outputs of one class more than the labels begin with 'background'. */
async function rightShare(classify: Classifier, graph: Graph, dataset: Samples, step: Step): Promise<number> {
  const classes = graph.outputs[0].shape.at(-1) ?? 0;
  const offset = classes === 1001 ? 1 : 0;
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
