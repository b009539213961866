// Owns the walk over a quantized graph, layer after layer on the already quantized predecessors, that rounding and bias correction need.
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
import type { Layer, QuantizedDraft } from '../build/build';
import { layerReals, storeWeights, type WeightCodes } from '../build/weights';
import { runQuantizedNode } from '../run-node';
import type { Statistics } from '../statistics';
import { correctBias } from './correct-bias';
import { FloatInputs } from './float-inputs';
import { FusedValues } from './fused-values';
import { hasColumns } from './layer-inputs';
import { reconstructLayer } from './reconstruct';

export interface RefineSettings {
  readonly biasCorrection: boolean;
  readonly refit: boolean;
  readonly round: boolean;
  /** Called with how many layers are done, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Ends the walk after the layer in work, with its reason as error. */
  readonly signal?: AbortSignal;
}

/**
 * Improves weights and biases of `draft` in place. `statistics` are those of the float graph it was built from; `samples` give the
 * elements of the float graph's inputs.
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
  // A pad is linear: it makes the mean of its input that of its output.
  const meanOf = (value: Value) => fused.of(value, ({ id }) => statistics.get(id)?.mean) as Float32Array;
  const live = new Map<Value, TensorData[]>();
  const floatInputs = settings.refit ? new FloatInputs(float, layers, samples) : undefined;
  graph.inputs.forEach((value, i) => {
    live.set(
      value,
      samples.map((sample) => quantize(tensorInfo(value), sample[i])),
    );
  });
  const last = new Map<Value, Node>();
  for (const node of graph.nodes) for (const value of variableInputs(node)) last.set(value, node);
  let done = 0;
  for (const node of graph.nodes) {
    const layer = layerOf.get(node);
    if (layer) {
      refineLayer(layer, live.get(weightedValues(layer.node).input)!, meanOf, settings, floatInputs);
      settings.onProgress?.(++done, layers.length);
      // Lets an interruption come through.
      await setImmediate();
      settings.signal?.throwIfAborted();
      // Nothing behind the last layer learns from its outputs.
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
    for (const value of inputs) if (last.get(value) === node) live.delete(value);
  }
}

function refineLayer(
  layer: Layer,
  inputs: readonly TensorData[],
  meanOf: (value: Value) => Float32Array,
  settings: RefineSettings,
  floatInputs?: FloatInputs,
): void {
  const { float, node } = layer;
  const { input, weights } = weightedValues(node);
  let codes = storedCodes(weights);
  if ((settings.round || floatInputs) && hasColumns(node)) {
    codes = reconstructLayer(node, layerReals(float).weights, codes, inputs, {
      round: settings.round,
      floatInputs: floatInputs?.take(layer),
    });
    storeWeights(weights, codes, weightedInputs(node.type)!.channelAxis);
  }
  if (settings.biasCorrection) correctBias(layer, codes, meanOf(weightedValues(float).input), meanOfCodes(input, inputs));
}

function storedCodes(weights: Value): WeightCodes {
  const { scale, zeroPoint } = weights.quantization!;
  const [min, max] = weights.dtype === 'int8' ? [-127, 127] : [1, 255];
  return { data: weights.data as Int8Array, scale, zeroPoint, min, max };
}

/** Real mean of each element over the samples. */
function meanOfCodes(value: Value, samples: readonly TensorData[]): Float32Array {
  const { scale, zeroPoint } = tensorParams(value);
  const sums = new Int32Array(samples[0].length);
  for (const codes of samples) addCodes(sums, codes as Int8Array);
  const means = new Float32Array(sums.length);
  for (let i = 0; i < means.length; i++) means[i] = scale * (sums[i] / samples.length - zeroPoint);
  return means;
}

function addCodes(sums: Int32Array, codes: Int8Array): void {
  for (let i = 0; i < sums.length; i++) sums[i] += codes[i];
}
