// Owns comparing two networks layer by layer on a few samples, each layer alone and inside the running network.
import { setImmediate } from 'node:timers/promises';
import { dequantize, type Model } from 'zeropoint';
import type { FloatModel } from 'zeropoint/float';
import { isReshape } from 'zeropoint/graph';
import type { Graph, TensorData, Value } from 'zeropoint/tflite';
import { setInputs } from '../model/inputs';
import type { Provenance } from '../model/provenance';
import type { LayerComparison } from './comparison';
import type { ChannelLines } from './error-sums';
import { type LayerModel, layerModel } from './layer-model';
import { LayerProbe } from './layer-probe';
import { type Matching, matchLayers } from './match';

/** Layers that a report looks at closely. */
const mostHistograms = 6;

export interface LayerResults {
  /** Worst first. */
  readonly layers: readonly LayerComparison[];
  readonly matched: Matching['by'];
  readonly unmatched: readonly string[];
}

/** One layer during a comparison: what it measures, and the layer by itself with the float values that feed it. */
interface Bench {
  readonly probe: LayerProbe;
  readonly alone: LayerModel;
  /** Undefined where an input has no float counterpart. */
  readonly feeds: readonly Value[] | undefined;
}

/** Whether all that reads a value, through nodes that only hand it on, is SOFTMAX. */
function leadsToSoftmax(value: Value, graph: Graph): boolean {
  const readers = graph.nodes.filter(({ inputs }) => inputs.includes(value));
  const isRead = readers.length > 0 && !graph.outputs.includes(value);
  return isRead && readers.every((node) => node.type === 'SOFTMAX' || (isReshape(node) && leadsToSoftmax(node.outputs[0], graph)));
}

function makeBench(pair: Matching['layers'][number], floatOf: Matching['floatOf'], graph: Graph): Bench {
  const alone = layerModel(pair.node);
  const feeds = alone.inputs.map((value) => floatOf.get(value)).filter((value) => value !== undefined);
  return {
    probe: new LayerProbe(pair, leadsToSoftmax(pair.output, graph)),
    alone,
    feeds: feeds.length === alone.inputs.length ? feeds : undefined,
  };
}

/** Copies of the float values that the benches need, for one sample. */
function runFloat(float: FloatModel, inputs: readonly TensorData[], needed: ReadonlySet<Value>): Map<Value, Float32Array> {
  const values = new Map<Value, Float32Array>();
  float.run(inputs, (value, data) => {
    if (needed.has(value)) values.set(value, (data as Float32Array).slice());
  });
  return values;
}

/** Outputs of the running quantized network in real numbers, by node index. */
function runQuantized(model: Model, inputs: readonly TensorData[], benches: readonly Bench[]): Map<number, Float32Array> {
  const wanted = new Map(benches.map(({ probe: { pair } }) => [pair.index, pair.output.name]));
  const values = new Map<number, Float32Array>();
  setInputs(model, inputs);
  model.trace(({ operator, name }, _, real) => {
    if (wanted.get(operator) === name) values.set(operator, real());
  });
  return values;
}

/** The layer by itself on the float values quantized; those of equalized layers are scaled as the network scales them. */
function runAlone(
  { alone, feeds }: Bench,
  values: ReadonlyMap<Value, Float32Array>,
  lines: ReadonlyMap<Value, ChannelLines>,
): Float32Array | undefined {
  if (!feeds) return undefined;
  const { model } = alone;
  const reals = feeds.map((value) => {
    const real = values.get(value)!;
    const line = lines.get(value);
    return line ? real.map((x, k) => (x - line.offset[k % line.gain.length]) / line.gain[k % line.gain.length]) : real;
  });
  setInputs(model, reals);
  model.run();
  return dequantize(model.outputs[0], model.outputs[0].data);
}

/** What the layer itself adds comes first; layers that cannot be fed from float values come last. */
function worstFirst(a: LayerComparison, b: LayerComparison): number {
  const [first, second] = [a, b].map(({ local }) => local?.sqnr ?? Number.POSITIVE_INFINITY);
  return first === second ? a.index - b.index : first - second;
}

/**
 * `graph` is the quantized model's, read, validated and through the passes, so that its nodes are `model.operators`; `made` is what its file says of itself. `samples` holds the
 * float inputs of each sample. Two passes over them: the first finds out which layers equalization scaled, the second measures.
 * `onProgress` is told how many of `2 * samples.length` runs are done; what it throws ends the comparison.
 */
export async function compareLayers(
  float: FloatModel,
  model: Model,
  graph: Graph,
  samples: readonly (readonly TensorData[])[],
  made: Provenance | undefined,
  onProgress: (done: number) => void,
): Promise<LayerResults> {
  const { layers, floatOf, by, unmatched } = matchLayers(float.graph, graph);
  const benches = layers.filter(({ floatOutput }) => floatOutput.dtype === 'float32').map((pair) => makeBench(pair, floatOf, graph));
  const needed = new Set(benches.flatMap(({ probe, feeds = [] }) => [probe.pair.floatOutput, ...feeds]));
  /** Runs both networks on every sample; the event loop turns in between, for progress and interruption. */
  const forEachSample = async (done: number, visit: (values: Map<Value, Float32Array>, global: Map<number, Float32Array>) => void) => {
    for (const [i, inputs] of samples.entries()) {
      visit(runFloat(float, inputs, needed), runQuantized(model, inputs, benches));
      await setImmediate();
      onProgress(done + i + 1);
    }
  };
  await forEachSample(0, (values, global) => {
    for (const { probe } of benches) probe.fit(values.get(probe.pair.floatOutput)!, global.get(probe.pair.index));
  });
  const lines = new Map<Value, ChannelLines>();
  for (const { probe, feeds } of benches) {
    probe.endFitting(feeds?.[0] && lines.get(feeds[0]), made?.rescaled);
    if (probe.lines) lines.set(probe.pair.floatOutput, probe.lines);
  }
  await forEachSample(samples.length, (values, global) => {
    for (const bench of benches) {
      const { floatOutput, index } = bench.probe.pair;
      bench.probe.measure(values.get(floatOutput)!, runAlone(bench, values, lines), global.get(index));
    }
  });
  for (const { alone } of benches) alone.model.dispose();
  const probes = new Map(benches.map(({ probe }) => [probe.pair.index, probe]));
  const results = benches
    .filter(({ probe }) => !isReshape(probe.pair.node))
    .map(({ probe }) => probe.result(made))
    .sort(worstFirst);
  return {
    layers: results.map((layer, i) => (i < mostHistograms ? probes.get(layer.index)!.withHistograms(layer) : layer)),
    matched: by,
    unmatched,
  };
}
