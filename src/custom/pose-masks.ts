// Owns the masks of persons: DecodeInstanceMasks of libcoral, `coral/pose_estimation/posenet_decoder.cc`.
import { keypointCount, type Pose } from './pose-decoder';
import { displaced, type Field, type Point, squaredDistance } from './pose-field';

const { fround } = Math;

/** Steps after the first along the long offsets. */
const refinementSteps = 2;

/**
 * Gives every position of the long offsets to the pose whose keypoints are nearest to where the offsets lead; to pose 0 where there is
 * none. As in the source, position (y, x) of pose i is element (i * width + y) * height + x, and masks start at 0.
 */
export function decodeMasks(field: Field, poses: readonly Pose[], stride: number, masks: Float32Array): void {
  const { height, width } = field;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const nearest = nearestPose(embeddingsOf(field, { y, x }, stride), poses);
      masks[(nearest * width + y) * height + x] = 1;
    }
  }
}

/** Where each keypoint of the person at `start` is, in pixels. */
function embeddingsOf(field: Field, start: Point, stride: number): Point[] {
  return Array.from({ length: keypointCount }, (_, keypoint) => {
    let point = start;
    for (let i = 0; i <= refinementSteps; i++) point = displaced(field, point, keypoint, keypoint + keypointCount);
    return { y: fround(point.y * stride), x: fround(point.x * stride) };
  });
}

/** The first of the smallest sums of squared distances, as std::min_element. */
function nearestPose(embeddings: readonly Point[], poses: readonly Pose[]): number {
  let nearest = 0;
  let smallest = Number.NaN;
  for (const [i, { points }] of poses.entries()) {
    let distance = 0;
    for (let k = 0; k < keypointCount; k++) {
      const { y, x } = embeddings[k];
      distance = fround(distance + squaredDistance(y, x, points[2 * k], points[2 * k + 1]));
    }
    if (i === 0 || distance < smallest) [nearest, smallest] = [i, distance];
  }
  return nearest;
}
