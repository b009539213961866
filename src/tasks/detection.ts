// Owns the outputs of SSD detectors that end in TFLite_Detection_PostProcess: boxes, classes and scores of objects.
import { ModelError } from '../errors';
import type { Graph } from '../graph/graph';
import { dequantize, type Tensor } from '../tensor';
import { type ClassScore, checkCount, type TaskModel } from './classification';

/** One object. `class` counts from 0 without 'background'; `score` is in [0, 1]. */
export interface Detection extends ClassScore {
  /** Edges relative to the input's height (top, bottom) and width (left, right): 0..1 inside the picture, beyond where the box exceeds it. */
  box: { top: number; left: number; bottom: number; right: number };
}

/** Whether the last operator is TFLite_Detection_PostProcess and its four outputs are the network's. */
export function isDetector({ operators, outputs }: TaskModel): boolean {
  return operators.at(-1)?.type === 'TFLite_Detection_PostProcess' && outputs.length === 4;
}

/**
 * The outputs of a detector's TFLite_Detection_PostProcess in the operator's order, boxes, classes, scores, count: the graph may list them
 * in any other, as those of TensorFlow 2 do.
 */
export function detectorOutputs({ graph, outputs }: { graph: Pick<Graph, 'nodes' | 'outputs'>; outputs: readonly Tensor[] }): Tensor[] {
  const operator = graph.nodes.find(({ type }) => type === 'TFLite_Detection_PostProcess');
  return (operator?.outputs ?? []).map((value) => outputs[graph.outputs.indexOf(value)]);
}

/**
 * The first `count` objects, in descending order of their scores as the operator gives them. `outputs` are those of
 * TFLite_Detection_PostProcess (`tflite/kernels/detection_postprocess.cc`): boxes [1, n, 4] as top, left, bottom, right; classes [1, n];
 * scores [1, n]; number of objects [1]. `labels` are names by class.
 * @throws ModelError `bad-argument` for a bad count, `bad-shape` for other outputs
 */
export function detections(outputs: readonly Tensor[], count: number, labels?: readonly string[]): Detection[] {
  checkCount(count);
  const [boxes, classes, scores, found] = outputs.map((output) => dequantize(output, output.data));
  const isComplete = outputs.length === 4 && found.length === 1 && scores.length === classes.length && boxes.length === 4 * classes.length;
  if (!isComplete) {
    const shapes = outputs.map(({ shape }) => `[${shape}]`).join(', ');
    throw new ModelError('bad-shape', `outputs of shapes ${shapes} are not the boxes, classes, scores and count of a detector`);
  }
  return Array.from({ length: Math.min(count, found[0]) }, (_, i) => {
    const [top, left, bottom, right] = boxes.subarray(4 * i, 4 * i + 4);
    return { class: classes[i], label: labels?.[classes[i]], score: scores[i], box: { top, left, bottom, right } };
  });
}
