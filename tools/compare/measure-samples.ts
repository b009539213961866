// Owns the walk over a dataset with both networks: every sample measured, the inputs of the first ones kept.
import { dequantize, type Model, ModelError } from 'zeropoint';
import type { FloatModel } from 'zeropoint/float';
import type { TensorData } from 'zeropoint/tflite';
import type { Samples } from '../dataset/dataset';
import { setInputs } from '../model/inputs';
import type { BothRuns, Measures } from './measures';

export interface WalkOptions {
  /** How many of the first samples' inputs to keep. */
  readonly keep: number;
  readonly onSample: (done: number, total: number) => void;
  readonly signal: AbortSignal | undefined;
}

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
 * Adds every sample to `measures` and returns copies of the kept inputs.
 * @throws ModelError `bad-data` where there is no sample; the signal's reason when aborted
 */
export async function walk(
  float: FloatModel,
  model: Model,
  dataset: Samples,
  measures: Measures,
  { keep, onSample, signal }: WalkOptions,
): Promise<(readonly TensorData[])[]> {
  const kept: (readonly TensorData[])[] = [];
  for await (const sample of dataset) {
    signal?.throwIfAborted();
    measures.add(sample, runBoth(float, model, sample.inputs));
    if (kept.length < keep) kept.push(sample.inputs.map((input) => input.slice()));
    onSample(measures.samples, dataset.size ?? measures.samples);
  }
  if (measures.samples === 0)
    throw new ModelError('bad-data', 'the dataset gave no sample that could be read; check the folder and what was skipped');
  return kept;
}
