// Tests anchors, the decoding of boxes with key points, and their weighted suppression, by published figures and by hand.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { anchorCentres, centresOf, decodeKeypointBoxes, type KeypointBox } from '../../src/tasks/anchors';
import { suppressWeighted } from '../../src/tasks/weighted-suppression';

const close = (actual: ArrayLike<number>, expected: readonly number[], tolerance = 1e-5) => {
  assert.is(actual.length, expected.length);
  for (const [i, value] of expected.entries())
    assert.ok(Math.abs(actual[i] - value) <= tolerance, `number ${i} is ${actual[i]}, expected ${value}`);
};

/**
 * Grids of MediaPipe's test FaceDetectionConfig (ssd_anchors_calculator_test.cc), whose golden file has 2944 lines of a centre and sizes 1.
 */
const published = { strides: [8, 16, 32, 32, 32], perCell: 2 };

test('anchors of 256x256 pixels: number, first and last centres as in anchor_golden_file_0.txt', () => {
  const centres = anchorCentres(published, 256, 256);
  assert.is(centres.length, 2 * 2944);
  close(centres.subarray(0, 8), [0.015625, 0.015625, 0.015625, 0.015625, 0.046875, 0.015625, 0.046875, 0.015625]);
  // Line 2049 begins the grid of stride 16, line 2561 that of stride 32, six anchors to a cell.
  close(centres.subarray(2 * 2048, 2 * 2048 + 2), [0.03125, 0.03125]);
  close(centres.subarray(2 * 2560, 2 * 2560 + 2), [0.0625, 0.0625]);
  close(centres.subarray(2 * 2565, 2 * 2567), [0.0625, 0.0625, 0.1875, 0.0625]);
  close(centres.subarray(-2), [0.9375, 0.9375]);
});

for (const [count, width, height, what] of [
  [896, 128, 128, 'BlazeFace of short range'],
  [2304, 192, 192, 'BlazeFace of full range'],
  [2016, 192, 192, 'palms'],
  [2254, 224, 224, 'bodies'],
] as const) {
  test(`${what} have ${count} anchors over ${width}x${height} pixels`, () => assert.is(centresOf(count, width, height)?.length, 2 * count));
}

test('no known grid has another number of anchors', () => assert.is(centresOf(897, 128, 128), undefined));

test('sides that a stride does not divide get a cell for the rest', () => {
  close(anchorCentres({ strides: [4], perCell: 1 }, 6, 4), [0.25, 0.5, 0.75, 0.5]);
});

const size = { width: 100, height: 200 };

test('a box and its key points lie relative to the centre of their anchor, sizes in pixels of the input', () => {
  const values = Float32Array.of(10, -20, 20, 40, 5, 10, /* second anchor */ 0, 0, 10, 20, 1, 2);
  const [box, ...rest] = decodeKeypointBoxes(values, Float32Array.of(0, -5), Float32Array.of(0.5, 0.5, 0.25, 0.75), {
    ...size,
    scoreThreshold: 0.4,
  });
  assert.is(rest.length, 0);
  assert.is(box.score, 0.5);
  // The centre is at 0.5 + 10 / 100 and 0.5 - 20 / 200.
  close([box.box.left, box.box.top, box.box.right, box.box.bottom], [0.5, 0.3, 0.7, 0.5]);
  close([box.keypoints[0].x, box.keypoints[0].y], [0.55, 0.55]);
});

test('scores equal to the threshold are kept, logits are clipped, boxes of negative size or NaN left out', () => {
  const row = (width: number) => [0, 0, width, 10, 0, 0];
  const values = Float32Array.from([row(10), row(-1), row(Number.NaN), row(10), row(10)].flat());
  const logits = Float32Array.of(0, 9, 9, 1000, Number.NaN);
  const found = decodeKeypointBoxes(values, logits, new Float32Array(10), { ...size, scoreThreshold: 0.5 });
  assert.equal(
    found.map(({ score }) => score),
    [0.5, 1 / (1 + Math.exp(-100))],
  );
});

const at = (left: number, score: number, width = 10): KeypointBox => ({
  box: { left, top: 0, right: left + width, bottom: 10 },
  score,
  keypoints: [{ x: left, y: 5 }],
});

test('overlapping boxes become their mean by scores, with the score of the best', () => {
  const [merged, single, ...rest] = suppressWeighted([at(2, 0.2), at(0, 0.8), at(50, 0.5)], 0.3);
  assert.is(rest.length, 0);
  assert.is(merged.score, 0.8);
  // (0.8 * 0 + 0.2 * 2) / 1
  close([merged.box.left, merged.box.right, merged.keypoints[0].x, merged.keypoints[0].y], [0.4, 10.4, 0.4, 5]);
  assert.equal(single, at(50, 0.5));
});

test('overlaps count with the best box, not with the mean', () => {
  // Boxes at 0, 4 and 8 overlap by 6 / 14 in pairs; those at 0 and 8 by 2 / 18. The mean of the first two is at 1.6.
  const found = suppressWeighted([at(0, 0.6), at(4, 0.4), at(8, 0.3)], 0.3);
  close(
    found.flatMap(({ box, score }) => [box.left, score]),
    [1.6, 0.6, 8, 0.3],
  );
});

test('a best box without area ends the results', () => {
  const found = suppressWeighted([at(0, 0.9, 0), at(20, 0.5)], 0.3);
  assert.equal(
    found.map(({ score }) => score),
    [0.9],
  );
});

test.run();
