// Owns the result of one run as plain data: classes, detected objects, or statistics of every output.
import { dequantize, type Tensor } from 'zeropoint';
import type { Graph } from 'zeropoint/graph';
import { type ClassScore, detections, detectorOutputs, isClassifier, isDetector, type TaskModel, topClasses } from 'zeropoint/tasks';
import type { Findings } from './picture-tasks';

/** Statistics of an output's real numbers, without NaN. */
export interface Summary {
  min: number;
  max: number;
  mean: number;
}

export interface OutputResult {
  name: string;
  shape: readonly number[];
  dtype: string;
  /** Best first; of classifiers only. */
  classes?: ClassScore[];
  /** Of all other networks. */
  summary?: Summary;
}

/** Outputs, and what a network found in a picture where that is its task. */
export interface RunResult extends Findings {
  outputs: OutputResult[];
}

/** A `Model` after a run. */
export interface ResultSource extends TaskModel {
  readonly outputs: readonly Tensor[];
  readonly graph: Pick<Graph, 'nodes' | 'outputs'>;
}

function summarize(values: Float32Array): Summary {
  let [min, max, sum, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    count++;
  }
  return { min, max, mean: sum / count };
}

/**
 * The result of the model's latest run: `labels[i]` are the class names of output i, `top` is the largest number of classes or objects.
 * `findings`: in the picture that it ran on; without them the objects of a detector are read from its outputs.
 */
export function interpret(model: ResultSource, labels: readonly (string[] | undefined)[], top: number, findings?: Findings): RunResult {
  const hasClasses = isClassifier(model);
  const outputs = model.outputs.map((output, i): OutputResult => {
    const { name, shape, dtype } = output;
    return hasClasses
      ? { name, shape, dtype, classes: topClasses(output, top, labels[i]) }
      : { name, shape, dtype, summary: summarize(dequantize(output, output.data)) };
  });
  if (findings) return { outputs, ...findings };
  return isDetector(model) ? { outputs, detections: detections(detectorOutputs(model), top, labels.find(Boolean)) } : { outputs };
}
