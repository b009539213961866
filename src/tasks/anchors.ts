// Owns the detectors that MediaPipe calls SSD: their anchors, and the decoding of their outputs to boxes with key points.
import type { Box } from './boxes';
import { sigmoid } from './probabilities';

/** A grid of anchors for each stride; grids of equal strides that follow each other share their cells. */
export interface AnchorGrids {
  readonly strides: readonly number[];
  /** Anchors of each grid at a cell. */
  readonly perCell: number;
}

/**
 * Those of MediaPipe's graphs (`mediapipe/modules`): face_detection_short_range and palm_detection, pose_detection,
 * face_detection_full_range. Two anchors are those of `aspect_ratios: 1` and of the interpolated scale.
 */
const knownGrids: readonly AnchorGrids[] = [
  { strides: [8, 16, 16, 16], perCell: 2 },
  { strides: [8, 16, 32, 32, 32], perCell: 2 },
  { strides: [4], perCell: 1 },
];

/**
 * Centres of all anchors, x and y in turn, as shares of the input's width and height: those of MediaPipe's SsdAnchorsCalculator with
 * `fixed_anchor_size` and offsets of 0.5 (`mediapipe/calculators/tflite/ssd_anchors_calculator.cc`, GenerateAnchors).
 */
export function anchorCentres({ strides, perCell }: AnchorGrids, width: number, height: number): Float32Array {
  const centres: number[] = [];
  for (let i = 0; i < strides.length; ) {
    const stride = strides[i];
    let anchors = 0;
    for (; strides[i] === stride; i++) anchors += perCell;
    const [columns, rows] = [Math.ceil(width / stride), Math.ceil(height / stride)];
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        for (let a = 0; a < anchors; a++) centres.push((column + 0.5) / columns, (row + 0.5) / rows);
  }
  return Float32Array.from(centres);
}

/** The centres of the known grids that have `count` anchors over an input of this size; undefined where none has. */
export function centresOf(count: number, width: number, height: number): Float32Array | undefined {
  return knownGrids.map((grids) => anchorCentres(grids, width, height)).find((centres) => centres.length === 2 * count);
}

/** The outputs of a network with anchors: [1, anchors, 4 + 2 * key points] and [1, anchors, 1]. */
export interface KeypointHeads<T> {
  readonly boxes: T;
  readonly logits: T;
  readonly centres: Float32Array;
}

/** The outputs, in any order, and their anchors; undefined for other networks. `keypoints`: numbers of key points that are known. */
export function keypointHeads<T extends { readonly shape: readonly number[] }>(
  outputs: readonly T[],
  keypoints: readonly number[],
  width: number,
  height: number,
): KeypointHeads<T> | undefined {
  const logits = outputs.find(({ shape }) => shape.at(-1) === 1);
  const boxes = outputs.find(({ shape }) => keypoints.some((count) => shape.at(-1) === 4 + 2 * count));
  if (outputs.length !== 2 || !boxes || !logits || logits.shape.at(-2) !== boxes.shape.at(-2)) return undefined;
  const centres = centresOf(boxes.shape.at(-2)!, width, height);
  return centres && { boxes, logits, centres };
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** One object and its key points; positions are shares of the input's width and height. */
export interface KeypointBox {
  readonly box: Box;
  /** In (0, 1]. */
  readonly score: number;
  readonly keypoints: readonly Point[];
}

interface DecodeOptions {
  readonly width: number;
  readonly height: number;
  /** Boxes of lower scores are left out. */
  readonly scoreThreshold: number;
}

/** `score_clipping_thresh` of all graphs: exponentials stay finite. */
const maxLogit = 100;

/**
 * Boxes whose score reaches the threshold, in the order of the anchors: MediaPipe's TensorsToDetectionsCalculator with
 * `reverse_output_order`, `sigmoid_score` and scales of the input's size
 * (`mediapipe/calculators/tensor/tensors_to_detections_calculator.cc`, DecodeBoxes). A row of `values` is the box's centre, x and y, its
 * width and height, then x and y of each key point, in pixels of the input, all but the sizes from the anchor's centre.
 */
export function decodeKeypointBoxes(
  values: Float32Array,
  logits: Float32Array,
  centres: Float32Array,
  { width, height, scoreThreshold }: DecodeOptions,
): KeypointBox[] {
  const row = values.length / logits.length;
  const found: KeypointBox[] = [];
  for (let i = 0; i < logits.length; i++) {
    const score = sigmoid(Math.min(maxLogit, Math.max(-maxLogit, logits[i])));
    if (!(score >= scoreThreshold)) continue;
    const [centreX, centreY] = centres.subarray(2 * i, 2 * i + 2);
    const numbers = values.subarray(i * row, (i + 1) * row);
    const x = (position: number) => position / width + centreX;
    const y = (position: number) => position / height + centreY;
    const [boxWidth, boxHeight] = numbers.subarray(2, 4);
    if (!(boxWidth >= 0 && boxHeight >= 0)) continue;
    const keypoints: Point[] = [];
    for (let k = 4; k < row; k += 2) keypoints.push({ x: x(numbers[k]), y: y(numbers[k + 1]) });
    const box = {
      left: x(numbers[0] - boxWidth / 2),
      top: y(numbers[1] - boxHeight / 2),
      right: x(numbers[0] + boxWidth / 2),
      bottom: y(numbers[1] + boxHeight / 2),
    };
    found.push({ box, score, keypoints });
  }
  return found;
}
