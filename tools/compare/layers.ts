// Owns comparing two networks layer by layer on a few samples, each layer in isolation and inside the quantized network.
import { setImmediate } from 'node:timers/promises';
import { dequantize, type Model } from 'zeropoint';
import { isReshape } from 'zeropoint/graph';
import type { Graph, TensorData, Value } from 'zeropoint/tflite';
import type { FloatModel } from '../model/float-model';
import { setInputs } from '../model/inputs';
import type { Provenance } from '../model/provenance';
import type { LayerComparison } from './comparison';
import type { ChannelAffine } from './error-sums';
import { type LayerModel, layerModel } from './layer-model';
import { LayerProbe } from './layer-probe';
import { type LayerPair, type Matching, matchLayers } from './match';

/** Layers with histograms, those of the lowest local SQNR; each histogram costs a report some kilobytes. */
const maxHistograms = 6;

export interface LayerResults {
  /** In ascending order of local SQNR. */
  readonly layers: readonly LayerComparison[];
  readonly matched: Matching['by'];
  readonly unmatched: readonly string[];
}

/** One layer while it is compared. */
interface LayerRun {
  readonly probe: LayerProbe;
  /** The quantized layer as a model of its own. */
  readonly isolated: LayerModel;
  /** Float values that its inputs are filled from; undefined where one of them has no float counterpart. */
  readonly inputs: readonly Value[] | undefined;
}

/** Whether the value is read by SOFTMAX only, directly or through reshapes. */
function leadsToSoftmax(value: Value, graph: Graph): boolean {
  const readers = graph.nodes.filter(({ inputs }) => inputs.includes(value));
  const isRead = readers.length > 0 && !graph.outputs.includes(value);
  return isRead && readers.every((node) => node.type === 'SOFTMAX' || (isReshape(node) && leadsToSoftmax(node.outputs[0], graph)));
}

function makeLayerRun(pair: LayerPair, floatOf: Matching['floatOf'], graph: Graph): LayerRun {
  const isolated = layerModel(pair.node);
  const inputs = isolated.inputs.map((value) => floatOf.get(value)).filter((value) => value !== undefined);
  return {
    probe: new LayerProbe(pair, leadsToSoftmax(pair.output, graph)),
    isolated,
    inputs: inputs.length === isolated.inputs.length ? inputs : undefined,
  };
}

/** Copies of the values in `recorded`, from one run of the float network. */
function runFloat(float: FloatModel, inputs: readonly TensorData[], recorded: ReadonlySet<Value>): Map<Value, Float32Array> {
  const values = new Map<Value, Float32Array>();
  float.run(inputs, (value, data) => {
    if (recorded.has(value)) values.set(value, (data as Float32Array).slice());
  });
  return values;
}

/** Outputs of the layers inside the quantized network, in real numbers, by node index. */
function runQuantized(model: Model, inputs: readonly TensorData[], runs: readonly LayerRun[]): Map<number, Float32Array> {
  const recorded = new Map(runs.map(({ probe: { pair } }) => [pair.index, pair.output.name]));
  const values = new Map<number, Float32Array>();
  setInputs(model, inputs);
  model.trace(({ operator, name }, _, real) => {
    if (recorded.get(operator) === name) values.set(operator, real());
  });
  return values;
}

/**
 * The layer's output in isolation, in real numbers: its inputs are the float network's values, scaled per channel where equalization scaled
 * them, (f - offset) / gain, then quantized.
 */
function runIsolated(
  { isolated: { model }, inputs }: LayerRun,
  values: ReadonlyMap<Value, Float32Array>,
  affines: ReadonlyMap<Value, ChannelAffine>,
): Float32Array | undefined {
  if (!inputs) return undefined;
  const reals = inputs.map((input) => {
    const real = values.get(input)!;
    const affine = affines.get(input);
    const scale = ({ gain, offset }: ChannelAffine) => real.map((value, k) => (value - offset[k % gain.length]) / gain[k % gain.length]);
    return affine ? scale(affine) : real;
  });
  setInputs(model, reals);
  model.run();
  return dequantize(model.outputs[0], model.outputs[0].data);
}

/** Ascending local SQNR; layers without one last, and equal ones in the order of execution. */
function byLocalSqnr(a: LayerComparison, b: LayerComparison): number {
  const [first, second] = [a, b].map(({ local }) => local?.sqnr ?? Number.POSITIVE_INFINITY);
  return first === second ? a.index - b.index : first - second;
}

/**
 * Compares the layers in two passes over the samples: the first finds the channel scaling of equalized layers, the second measures errors.
 * `graph` is the quantized model's after validation and passes, so that its nodes are `model.operators`; `provenance` is that of its file.
 * `samples` holds the float inputs of each sample. `onProgress` receives the number of completed runs of 2 * `samples.length`; an exception
 * from it ends the comparison.
 */
export async function compareLayers(
  float: FloatModel,
  model: Model,
  graph: Graph,
  samples: readonly (readonly TensorData[])[],
  provenance: Provenance | undefined,
  onProgress: (done: number) => void,
): Promise<LayerResults> {
  const { layers, floatOf, by, unmatched } = matchLayers(float.graph, graph);
  const runs = layers.filter(({ floatOutput }) => floatOutput.dtype === 'float32').map((pair) => makeLayerRun(pair, floatOf, graph));
  const recorded = new Set(runs.flatMap(({ probe, inputs = [] }) => [probe.pair.floatOutput, ...inputs]));
  /** Runs both networks on every sample. Waits for the event loop after each, so that progress is drawn and signals arrive. */
  const forEachSample = async (done: number, visit: (values: Map<Value, Float32Array>, global: Map<number, Float32Array>) => void) => {
    for (const [i, inputs] of samples.entries()) {
      visit(runFloat(float, inputs, recorded), runQuantized(model, inputs, runs));
      await setImmediate();
      onProgress(done + i + 1);
    }
  };
  await forEachSample(0, (values, global) => {
    for (const { probe } of runs) probe.fit(values.get(probe.pair.floatOutput)!, global.get(probe.pair.index));
  });
  const affines = new Map<Value, ChannelAffine>();
  // In the order of execution, so that the scaling of a layer's input is there before the layer.
  for (const { probe, inputs } of runs) {
    probe.finishFit(inputs?.[0] && affines.get(inputs[0]), provenance?.rescaled);
    if (probe.affine) affines.set(probe.pair.floatOutput, probe.affine);
  }
  await forEachSample(samples.length, (values, global) => {
    for (const run of runs) {
      const { floatOutput, index } = run.probe.pair;
      run.probe.measure(values.get(floatOutput)!, runIsolated(run, values, affines), global.get(index));
    }
  });
  for (const { isolated } of runs) isolated.model.dispose();
  const probes = new Map(runs.map(({ probe }) => [probe.pair.index, probe]));
  const results = runs
    .filter(({ probe }) => !isReshape(probe.pair.node))
    .map(({ probe }) => probe.result(provenance))
    .sort(byLocalSqnr);
  return {
    layers: results.map((layer, i) => (i < maxHistograms ? probes.get(layer.index)!.withHistograms(layer) : layer)),
    matched: by,
    unmatched,
  };
}
