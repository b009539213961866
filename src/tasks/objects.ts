// Owns the objects in the outputs of detectors: which kind of head a network has, and its boxes without those that overlap better ones.
import type { Graph } from '../graph/graph';
import { dequantize, type Tensor } from '../tensor';
import { type ScoredBox, suppressOverlaps } from './boxes';
import type { TaskModel } from './classification';
import { detections, detectorOutputs, isDetector } from './detection';
import { decodeYolo, type InputSize, type YoloHead, yoloHead } from './yolo';

/** SSD with its post-processing inside, or a head of YOLO. */
export type DetectorHead = 'ssd' | YoloHead;

export interface ObjectOptions {
  /** Boxes that are given at most. */
  readonly maxResults: number;
  /** Boxes of lower scores are left out, in [0, 1]. */
  readonly scoreThreshold: number;
  /** Of two boxes of one class that overlap by more, in [0, 1], the better one stays. Of heads without suppression only. */
  readonly iouThreshold: number;
  /** Number of classes, where it is known. */
  readonly classes?: number;
}

/** Width and height of the first input, [1, height, width, channels]. */
export function inputSize({ inputs }: Pick<TaskModel, 'inputs'>): InputSize {
  const [height, width] = inputs[0].shape.slice(-3);
  return { width, height };
}

/** The kind of a detector's head; undefined for other networks. `classes`, if known, decides between raw heads of YOLO. */
export function detectorHead(model: TaskModel, classes?: number): DetectorHead | undefined {
  return isDetector(model) ? 'ssd' : yoloHead(model.outputs, inputSize(model), classes);
}

/** A network after a run. */
export interface DetectorOutputs {
  readonly graph: Pick<Graph, 'nodes' | 'outputs'>;
  readonly outputs: readonly Tensor[];
}

/**
 * The objects that the latest run found, best first, in pixels of the input. Outputs of an SSD's post-processing come in any order.
 * @throws ModelError `bad-shape` for outputs of another head
 */
export function detectedObjects(head: DetectorHead, network: DetectorOutputs, input: InputSize, options: ObjectOptions): ScoredBox[] {
  const { maxResults, scoreThreshold, iouThreshold, classes } = options;
  const { width, height } = input;
  if (head === 'ssd')
    return detections(detectorOutputs(network), maxResults)
      .filter(({ score }) => score >= scoreThreshold)
      .map(({ class: index, score, box: { left, top, right, bottom } }) => ({
        index,
        score,
        box: { left: left * width, top: top * height, right: right * width, bottom: bottom * height },
      }));
  const outputs = network.outputs.map((output) => ({ shape: output.shape, values: dequantize(output) }));
  const boxes = decodeYolo(head, outputs, { input, scoreThreshold, classes });
  // End-to-end networks were trained to give each object once.
  return suppressOverlaps(boxes, head === 'end-to-end' ? 1 : iouThreshold, maxResults);
}
