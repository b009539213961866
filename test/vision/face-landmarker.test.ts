// Tests the face landmarker by hand-made networks: where landmarks lie, what is tracked and for how long, and what is refused.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph } from '../../src/graph/graph';
import { FaceLandmarker, type FaceLandmarks } from '../../src/vision';
import { associate } from '../../src/vision/landmark-task';
import { constantDetector, constantNetwork, plainPicture } from '../support/constant-network';
import { testRefused } from '../support/errors';

/** Of 32 x 32 pixels, with level eyes, around the anchor at (68, 68) of 128 x 128. */
const face = { anchor: 2 * (8 * 16 + 8), numbers: [0, 0, 32, 32, -8, 0, 8, 0, ...new Array(8).fill(0)], logit: 3 };
/** Level eyes as well, around (20, 20). */
const other = { ...face, anchor: 2 * (2 * 16 + 2), logit: 2 };
const detector = (...faces: (typeof face)[]) => constantDetector(128, 896, 16, faces);

/**
 * A face mesh over 192 x 192 pixels whose landmarks lie in the middle but for the outer corners of the eyes and two above and below, 128
 * pixels apart: so that 1.5 times their box is the input again. There is a face where the picture is bright: the logit is 10 * mean - 5.
 * `ofMean` times the mean is added to all coordinates.
 */
function meshNetwork(ofMean = 0): Graph {
  const mesh = new Float32Array(3 * 468).fill(96);
  const put = (landmark: number, x: number, y: number) => mesh.set([x, y, 19.2], 3 * landmark);
  put(33, 32, 96);
  put(263, 160, 96);
  put(10, 96, 32);
  put(152, 96, 160);
  return constantNetwork(192, [
    { shape: [1, 1, 1, 1404], data: mesh, ofMean },
    { shape: [1, 1, 1, 1], data: [-5], ofMean: 10 },
  ]);
}

const load = (faces = [face], options = {}) => FaceLandmarker.load({ detector: detector(...faces), landmarks: meshNetwork() }, options);
const [bright, dark] = [plainPicture(256, 256, 255), plainPicture(256, 256)];

/** Counts the runs of the detector. */
function detectorRuns(landmarker: FaceLandmarker): () => number {
  const { detector } = landmarker.models;
  const run = detector.run.bind(detector);
  let runs = 0;
  detector.run = (...inputs) => {
    runs++;
    return run(...inputs);
  };
  return () => runs;
}

const middle = ({ landmarks }: FaceLandmarks) => [Math.round(landmarks[0].x), Math.round(landmarks[0].y)];

test('landmarks in pixels of the picture, depths in the unit of x', async () => {
  const [found, ...rest] = (await load()).detect(bright);
  assert.is(rest.length, 0);
  assert.is(found.landmarks.length, 468);
  assert.ok(Math.abs(found.score - 1 / (1 + Math.exp(-5))) < 1e-6, `${found.score}`);
  // The face is around (136, 136) of 256 x 256; the region has 1.5 * 64 = 96 pixels.
  assert.equal(middle(found), [136, 136]);
  const { x, y, z } = found.landmarks[33];
  for (const [actual, expected] of [
    [x, 136 - 32],
    [y, 136],
    [z, 9.6],
  ])
    assert.ok(Math.abs(actual - expected) < 1e-4, `${[x, y, z]}`);
});

test('as many faces as options say, none where the network sees none', async () => {
  assert.is((await load([face, other])).detect(bright).length, 1);
  assert.equal((await load([face, other], { maxResults: 2 })).detect(bright).map(middle), [
    [136, 136],
    [40, 40],
  ]);
  assert.is((await load()).detect(dark).length, 0);
  assert.is((await load([face], { scoreThreshold: 0.99 })).detect(bright).length, 0);
  assert.is((await load([face], { presenceThreshold: 0.999 })).detect(bright).length, 0);
});

test('videos: the detector runs until enough is tracked, and again when it is lost', async () => {
  const landmarker = await load();
  const runs = detectorRuns(landmarker);
  const seen: number[] = [];
  for (const [i, picture] of [bright, bright, bright, dark, dark, bright, bright].entries()) {
    const found = landmarker.detectForVideo(picture, 40 * i);
    assert.equal(found.map(middle), picture === bright ? [[136, 136]] : [], `frame ${i}`);
    seen.push(runs());
  }
  // Frame 3 loses what was tracked; frame 4 searches; frame 5 finds.
  assert.equal(seen, [1, 1, 1, 1, 2, 3, 3]);
});

test('videos: a second face is searched for while one is tracked', async () => {
  const landmarker = await load([face], { maxResults: 2 });
  const runs = detectorRuns(landmarker);
  for (const i of [1, 2, 3]) assert.equal(landmarker.detectForVideo(bright, i).map(middle), [[136, 136]], `frame ${i}`);
  assert.is(runs(), 3);
});

test('videos: frames of another size, and reset, begin anew', async () => {
  const landmarker = await load();
  const runs = detectorRuns(landmarker);
  landmarker.detectForVideo(bright, 1);
  landmarker.detectForVideo(plainPicture(128, 128, 255), 2);
  assert.is(runs(), 2);
  landmarker.reset();
  landmarker.detectForVideo(plainPicture(128, 128, 255), 0);
  assert.is(runs(), 3);
  assert.throws(() => landmarker.detectForVideo(bright, 0), /timestampMs is 0 after 0/);
  assert.throws(() => landmarker.detectForVideo(bright, Number.NaN), /timestampMs is NaN/);
  landmarker.detect(dark);
  landmarker.detectForVideo(plainPicture(128, 128, 255), 1);
  assert.is(runs(), 4, 'detect leaves what is tracked');
});

test('videos: landmarks are smoothed unless options say otherwise', async () => {
  // The brighter picture moves all landmarks.
  const frames = [plainPicture(256, 256, 153), plainPicture(256, 256, 255)];
  const positions = async (smoothing?: boolean) => {
    const landmarker = await FaceLandmarker.load({ detector: detector(face), landmarks: meshNetwork(40) }, { smoothing });
    return frames.map((frame, i) => landmarker.detectForVideo(frame, 40 * i)[0].landmarks);
  };
  const [plain, smooth] = [await positions(false), await positions()];
  assert.equal(smooth[0], plain[0]);
  const moved = plain[1][0].x - plain[0][0].x;
  assert.ok(moved > 5, `${moved} pixels`);
  // One Euro: the speed is relative to the side of the face, the distance between the outer corners of the eyes here.
  const alpha = (cutoff: number) => 1 / (1 + 1 / (2 * Math.PI * cutoff * 0.04));
  const speed = alpha(1) * (moved / (plain[1][263].x - plain[1][33].x) / 0.04);
  const expected = plain[0][0].x + alpha(0.05 + 80 * speed) * moved;
  assert.ok(Math.abs(smooth[1][0].x - expected) < 0.01, `${smooth[1][0].x}, expected ${expected}`);
  assert.ok(Math.abs(plain[1][0].x - expected) > 0.1, 'smoothing makes a difference');
});

// The arrangement of association_calculator_test.cc, whose threshold is 0.1, with boxes that overlap by more than 0.5.
test('association: later regions replace earlier ones that they overlap, tracked ones come last', () => {
  const at = (x: number, name: string) => ({ region: { x, y: 0, width: 10, height: 10, rotation: 1 }, name });
  const names = (list: readonly { name: string }[]) => list.map(({ name }) => name).join('');
  assert.is(names(associate([at(0, 'a'), at(20, 'b')], [at(1, 'c')], 9)), 'bc');
  assert.is(names(associate([at(0, 'a'), at(1, 'b')], [], 9)), 'b');
  // 10 - 4 of 10 + 4 are less than a half.
  assert.is(names(associate([at(0, 'a')], [at(4, 'b')], 9)), 'ab');
  assert.is(names(associate([at(0, 'a'), at(20, 'b')], [at(40, 'c')], 2)), 'bc');
});

testRefused(
  'one model',
  () => FaceLandmarker.load({ detector: detector() } as never),
  'bad-argument',
  /takes two models, \{ detector, landmarks \}/,
);
testRefused(
  'models in each other places',
  () => FaceLandmarker.load({ detector: meshNetwork(), landmarks: detector() }),
  'bad-shape',
  /\[1,1,1,1404\].*face detectors/,
);
testRefused('a detector as mesh', () => FaceLandmarker.load({ detector: detector(), landmarks: detector() }), 'bad-shape', /face meshes/);
testRefused('an option of other tasks', () => load([], { shapes: {} }), 'bad-argument', /FaceLandmarker.load has no option 'shapes'/);
testRefused('a bad threshold', () => load([], { presenceThreshold: -1 }), 'bad-argument', /presenceThreshold is -1/);
testRefused('smoothing that is no boolean', () => load([face], { smoothing: 'yes' }), 'bad-argument', /smoothing is yes/);
testRefused(
  'bytes that are no model',
  () => FaceLandmarker.load({ detector: detector(), landmarks: new Uint8Array(9) }),
  'not-tflite',
  /./,
);

test.run();
