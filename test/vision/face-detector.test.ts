// Tests the face detector by a hand-made network: which face is found where, options, and networks that are refused.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FaceDetector } from '../../src/vision';
import { constantDetector, type GivenDetection, plainPicture } from '../support/constant-network';
import { testRefused } from '../support/errors';

/** A box of 32 x 64 pixels, key points 4 pixels apart, from the anchor's centre. */
const numbers = [0, 0, 32, 64, ...Array.from({ length: 6 }, (_, k) => [4 * k, -4 * k]).flat()];
/** Two anchors share the cell of 8 pixels in column 8 and row 8 of 16, whose centre is at 68 pixels. */
const anchor = 2 * (8 * 16 + 8);
const at = (anchor: number, logit: number): GivenDetection => ({ anchor, numbers, logit });
const short = (...detections: GivenDetection[]) => constantDetector(128, 896, 16, detections);

test('a face in pixels of the picture, its letterbox undone', async () => {
  const detector = await FaceDetector.load(short(at(anchor, 0)));
  // 256 x 128 pixels become 128 x 64, 32 rows below the top of 128 x 128.
  const [face, ...rest] = detector.detect(plainPicture(256, 128));
  assert.is(rest.length, 0);
  assert.is(face.score, 0.5);
  assert.equal(face.box, { left: 2 * 52, right: 2 * 84, top: 2 * (36 - 32), bottom: 2 * (100 - 32) });
  assert.equal(face.keypoints[0], { name: 'right_eye', x: 136, y: 72 });
  assert.equal(face.keypoints[5], { name: 'left_ear_tragion', x: 136 + 40, y: 72 - 40 });
  detector.dispose();
});

test('options: number, lowest score, and overlap; those of detect come first', async () => {
  const detector = await FaceDetector.load(short(at(0, 3), at(anchor, 1), at(anchor + 2, 2), at(895, -1)));
  const count = (options = {}) => detector.detect(plainPicture(128, 128), options).length;
  assert.is(count(), 2);
  assert.is(count({ maxResults: 1 }), 1);
  assert.is(count({ scoreThreshold: 0.25 }), 3);
  // The neighbours are 8 pixels apart: they overlap by 24 / 40.
  assert.is(count({ iouThreshold: 0.7 }), 3);
  assert.is(detector.detect(plainPicture(128, 128), { maxResults: 1 })[0].score, 1 / (1 + Math.exp(-3)));
});

test('full range takes scores from 0.6 on, as its graph does', async () => {
  const detector = await FaceDetector.load(constantDetector(192, 2304, 16, [at(0, 0.3), at(2303, 0.5)]));
  assert.is(detector.detect(plainPicture(192, 192)).length, 1);
  assert.equal(detector.preprocessing, { mean: 127.5, std: 127.5, quantized: 'normalized' });
});

testRefused('palms as faces', () => FaceDetector.load(constantDetector(192, 2016, 18, [])), 'bad-shape', /\[1,2016,18\].*face detectors/);
testRefused('other anchors', () => FaceDetector.load(constantDetector(96, 896, 16, [])), 'bad-shape', /over 96x96 pixels/);
testRefused('no results', () => FaceDetector.load(short(), { maxResults: 0 }), 'bad-argument', /maxResults is 0/);
testRefused('a bad threshold', () => FaceDetector.load(short(), { scoreThreshold: 2 }), 'bad-argument', /scoreThreshold is 2/);
testRefused('a misspelt option', () => FaceDetector.load(short(), { maxFaces: 1 } as object), 'bad-argument', /no option 'maxFaces'/);

test.run();
