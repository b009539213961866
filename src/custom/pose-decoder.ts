// Owns the decoding of poses from heatmaps and offsets: DecodeAllPoses of libcoral, `coral/pose_estimation/posenet_decoder.cc`, in float32.
import { clampTo, displaced, type Field, type Point, sample, squaredDistance, valueAt } from './pose-field';
import { ScoreQueue } from './score-queue';

export type { Field };

const { fround } = Math;

export const keypointCount = 17;

export interface PoseOptions {
  readonly maxPoses: number;
  /** Of keypoints and poses, as a probability. */
  readonly scoreThreshold: number;
  /** Pixels from one position of the fields to the next. */
  readonly stride: number;
  /** In pixels. */
  readonly nmsRadius: number;
}

export interface Pose {
  /** y and x of every keypoint, in pixels. */
  readonly points: Float32Array;
  /** Probabilities of the keypoints. */
  readonly scores: Float32Array;
  readonly score: number;
}

/** A keypoint `id` at a position of the fields; `score` is a logit. */
interface Keypoint extends Point {
  readonly id: number;
  readonly score: number;
}

/** A pose in positions of the fields. */
interface Candidate {
  readonly points: Point[];
  readonly scores: number[];
  /** The mean of all keypoints' probabilities. */
  readonly score: number;
}

/**
 * Parent and child of the edges that lead outward, in the order of their channels: nose 0, eyes 1 2, ears 3 4, shoulders 5 6, elbows 7 8,
 * wrists 9 10, hips 11 12, knees 13 14, ankles 15 16, left before right. As many lead back from child to parent.
 */
const edges: readonly (readonly [parent: number, child: number])[] = [
  [0, 1],
  [1, 3],
  [0, 2],
  [2, 4],
  [0, 5],
  [5, 7],
  [7, 9],
  [5, 11],
  [11, 13],
  [13, 15],
  [0, 6],
  [6, 8],
  [8, 10],
  [6, 12],
  [12, 14],
  [14, 16],
];

/** From each keypoint: the next one, and the channel of y in the middle offsets; that of x is 16 behind it. Channels back start at 32. */
const neighbours = Array.from({ length: keypointCount }, (_, id) => [
  ...edges.flatMap(([parent, child], edge) => (parent === id ? [{ next: child, channel: edge }] : [])),
  ...edges.flatMap(([parent, child], edge) => (child === id ? [{ next: parent, channel: 2 * edges.length + edge }] : [])),
]);

/** Steps along the short offsets after one along the middle offsets. */
const refinementSteps = 5;
/** Rows and columns around a keypoint whose score must not be larger. */
const localRadius = 1;

/** At most `maxPoses` poses of at least the threshold's score, the best first. */
export function decodePoses(fields: readonly [heatmaps: Field, short: Field, middle: Field], options: PoseOptions): Pose[] {
  const { maxPoses, scoreThreshold, stride, nmsRadius } = options;
  const radius = fround(nmsRadius / stride);
  const squaredRadius = fround(radius * radius);
  const queue = localMaxima(fields[0], logOdds(scoreThreshold));
  const found: Candidate[] = [];
  for (let at = queue.pop(); at !== undefined && found.length < maxPoses; at = queue.pop()) {
    const root = rootAt(fields, at);
    const { id, y, x } = root;
    if (found.some(({ points }) => squaredDistance(y, x, points[id].y, points[id].x) <= squaredRadius)) continue;
    const candidate = followEdges(fields, root);
    if (candidate.score >= scoreThreshold) found.push(candidate);
  }
  found.sort((a, b) => b.score - a.score);
  return found
    .map((pose, i) => ({ pose, score: unoccludedScore(pose, found, i, squaredRadius) }))
    .filter(({ score }) => score >= scoreThreshold)
    .sort((a, b) => b.score - a.score)
    .map(({ pose: { points, scores }, score }) => ({
      points: Float32Array.from(points.flatMap(({ y, x }) => [y * stride, x * stride])),
      scores: Float32Array.from(scores),
      score,
    }));
}

/** The logit of a probability. */
function logOdds(probability: number): number {
  return fround(-Math.log(1 / (probability + 1e-6) - 1));
}

function sigmoid(x: number): number {
  return fround(1 / fround(1 + fround(Math.exp(-x))));
}

/** The indices of every local maximum of the heatmaps that reaches `threshold` (BuildKeypointWithScoreQueue). */
function localMaxima(heatmaps: Field, threshold: number): ScoreQueue<number> {
  const queue = new ScoreQueue<number>((index) => valueAt(heatmaps, index));
  for (let index = 0; index < heatmaps.data.length; index++) {
    const score = valueAt(heatmaps, index);
    if (score >= threshold && isLocalMaximum(heatmaps, index, score)) queue.push(index);
  }
  return queue;
}

/** The keypoint at an index of the heatmaps, moved by its short offset. */
function rootAt([heatmaps, short]: readonly Field[], index: number): Keypoint {
  const [id, position] = [index % keypointCount, Math.trunc(index / keypointCount)];
  const [y, x] = [Math.trunc(position / heatmaps.width), position % heatmaps.width];
  const offset = position * short.depth + id;
  return {
    id,
    score: valueAt(heatmaps, index),
    y: clampTo(fround(y + valueAt(short, offset)), heatmaps.height),
    x: clampTo(fround(x + valueAt(short, offset + keypointCount)), heatmaps.width),
  };
}

function isLocalMaximum(heatmaps: Field, index: number, score: number): boolean {
  const { height, width, depth } = heatmaps;
  const position = Math.trunc(index / depth);
  const [y, x] = [Math.trunc(position / width), position % width];
  for (let row = Math.max(y - localRadius, 0); row < Math.min(y + localRadius + 1, height); row++) {
    for (let column = Math.max(x - localRadius, 0); column < Math.min(x + localRadius + 1, width); column++) {
      if (valueAt(heatmaps, (row * width + column) * depth + (index % depth)) > score) return false;
    }
  }
  return true;
}

/** BacktrackDecodePose: from the root along the edges to all keypoints, always from the best that is not done. */
function followEdges([heatmaps, short, middle]: readonly Field[], root: Keypoint): Candidate {
  const points: Point[] = [];
  const scores: number[] = [];
  const queue = new ScoreQueue<Keypoint>((keypoint) => keypoint.score);
  queue.push({ ...root, score: sample(heatmaps, root, root.id) });
  for (let keypoint = queue.pop(); keypoint; keypoint = queue.pop()) {
    const { id, y, x, score } = keypoint;
    if (points[id]) continue;
    points[id] = { y, x };
    scores[id] = sigmoid(score);
    for (const { next, channel } of neighbours[id]) {
      if (points[next]) continue;
      let point = displaced(middle, keypoint, channel, channel + edges.length);
      for (let i = 0; i < refinementSteps; i++) point = displaced(short, point, next, next + keypointCount);
      queue.push({ ...point, id: next, score: sample(heatmaps, point, next) });
    }
  }
  return { points, scores, score: meanScore(scores) };
}

/** Added from the largest to the smallest; keypoints that `isLeftOut` count 0. */
function meanScore(scores: readonly number[], isLeftOut: (id: number) => boolean = () => false): number {
  const order = scores.map((_, id) => id).sort((a, b) => scores[b] - scores[a]);
  const sum = order.reduce((total, id) => (isLeftOut(id) ? total : fround(total + scores[id])), 0);
  return fround(sum / keypointCount);
}

/** PerformSoftKeypointNMS: without the keypoints that are near the same ones of the first `better` poses. */
function unoccludedScore({ points, scores }: Candidate, poses: readonly Candidate[], better: number, squaredRadius: number): number {
  const isOccluded = (id: number): boolean => {
    const { y, x } = points[id];
    for (let i = 0; i < better; i++) {
      const other = poses[i].points[id];
      if (squaredDistance(y, x, other.y, other.x) <= squaredRadius) return true;
    }
    return false;
  };
  return meanScore(scores, isOccluded);
}
