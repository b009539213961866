// Owns running both networks on every sample of a dataset; the inputs of the first samples are kept for comparing layers.
import { dequantize, type Model, ModelError } from 'zeropoint';
import type { TensorData } from 'zeropoint/tflite';
import type { Samples } from '../dataset/dataset';
import type { FloatModel } from '../model/float-model';
import { setInputs } from '../model/inputs';
import type { BothRuns, Measures } from './measures';

export interface MeasureOptions {
  /** Number of the first samples whose inputs are kept. */
  readonly keptSamples: number;
  /** Receives the numbers of samples measured and of all, as far as the dataset knows it. */
  readonly onSample: (done: number, total: number) => void;
  readonly signal: AbortSignal | undefined;
}

/** Latencies are of the runs alone, without quantizing inputs and dequantizing outputs. */
function runBoth(float: FloatModel, model: Model, inputs: readonly TensorData[]): BothRuns {
  setInputs(model, inputs);
  const start = performance.now();
  const floatOutputs = float.run(inputs);
  const middle = performance.now();
  model.run();
  const end = performance.now();
  const quantizedOutputs = model.outputs.map((output) => dequantize(output, output.data));
  return { floatOutputs, quantizedOutputs, floatMilliseconds: middle - start, quantizedMilliseconds: end - middle };
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
  { keptSamples, onSample, signal }: MeasureOptions,
): Promise<(readonly TensorData[])[]> {
  const kept: (readonly TensorData[])[] = [];
  for await (const sample of dataset) {
    signal?.throwIfAborted();
    measures.add(sample, runBoth(float, model, sample.inputs));
    if (kept.length < keptSamples) kept.push(sample.inputs.map((input) => input.slice()));
    onSample(measures.samples, dataset.size ?? measures.samples);
  }
  if (measures.samples === 0)
    throw new ModelError('bad-data', 'the dataset gave no sample that could be read; check the folder and what was skipped');
  return kept;
}
