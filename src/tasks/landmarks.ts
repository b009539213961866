// Owns the outputs of landmark networks: positions in their input, and their refinement by heatmaps.
import type { Point } from './anchors';
import { sigmoid } from './probabilities';

/** A position; z is the distance to the camera in the unit of x, from an origin of the network's own: smaller is nearer. */
export interface Landmark extends Point {
  readonly z: number;
}

export interface InputScale {
  readonly width: number;
  readonly height: number;
  /** `normalize_z` of MediaPipe's graphs; default 1. */
  readonly depth?: number;
}

/**
 * Landmarks in shares of the input's width (x, z) and height (y), from rows of `values`, x, y, z and more, in pixels of the input:
 * MediaPipe's TensorsToLandmarksCalculator (`mediapipe/calculators/tensor/tensors_to_landmarks_calculator.cc`).
 */
export function readLandmarks(values: Float32Array, row: number, { width, height, depth = 1 }: InputScale): Landmark[] {
  return Array.from({ length: values.length / row }, (_, i) => {
    const [x, y, z] = values.subarray(i * row, i * row + 3);
    return { x: x / width, y: y / height, z: z / width / depth };
  });
}

/** Positions in metres, from rows of x, y, z, turned as the region of the picture was: MediaPipe's WorldLandmarkProjectionCalculator. */
export function worldLandmarks(values: Float32Array, rotation: number): Landmark[] {
  const [cos, sin] = [Math.cos(rotation), Math.sin(rotation)];
  return readLandmarks(values, 3, { width: 1, height: 1 }).map(({ x, y, z }) => ({ x: cos * x - sin * y, y: sin * x + cos * y, z }));
}

/** Scores [height, width, landmarks] before the logistic function. */
export interface Heatmap {
  readonly values: Float32Array;
  readonly width: number;
  readonly height: number;
}

interface RefinementOptions {
  /** Side of the window around a landmark, odd. */
  readonly kernelSize: number;
  /** Landmarks in whose window no score reaches it stay where they are. */
  readonly minConfidence: number;
}

/**
 * Landmarks moved to the means of their heatmaps' windows, weighted by scores; those outside of the map stay: MediaPipe's
 * RefineLandmarksFromHeatmapCalculator (`mediapipe/calculators/util/refine_landmarks_from_heatmap_calculator.cc`). Means are those of the
 * corners of cells, not of their centres, as there.
 */
export function refineByHeatmap<L extends Point>(
  landmarks: readonly L[],
  { values, width, height }: Heatmap,
  options: RefinementOptions,
): L[] {
  const reach = (options.kernelSize - 1) / 2;
  return landmarks.map((landmark, i) => {
    const [column, row] = [Math.trunc(landmark.x * width), Math.trunc(landmark.y * height)];
    if (!(column >= 0 && column < width && row >= 0 && row < height)) return landmark;
    let [sum, best, x, y] = [0, 0, 0, 0];
    for (let r = Math.max(0, row - reach); r < Math.min(height, row + reach + 1); r++) {
      for (let c = Math.max(0, column - reach); c < Math.min(width, column + reach + 1); c++) {
        const score = sigmoid(values[(r * width + c) * landmarks.length + i]);
        sum += score;
        best = Math.max(best, score);
        x += c * score;
        y += r * score;
      }
    }
    return best >= options.minConfidence && sum > 0 ? { ...landmark, x: x / width / sum, y: y / height / sum } : landmark;
  });
}
