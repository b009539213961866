// Tests the pose detector by hand-made networks: regions, visibilities, heatmaps, smoothing, and what is refused.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph } from '../../src/graph/graph';
import { ModelError } from '../../src/index';
import { PoseDetector } from '../../src/vision';
import { LandmarkSmoothing } from '../../src/vision/landmark-smoothing';
import { constantDetector, constantNetwork, plainPicture } from '../support/constant-network';

/** Of 224 x 224 pixels: hips at the anchor in (116, 116), a point that is 40 pixels above. */
const body = { anchor: 2 * (14 * 28 + 14), numbers: [0, 0, 20, 20, 0, 0, 0, -40, 0, 0, 0, 0], logit: 3 };
const detector = constantDetector(224, 2254, 12, [body]);

interface Given {
  /** x, y, z, visibility of landmark 0, in pixels of 256 x 256. */
  readonly nose?: readonly [number, number, number, number];
  /** What moves landmark 0 to the right for a white picture. */
  readonly ofMean?: number;
  /** The cell of the heatmap of landmark 0 with a score. */
  readonly cell?: readonly [column: number, row: number];
}

/** All landmarks in the middle but those of the next region: hips in the middle, and as far above as the region's half by 1.25. */
function network({ nose = [128, 128, 0, 0], cell, ofMean = 0 }: Given): Graph {
  const positions = new Float32Array(5 * 39);
  for (let i = 0; i < 39; i++) positions.set([128, 128], 5 * i);
  positions.set(nose, 0);
  positions.set([128, 128 - 128 / 1.25], 5 * 34);
  const heatmaps = new Float32Array(64 * 64 * 39).fill(-100);
  if (cell) heatmaps[(cell[1] * 64 + cell[0]) * 39] = 4;
  return constantNetwork(256, [
    { shape: [1, 195], data: positions, ofMean },
    { shape: [1, 1], data: [0.9] },
    { shape: [1, 256, 256, 1], data: new Float32Array(256 ** 2) },
    { shape: [1, 64, 64, 39], data: heatmaps },
    { shape: [1, 117], data: Float32Array.from({ length: 117 }, (_, i) => i / 1000), ofMean: ofMean / 1000 },
  ]);
}

const load = (given: Given, options = {}) => PoseDetector.load({ detector, landmarks: network(given) }, options);
const picture = plainPicture(224, 224);
const close = (actual: readonly (number | undefined)[], expected: readonly number[], tolerance = 1e-3) => {
  for (const [i, value] of expected.entries())
    assert.ok(Math.abs(actual[i]! - value) <= tolerance, `number ${i} is ${actual[i]}, expected ${value}`);
};

test('keypoints in the region around the hips, their visibility, and positions in metres', async () => {
  const [pose, ...rest] = (await load({ nose: [64, 192, 25.6, 2] })).detect(picture);
  assert.is(rest.length, 0);
  assert.equal([pose.keypoints.length, pose.keypoints[0].name, pose.keypoints[32].name], [33, 'nose', 'right_foot_index']);
  // The region has its centre at (116, 116) and 80 * 1.25 = 100 pixels.
  const { x, y, z, score } = pose.keypoints[0];
  close([x, y, z, score], [116 - 25, 116 + 25, 10, 1 / (1 + Math.exp(-2))]);
  close([pose.score], [0.9]);
  const { x: east, y: south, z: depth, score: visibility } = pose.worldKeypoints![1];
  close([east, south, depth, visibility], [0.003, 0.004, 0.005, 0.5], 1e-6);
});

test('heatmaps move keypoints within 3 cells', async () => {
  const at = async (cell: [number, number]) => {
    const [{ x, y }] = (await load({ cell })).detect(picture)[0].keypoints;
    return [x, y];
  };
  // The nose lies in cell (32, 32) of 64.
  close(await at([35, 30]), [116 + (35 / 64 - 0.5) * 100, 116 + (30 / 64 - 0.5) * 100]);
  close(await at([36, 30]), [116, 116]);
});

test('networks whose detector has two key points', async () => {
  const older = constantDetector(224, 2254, 8, [{ ...body, numbers: body.numbers.slice(0, 8) }]);
  const [pose] = (await PoseDetector.load({ detector: older, landmarks: network({}) })).detect(picture);
  close([pose.keypoints[0].x, pose.keypoints[0].y], [116, 116]);
});

for (const smoothing of [true, false]) {
  test(`videos, ${smoothing ? 'smoothed' : 'as they are'}: keypoints after a jump`, async () => {
    // A white picture moves all landmarks by 25.6 of 256 pixels, downwards and to the right.
    const detector = await load({ ofMean: 25.6 }, { smoothing });
    const [first] = detector.detectForVideo(picture, 0);
    const [second] = detector.detectForVideo(plainPicture(224, 224, 255), 40);
    close([first.keypoints[0].x], [116]);
    const moved = second.keypoints[0].x - 116;
    const movedInSpace = second.worldKeypoints![0].x - first.worldKeypoints![0].x;
    if (!smoothing) return close([moved, movedInSpace], [10, 0.0256], 0.02);
    // One Euro: speed 10 / 80 of the body's size in 40 ms, smoothed by 1 Hz.
    const alpha = (cutoff: number) => 1 / (1 + 1 / (2 * Math.PI * cutoff * 0.04));
    const speed = alpha(1) * (10 / 80 / 0.04);
    close([moved], [10 * alpha(0.05 + 80 * speed)], 0.05);
    // Positions in metres have speeds of their own.
    close([movedInSpace], [0.0256 * alpha(0.1 + 40 * alpha(1) * (0.0256 / 0.04))], 1e-4);
  });
}

test('landmarks of no size are not smoothed', () => {
  const smoothing = new LandmarkSmoothing({ minCutoff: 0.01, beta: 0, derivateCutoff: 1 });
  const at = (x: number) => [{ x, y: 0, z: 0 }];
  assert.is(smoothing.apply(at(1), 0, 1)[0].x, 1);
  assert.ok(smoothing.apply(at(2), 1, 1)[0].x < 1.1);
  assert.is(smoothing.apply(at(3), 2, 0)[0].x, 3);
});

for (const [title, act, code, message] of [
  ['a detector as landmarks', () => PoseDetector.load({ detector, landmarks: detector }), 'bad-shape', /pose landmark networks/],
  ['landmarks as detector', () => PoseDetector.load({ detector: network({}), landmarks: network({}) }), 'bad-shape', /pose detectors/],
  ['smoothing that is no boolean', () => load({}, { smoothing: 1 }), 'bad-argument', /smoothing is 1/],
] as const) {
  test(`${title} -> ${code}`, async () => {
    const error = await (act as () => Promise<unknown>)().catch((caught: unknown) => caught);
    assert.instance(error, ModelError, String(error));
    assert.is((error as ModelError).code, code);
    assert.match((error as Error).message, message);
  });
}

test.run();
