// Owns running both networks on every sample of a dataset; the inputs of the first samples are kept for comparing layers.
import { type Model, ModelError } from 'zeropoint';
import { tensorInfo } from 'zeropoint/graph';
import type { TensorData } from 'zeropoint/tflite';
import type { Sample, Samples } from '../dataset/dataset';
import type { FloatModel } from '../model/float-model';
import { setInputs } from '../model/inputs';
import type { BothRuns } from './measures';
import type { NetworkRun } from './tasks/measured';

export interface MeasureOptions {
  /** Number of the first samples whose inputs are kept. */
  readonly keptSamples: number;
  /** Receives the numbers of samples measured and of all, as far as the dataset knows it. */
  readonly onSample: (done: number, total: number) => void;
  readonly signal: AbortSignal | undefined;
}

/** A quantized network, and who takes what it and the float network gave; its outputs hold until its next run. */
export interface MeasuredNetwork {
  readonly model: Model;
  readonly orders: OutputOrders;
  add(sample: Sample, runs: BothRuns): Promise<void>;
}

/** Outputs in an order that both networks have in common, of each as indices of its own outputs. */
export interface OutputOrders {
  readonly float: readonly number[];
  readonly quantized: readonly number[];
}

const ordered = ({ graph, outputs }: NetworkRun, order: readonly number[]): NetworkRun => ({
  graph: { nodes: graph.nodes, outputs: order.map((index) => graph.outputs[index]) },
  outputs: order.map((index) => outputs[index]),
});

/** The float network's outputs in its own order, and the time of the run alone. */
function runFloat(float: FloatModel, inputs: readonly TensorData[]): { readonly run: NetworkRun; readonly milliseconds: number } {
  const start = performance.now();
  const results = float.run(inputs);
  const milliseconds = performance.now() - start;
  const outputs = float.outputs.map((value, i) => ({ ...tensorInfo(value), data: results[i] }) as NetworkRun['outputs'][number]);
  return { run: { graph: float.graph, outputs }, milliseconds };
}

/** Latencies are of the runs alone, without quantizing inputs and dequantizing outputs. */
function runQuantized({ model, orders }: MeasuredNetwork, { run, milliseconds }: ReturnType<typeof runFloat>): BothRuns {
  const start = performance.now();
  model.run();
  const quantizedMilliseconds = performance.now() - start;
  return {
    float: ordered(run, orders.float),
    quantized: ordered(model, orders.quantized),
    floatMilliseconds: milliseconds,
    quantizedMilliseconds,
  };
}

/**
 * Adds every sample to all networks, of which the float one runs on it once; returns copies of the float inputs of the first `keptSamples`.
 * @throws ModelError `bad-data` for a dataset without samples; the signal's reason when aborted
 */
export async function measureSamples(
  float: FloatModel,
  networks: readonly MeasuredNetwork[],
  dataset: Samples,
  { keptSamples, onSample, signal }: MeasureOptions,
): Promise<(readonly TensorData[])[]> {
  const kept: (readonly TensorData[])[] = [];
  let samples = 0;
  for await (const sample of dataset) {
    signal?.throwIfAborted();
    for (const { model } of networks) setInputs(model, sample.inputs);
    const floatRun = runFloat(float, sample.inputs);
    for (const network of networks) await network.add(sample, runQuantized(network, floatRun));
    if (kept.length < keptSamples) kept.push(sample.inputs.map((input) => input.slice()));
    onSample(++samples, dataset.size ?? samples);
  }
  if (samples === 0)
    throw new ModelError('bad-data', 'the dataset gave no sample that could be read; check the folder and what was skipped');
  return kept;
}
