// Owns the meaning of a run's outputs: best classes, detected objects, or plain statistics. Computes, does not print.
import { dequantize, type Tensor } from 'zeropoint';

export interface ClassScore {
  class: number;
  label?: string;
  score: number;
}

/** One object of TFLite_Detection_PostProcess; the box in shares of the picture's height and width. */
export interface Detection extends ClassScore {
  box: { top: number; left: number; bottom: number; right: number };
}

/** Statistics over real values, NaN aside. */
export interface Summary {
  min: number;
  max: number;
  mean: number;
}

export interface OutputResult {
  name: string;
  shape: readonly number[];
  dtype: string;
  /** Best first; outputs of classifiers only. */
  classes?: ClassScore[];
  /** All other outputs. */
  summary?: Summary;
}

export interface RunResult {
  outputs: OutputResult[];
  /** Best first; detectors only. */
  detections?: Detection[];
}

/** The parts of a model that results depend on. */
export interface ResultSource {
  inputs: readonly Pick<Tensor, 'shape'>[];
  outputs: readonly Tensor[];
  operators: readonly { type: string }[];
}

/**
 * A classifier has one output with a single dimension above 1, in another shape than its input has (as autoencoders do),
 * in a type that can be a score.
 */
export function isClassifier({ inputs, outputs: [output, ...others] }: ResultSource): boolean {
  const { shape, dtype } = output;
  const isLine = shape.length > 0 && shape[shape.length - 1] >= 2 && shape.slice(0, -1).every((dimension) => dimension === 1);
  const isEcho = inputs.some((input) => String(input.shape) === String(shape));
  return isLine && !isEcho && others.length === 0 && (dtype === 'uint8' || dtype === 'int8' || dtype === 'float32');
}

/** The `count` best; equal scores in the order of their classes. */
function bestClasses(scores: Float32Array, labels: readonly string[] | undefined, count: number): ClassScore[] {
  const order = Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a] || a - b);
  return order.slice(0, count).map((index) => ({ class: index, label: labels?.[index], score: scores[index] }));
}

/** Outputs of TFLite_Detection_PostProcess: boxes [1, n, 4] as top, left, bottom, right; classes, scores [1, n]; count [1]. */
function detectedObjects(outputs: readonly Tensor[], labels: readonly string[] | undefined, count: number): Detection[] {
  const [boxes, classes, scores, [found]] = outputs.map((output) => dequantize(output, output.data));
  return Array.from({ length: Math.min(count, found) }, (_, i) => {
    const [top, left, bottom, right] = boxes.subarray(4 * i, 4 * i + 4);
    return { class: classes[i], label: labels?.[classes[i]], score: scores[i], box: { top, left, bottom, right } };
  });
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

/** What the outputs of the latest run say; `labels` by output index, `top` entries at most. */
export function interpret(model: ResultSource, labels: readonly (string[] | undefined)[], top: number): RunResult {
  const classifier = model.outputs.length > 0 && isClassifier(model);
  const outputs = model.outputs.map((output, i): OutputResult => {
    const values = dequantize(output, output.data);
    const { name, shape, dtype } = output;
    return classifier
      ? { name, shape, dtype, classes: bestClasses(values, labels[i], top) }
      : { name, shape, dtype, summary: summarize(values) };
  });
  const isDetector = model.operators.at(-1)?.type === 'TFLite_Detection_PostProcess' && model.outputs.length === 4;
  return isDetector ? { outputs, detections: detectedObjects(model.outputs, labels.find(Boolean), top) } : { outputs };
}
