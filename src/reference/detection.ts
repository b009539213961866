// Owns TFLite_Detection_PostProcess: decoding of SSD boxes and non-maximum suppression, after `tflite/kernels/detection_postprocess.cc`.
import type { Node, TensorData, Value } from '../graph/graph';
import { reject } from '../graph/reject';
import { copySpan } from './element-copy';
import type { Inputs, ReferenceKernel, ReferenceKernels } from './kernel';

const f = Math.fround;

type Detections = Node<'TFLite_Detection_PostProcess'>;

/** Corners of all boxes, [boxes, 4] as ymin, xmin, ymax, xmax. */
type Corners = Float32Array;

/** Scores by box and label, background left out. */
interface Scores {
  of(box: number, label: number): number;
}

interface Detection {
  readonly box: number;
  /** Without background, from 0. */
  readonly label: number;
  readonly score: number;
}

/** float32 elements as they are, uint8 codes as f32(f32(code - zeroPoint) * scale). */
function reals(value: Value, data: TensorData): Float32Array {
  if (value.dtype === 'float32') return data as Float32Array;
  const { scale, zeroPoint } = value.quantization!;
  const codes = data as Uint8Array;
  const result = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i++) result[i] = (codes[i] - zeroPoint[0]) * scale[0];
  return result;
}

/** `DecodeCenterSizeBoxes`: double arithmetic, float32 results. Throws `bad-data` for a box whose ends are swapped. */
function decodeBoxes(node: Detections, inputs: Inputs): Corners {
  const { yScale, xScale, hScale, wScale } = node.attributes;
  const [encodingValue, , anchorValue] = node.inputs;
  const encodings = reals(encodingValue!, inputs[0]!);
  const anchors = reals(anchorValue!, inputs[2]!);
  const [, boxes, length] = encodingValue!.shape;
  const corners = new Float32Array(4 * boxes);
  for (let box = 0; box < boxes; box++) {
    const encoding = box * length;
    const anchor = 4 * box;
    const anchorHeight = anchors[anchor + 2];
    const anchorWidth = anchors[anchor + 3];
    const y = f((encodings[encoding] / yScale) * anchorHeight + anchors[anchor]);
    const x = f((encodings[encoding + 1] / xScale) * anchorWidth + anchors[anchor + 1]);
    const halfHeight = f(0.5 * Math.exp(encodings[encoding + 2] / hScale) * anchorHeight);
    const halfWidth = f(0.5 * Math.exp(encodings[encoding + 3] / wScale) * anchorWidth);
    corners[anchor] = y - halfHeight;
    corners[anchor + 1] = x - halfWidth;
    corners[anchor + 2] = y + halfHeight;
    corners[anchor + 3] = x + halfWidth;
    if (corners[anchor] > corners[anchor + 2] || corners[anchor + 1] > corners[anchor + 3]) {
      reject('bad-data', node, `box ${box} has its ends swapped; its anchor must not have a negative size`);
    }
  }
  return corners;
}

function area(corners: Corners, box: number): number {
  return f(f(corners[box + 2] - corners[box]) * f(corners[box + 3] - corners[box + 1]));
}

/** `ComputeIntersectionOverUnion` in float32 for the boxes whose corners begin at `i` and `j`; 0 when one has no area. */
function intersectionOverUnion(corners: Corners, i: number, j: number): number {
  const areaI = area(corners, i);
  const areaJ = area(corners, j);
  if (areaI <= 0 || areaJ <= 0) return 0;
  const height = f(Math.min(corners[i + 2], corners[j + 2]) - Math.max(corners[i], corners[j]));
  const width = f(Math.min(corners[i + 3], corners[j + 3]) - Math.max(corners[i + 1], corners[j + 1]));
  const intersection = f(Math.max(height, 0) * Math.max(width, 0));
  return f(intersection / f(f(areaI + areaJ) - intersection));
}

/**
 * `NonMaxSuppressionSingleClassHelper`: at most `limit` boxes by falling score (`score(box)`), none of which overlaps an earlier one
 * by more than the threshold. Boxes of equal score stay in order.
 */
function suppress(node: Detections, corners: Corners, score: (box: number) => number, limit: number): number[] {
  const { nmsScoreThreshold, nmsIouThreshold } = node.attributes;
  const candidates: number[] = [];
  for (let box = 0; box < corners.length / 4; box++) {
    if (score(box) >= nmsScoreThreshold) candidates.push(box);
  }
  candidates.sort((a, b) => score(b) - score(a));
  const selected: number[] = [];
  // A candidate falls exactly when some box selected before it overlaps it, so testing it against those is the same greedy choice.
  for (const box of candidates) {
    if (selected.length >= limit) break;
    if (selected.every((other) => !(intersectionOverUnion(corners, 4 * other, 4 * box) > nmsIouThreshold))) selected.push(box);
  }
  return selected;
}

/** `NonMaxSuppressionMultiClassRegularHelper`: suppression per class, then the best detections of all classes. */
function detectRegular(node: Detections, corners: Corners, scores: Scores): Detection[] {
  const { maxDetections, detectionsPerClass, numClasses } = node.attributes;
  let best: Detection[] = [];
  for (let label = 0; label < numClasses; label++) {
    const score = (box: number) => scores.of(box, label);
    const selected = suppress(node, corners, score, Math.min(detectionsPerClass, maxDetections));
    // A stable sort of two sorted lists is their merge, in which earlier classes win ties.
    best = [...best, ...selected.map((box) => ({ box, label, score: score(box) }))];
    best = best.sort((a, b) => b.score - a.score).slice(0, maxDetections);
  }
  return best;
}

/** Labels of one box by falling score; equal scores stay in order, where std::partial_sort leaves the order open. */
function rankLabels(box: number, numClasses: number, scores: Scores): number[] {
  return Array.from({ length: numClasses }, (_, label) => label).sort((a, b) => scores.of(box, b) - scores.of(box, a));
}

/**
 * `NonMaxSuppressionMultiClassFastHelper`: one suppression by each box's best score, then its best labels side by side. The result has
 * `maxClassesPerDetection` entries per box, undefined where there are fewer classes.
 */
function detectFast(node: Detections, corners: Corners, scores: Scores): (Detection | undefined)[] {
  const { maxDetections, maxClassesPerDetection, numClasses } = node.attributes;
  const best = new Float32Array(corners.length / 4);
  for (let box = 0; box < best.length; box++) {
    best[box] = scores.of(box, 0);
    for (let label = 1; label < numClasses; label++) best[box] = Math.max(best[box], scores.of(box, label));
  }
  return suppress(node, corners, (box) => best[box], maxDetections).flatMap((box) => {
    const labels = rankLabels(box, numClasses, scores);
    return Array.from({ length: maxClassesPerDetection }, (_, k) =>
      k < numClasses ? { box, label: labels[k], score: scores.of(box, labels[k]) } : undefined,
    );
  });
}

/** Outputs: boxes [1, n, 4], labels [1, n], scores [1, n], number of boxes [1]; unused slots are 0. */
const detectionPostProcess: ReferenceKernel<'TFLite_Detection_PostProcess'> = (node, inputs, outputs) => {
  const corners = decodeBoxes(node, inputs);
  const { useRegularNms, numClasses, maxClassesPerDetection } = node.attributes;
  const classes = node.inputs[1]!.shape[2];
  // The classes may begin with a background that is never reported.
  const background = classes - numClasses;
  const data = reals(node.inputs[1]!, inputs[1]!);
  const scores: Scores = { of: (box, label) => data[box * classes + background + label] };
  const detections = useRegularNms ? detectRegular(node, corners, scores) : detectFast(node, corners, scores);
  const [boxes, labels, detectionScores, count] = outputs as readonly Float32Array[];
  for (const output of [boxes, labels, detectionScores]) output.fill(0);
  detections.forEach((detection, slot) => {
    if (!detection) return;
    copySpan(corners, 4 * detection.box, boxes, 4 * slot, 4);
    labels[slot] = detection.label;
    detectionScores[slot] = detection.score;
  });
  count[0] = useRegularNms ? detections.length : detections.length / maxClassesPerDetection;
};

export const detectionKernels: ReferenceKernels = { TFLite_Detection_PostProcess: detectionPostProcess };
