// Owns running both networks on every sample of a dataset; the inputs of the first samples are kept for comparing layers.
import { type Model, ModelError } from 'zeropoint';
import { tensorInfo } from 'zeropoint/graph';
import type { TensorData } from 'zeropoint/tflite';
import type { Sample, Samples } from '../dataset/dataset';
import type { FloatModel } from '../model/float-model';
import { setInputs } from '../model/inputs';
import type { BothRuns, Measures } from './measures';
import type { NetworkRun } from './tasks/measured';

export interface MeasureOptions {
  /** Number of the first samples whose inputs are kept. */
  readonly keptSamples: number;
  /** Receives the numbers of samples measured and of all, as far as the dataset knows it. */
  readonly onSample: (done: number, total: number) => void;
  /** Measures of the network's heads; outputs of the quantized network hold until the next run. */
  readonly addHeads: (sample: Sample, runs: BothRuns) => Promise<void>;
  readonly orders: OutputOrders;
  readonly signal: AbortSignal | undefined;
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

/** Latencies are of the runs alone, without quantizing inputs and dequantizing outputs. */
function runBoth(float: FloatModel, model: Model, inputs: readonly TensorData[], orders: OutputOrders): BothRuns {
  setInputs(model, inputs);
  const start = performance.now();
  const floatOutputs = float.run(inputs);
  const middle = performance.now();
  model.run();
  const end = performance.now();
  const outputs = float.outputs.map((value, i) => ({ ...tensorInfo(value), data: floatOutputs[i] }) as NetworkRun['outputs'][number]);
  return {
    float: ordered({ graph: float.graph, outputs }, orders.float),
    quantized: ordered(model, orders.quantized),
    floatMilliseconds: middle - start,
    quantizedMilliseconds: end - middle,
  };
}

/**
 * Adds every sample to `measures`; returns copies of the float inputs of the first `keptSamples`.
 * @throws ModelError `bad-data` for a dataset without samples; the signal's reason when aborted
 */
export async function measureSamples(
  float: FloatModel,
  model: Model,
  dataset: Samples,
  measures: Measures,
  { keptSamples, onSample, addHeads, orders, signal }: MeasureOptions,
): Promise<(readonly TensorData[])[]> {
  const kept: (readonly TensorData[])[] = [];
  for await (const sample of dataset) {
    signal?.throwIfAborted();
    const runs = runBoth(float, model, sample.inputs, orders);
    measures.add(sample, runs);
    await addHeads(sample, runs);
    if (kept.length < keptSamples) kept.push(sample.inputs.map((input) => input.slice()));
    onSample(measures.samples, dataset.size ?? measures.samples);
  }
  if (measures.samples === 0)
    throw new ModelError('bad-data', 'the dataset gave no sample that could be read; check the folder and what was skipped');
  return kept;
}
