// Owns the order of refinement: layer after layer in execution order, each on inputs computed by the layers refined before it.
import { setImmediate } from 'node:timers/promises';
import { quantize } from 'zeropoint';
import {
  type Graph,
  type Node,
  type TensorData,
  tensorInfo,
  tensorParams,
  type Value,
  variableInputs,
  weightedInputs,
  weightedValues,
} from 'zeropoint/graph';
import type { Statistics } from '../../calibrate/statistics';
import type { Layer, QuantizedDraft } from '../build/build';
import type { Scheme } from '../build/scheme';
import { layerReals, storeWeights, type WeightCodes } from '../build/weights';
import { correctBias } from './correct-bias';
import { FloatInputs } from './float-inputs';
import { FusedValues } from './fused-values';
import { hasColumns } from './layer-inputs';
import { reconstructLayer } from './reconstruct';
import { runQuantizedNode } from './run-node';

/** Whether a module treats the layer with this output in the float graph. */
type Treats = (output: Value) => boolean;

export interface RefineSettings {
  readonly biasCorrection: Treats;
  readonly refit: Treats;
  readonly round: Treats;
  /** Called with the numbers of refined layers and of all. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Aborted: `refine` rejects with its reason after the current layer. */
  readonly signal?: AbortSignal;
}

/**
 * Rewrites weights and biases of `draft` in place: refit, rounding, then bias correction, as far as `settings` say. `float` is the graph it
 * was built from, `statistics` are those of `float`, and `samples` the elements of its inputs.
 */
export async function refine(
  draft: QuantizedDraft,
  float: Graph,
  statistics: Statistics,
  samples: readonly (readonly TensorData[])[],
  settings: RefineSettings,
): Promise<void> {
  const { graph, layers } = draft;
  const layerOf = new Map<Node, Layer>(layers.map((layer) => [layer.node, layer]));
  const fused = new FusedValues(float);
  // PAD is affine, so it maps the mean of its input to the mean of its output.
  const meanOf = (value: Value) => fused.of(value, ({ id }) => statistics.get(id)?.mean) as Float32Array;
  /** Elements of the values that later nodes read, per sample. */
  const live = new Map<Value, TensorData[]>();
  const floatInputs = new FloatInputs(
    float,
    layers.filter((layer) => settings.refit(layer.float.outputs[0])),
    samples,
  );
  graph.inputs.forEach((value, i) => {
    live.set(
      value,
      samples.map((sample) => quantize(tensorInfo(value), sample[i])),
    );
  });
  const lastReader = new Map<Value, Node>();
  for (const node of graph.nodes) for (const value of variableInputs(node)) lastReader.set(value, node);
  let done = 0;
  for (const node of graph.nodes) {
    const layer = layerOf.get(node);
    if (layer) {
      refineLayer(layer, draft.scheme, live.get(weightedValues(layer.node).input)!, meanOf, settings, floatInputs);
      settings.onProgress?.(++done, layers.length);
      // The event loop runs the listeners that abort the signal.
      await setImmediate();
      settings.signal?.throwIfAborted();
      // No later node is a layer.
      if (done === layers.length) return;
    }
    const inputs = variableInputs(node);
    const results = runQuantizedNode(
      node,
      samples.map((_, i) => inputs.map((value) => live.get(value)![i])),
    );
    node.outputs.forEach((value, i) => {
      live.set(
        value,
        results.map((outputs) => outputs[i]),
      );
    });
    for (const value of inputs) if (lastReader.get(value) === node) live.delete(value);
  }
}

function refineLayer(
  layer: Layer,
  scheme: Scheme,
  inputs: readonly TensorData[],
  meanOf: (value: Value) => Float32Array,
  settings: RefineSettings,
  floatInputs: FloatInputs,
): void {
  const { float, node } = layer;
  const [output] = float.outputs;
  const [isRounded, isRefit] = [settings.round(output), settings.refit(output)];
  const { input, weights } = weightedValues(node);
  let codes = storedCodes(weights, scheme);
  if ((isRounded || isRefit) && hasColumns(node)) {
    codes = reconstructLayer(node, layerReals(float).weights, codes, inputs, {
      round: isRounded,
      floatInputs: isRefit ? floatInputs.take(layer) : undefined,
    });
    storeWeights(weights, codes, weightedInputs(node.type)!.channelAxis);
  }
  if (settings.biasCorrection(output)) correctBias(layer, codes, meanOf(weightedValues(float).input), meanOfCodes(input, inputs));
}

function storedCodes(weights: Value, scheme: Scheme): WeightCodes {
  const { min, max } = (weights.storedBits && scheme.largeWeights) || scheme.weights;
  const { scale, zeroPoint } = weights.quantization!;
  return { data: weights.data as Int8Array, scale, zeroPoint, min, max };
}

/** Elements that are summed over all samples before the next ones, so that their sums stay in the cache. */
const blockElements = 4096;

/** Real mean over the samples of each element of `value`, whose codes `samples` are. */
function meanOfCodes(value: Value, samples: readonly TensorData[]): Float32Array {
  const { scale, zeroPoint } = tensorParams(value);
  const sums = new Int32Array(samples[0].length);
  for (let begin = 0; begin < sums.length; begin += blockElements) {
    const end = Math.min(begin + blockElements, sums.length);
    for (const codes of samples) {
      if (codes instanceof Int8Array) addSigned(sums, codes, begin, end);
      else addUnsigned(sums, codes as Uint8Array, begin, end);
    }
  }
  const means = new Float32Array(sums.length);
  for (let i = 0; i < means.length; i++) means[i] = scale * (sums[i] / samples.length - zeroPoint);
  return means;
}

/** One function per dtype, so that each loop sees one kind of array. */
function addSigned(sums: Int32Array, codes: Int8Array, begin: number, end: number): void {
  for (let i = begin; i < end; i++) sums[i] += codes[i];
}

function addUnsigned(sums: Int32Array, codes: Uint8Array, begin: number, end: number): void {
  for (let i = begin; i < end; i++) sums[i] += codes[i];
}
