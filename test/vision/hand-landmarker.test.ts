// Tests the hand landmarker by hand-made networks: regions of palms and of tracked hands, names, sides, and what is refused.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph } from '../../src/graph/graph';
import { ModelError } from '../../src/index';
import { HandLandmarker } from '../../src/vision';
import { constantDetector, constantNetwork, plainPicture } from '../support/constant-network';

/** A palm of 20 x 20 pixels around the anchor at (100, 100) of 192 x 192, whose middle finger is straight above the wrist. */
const palm = { anchor: 2 * (12 * 24 + 12), numbers: [0, 0, 20, 20, 0, 10, 0, 0, 0, -10, ...new Array(8).fill(0)], logit: 3 };
const detector = constantDetector(192, 2016, 18, [palm]);

/** Landmarks 0, 5, 9, 13, 18 in pixels of 224 x 224; all others at the first of the three fingers. */
function hand(handedness: number, presence = 0.9): Graph {
  const positions = new Float32Array(63);
  for (let i = 0; i < 21; i++) positions.set([112, 60, 22.4], 3 * i);
  positions.set([112, 160, 0], 0);
  positions.set([90, 60, 0], 3 * 5);
  positions.set([134, 60, 0], 3 * 13);
  const world = Float32Array.from({ length: 63 }, (_, i) => i / 1000);
  return constantNetwork(224, [
    { shape: [1, 63], data: positions },
    { shape: [1, 1], data: [presence] },
    { shape: [1, 1], data: [handedness] },
    { shape: [1, 63], data: world },
  ]);
}

const picture = plainPicture(192, 192);
const close = (actual: readonly number[], expected: readonly number[]) => {
  for (const [i, value] of expected.entries())
    assert.ok(Math.abs(actual[i] - value) < 1e-4, `number ${i} is ${actual[i]}, expected ${value}`);
};

test('the region of a palm: 2.6 times its side, moved up by half of it; depths are divided by 0.4', async () => {
  const [found, ...rest] = (await HandLandmarker.load({ detector, landmarks: hand(0.8) })).detect(picture);
  assert.is(rest.length, 0);
  // The region has its centre at (104 - 4, 100 - 10) and 52 pixels.
  const unit = 52 / 224;
  const [wrist, thumb] = found.landmarks;
  assert.equal([wrist.name, thumb.name, found.landmarks[20].name], ['wrist', 'thumb_cmc', 'pinky_tip']);
  close([wrist.x, wrist.y, wrist.z], [100, 90 + 48 * unit, 0]);
  close([thumb.x, thumb.y, thumb.z], [100, 90 - 52 * unit, (0.1 / 0.4) * 52]);
  close([found.score, found.worldLandmarks[1].x, found.worldLandmarks[1].y, found.worldLandmarks[1].z], [0.9, 0.003, 0.004, 0.005]);
});

for (const [left, handedness, score] of [
  [0.8, 'Left', 0.8],
  [0.1, 'Right', 0.9],
] as const) {
  test(`handedness ${left} is ${handedness}`, async () => {
    const [found] = (await HandLandmarker.load({ detector, landmarks: hand(left) })).detect(picture);
    assert.is(found.handedness, handedness);
    close([found.handednessScore], [score]);
  });
}

test('the region of a tracked hand: twice the side of its steady landmarks, moved up by a tenth', async () => {
  const landmarker = await HandLandmarker.load({ detector, landmarks: hand(0.8) }, { maxResults: 1 });
  const [first] = landmarker.detectForVideo(picture, 0);
  const [second] = landmarker.detectForVideo(picture, 40);
  // Landmarks of the first frame lie in a box of 44 x 100 units of 52 / 224 pixels.
  const height = 100 * (52 / 224);
  const [side, centre] = [2 * height, first.landmarks[0].y - height / 2 - 0.1 * height];
  close([second.landmarks[0].x, second.landmarks[0].y], [100, centre + (48 / 224) * side]);
});

test('a turned hand has a turned region', async () => {
  // The middle finger lies to the right of the wrist: the hand is turned by a quarter, clockwise.
  const turned = { ...palm, numbers: [0, 0, 20, 20, -10, 0, 0, 0, 10, 0, ...new Array(8).fill(0)] };
  const [found] = (await HandLandmarker.load({ detector: constantDetector(192, 2016, 18, [turned]), landmarks: hand(0.8) })).detect(
    picture,
  );
  const unit = 52 / 224;
  // Upwards in the region is to the right in the picture.
  close([found.landmarks[0].x, found.landmarks[0].y], [110 - 48 * unit, 100]);
  close([found.worldLandmarks[1].x, found.worldLandmarks[1].y], [-0.004, 0.003]);
});

test('no hand below the presence threshold', async () => {
  assert.is((await HandLandmarker.load({ detector, landmarks: hand(0.8, 0.5) })).detect(picture).length, 0);
  assert.is((await HandLandmarker.load({ detector, landmarks: hand(0.8, 0.5) }, { presenceThreshold: 0.4 })).detect(picture).length, 1);
});

for (const [title, sources, message] of [
  ['a palm detector as landmarks', { detector, landmarks: detector }, /hand landmark networks/],
  ['landmarks as palm detector', { detector: hand(0), landmarks: hand(0) }, /palm detectors/],
] as const) {
  test(`${title} -> bad-shape`, async () => {
    const error = await HandLandmarker.load(sources).catch((caught: unknown) => caught);
    assert.instance(error, ModelError, String(error));
    assert.is((error as ModelError).code, 'bad-shape');
    assert.match((error as Error).message, message);
  });
}

test.run();
