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
  type WeightedNode,
  weightedInputs,
  weightedValues,
} from 'zeropoint/graph';
import { channelCount, isPointwise, type Statistics } from '../../calibrate/statistics';
import { sumCodes } from '../../kernels/kernels';
import type { Layer, QuantizedDraft } from '../build/build';
import { int4Weights, type Scheme } from '../build/scheme';
import { layerReals, storeWeights, type WeightCodes } from '../build/weights';
import { correctBias } from './correct-bias';
import { FloatInputs } from './float-inputs';
import { FusedValues } from './fused-values';
import { hasColumns, LayerRows } from './layer-inputs';
import { isRefittable, reconstructLayer } from './reconstruct';
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
  const meanOf = meansOf(float, statistics);
  /** Elements of the values that later nodes read, per sample. */
  const live = new Map<Value, TensorData[]>();
  const floatInputs = new FloatInputs(
    float,
    layers.filter(
      ({ float, node }) => settings.refit(float.outputs[0]) && hasColumns(node) && isRefittable(new LayerRows(node, samples.length)),
    ),
    samples,
    ({ id }) => statistics.has(id),
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

/** Means over the samples of the values that layers of `float` read, of each element or channel. */
function meansOf(float: Graph, statistics: Statistics): (value: Value) => Float32Array | Float64Array {
  const fused = new FusedValues(float);
  // PAD is affine, so it maps the mean of its input to the mean of its output.
  return (value) => {
    const known = statistics.get(value.id);
    return known?.elements ?? known?.mean ?? (fused.of(value, ({ id }) => statistics.get(id)?.elements) as Float32Array);
  };
}

function refineLayer(
  layer: Layer,
  scheme: Scheme,
  inputs: readonly TensorData[],
  meanOf: (value: Value) => Float32Array | Float64Array,
  settings: RefineSettings,
  floatInputs: FloatInputs,
): void {
  const { float, node } = layer;
  const [output] = float.outputs;
  const [isRounded, isRefit] = [settings.round(output), settings.refit(output)];
  const { weights } = weightedValues(node);
  let codes = storedCodes(weights, scheme);
  if ((isRounded || isRefit) && hasColumns(node)) {
    codes = reconstructLayer(node, layerReals(float).weights, codes, inputs, { round: isRounded, floatInputs: floatInputs.take(layer) });
    storeWeights(weights, codes, weightedInputs(node.type)!.channelAxis);
  }
  if (settings.biasCorrection(output)) correctBias(layer, codes, meanOf(weightedValues(float).input), meanOfCodes(node, inputs));
}

function storedCodes(weights: Value, scheme: Scheme): WeightCodes {
  const { min, max } = weights.storedBits ? int4Weights : scheme.weights;
  const { scale, zeroPoint } = weights.quantization!;
  return { data: weights.data as Int8Array, scale, zeroPoint, min, max };
}

/** Real mean over the samples, whose codes of the layer's input are given, of each element of the input or, where that is enough, channel. */
function meanOfCodes(node: WeightedNode, samples: readonly TensorData[]): Float64Array {
  const { input } = weightedValues(node);
  const { scale, zeroPoint } = tensorParams(input);
  const columns = isPointwise(node) ? channelCount(input) : samples[0].length;
  const count = (samples.length * samples[0].length) / columns;
  const sums = sumCodes(samples as (Int8Array | Int16Array)[], columns);
  const means = new Float64Array(columns);
  for (let i = 0; i < columns; i++) means[i] = scale * (sums[i] / count - zeroPoint);
  return means;
}
