// Owns the tests of TFLite_Detection_PostProcess beside the golden cases: a scene small enough to follow by hand, and refusals.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import type { DetectionPostProcess } from '../../src/graph/graph';
import { detectionKernels } from '../../src/reference/detection';
import { runKernel, type Tensor } from '../support/kernel';

const options: DetectionPostProcess = {
  maxDetections: 3,
  maxClassesPerDetection: 1,
  detectionsPerClass: 100,
  useRegularNms: false,
  nmsScoreThreshold: 0.25,
  nmsIouThreshold: 0.5,
  numClasses: 2,
  yScale: 10,
  xScale: 10,
  hScale: 5,
  wScale: 5,
  customOptions: new Uint8Array(0),
};

// Anchors of height and width 1 at y = 0.5, 0.6 (overlaps the first by 0.9 / 1.1), 10.5 and 20.5; encodings 0 leave them as they are.
const anchors = [0.5, 0.5, 1, 1, 0.6, 0.5, 1, 1, 10.5, 0.5, 1, 1, 20.5, 0.5, 1, 1];
// Background, class 0, class 1.
const scores = [0, 0.75, 0.5, 0, 0.625, 0.875, 0, 0.375, 0, 0, 0.125, 0.125];

function detect(attributes: DetectionPostProcess, anchorData: number[] = anchors): number[][] {
  const boxes = anchorData.length / 4;
  const slots = attributes.maxDetections * attributes.maxClassesPerDetection;
  const inputs: Tensor[] = [
    ['float32', [1, boxes, 4], [0]],
    ['float32', [1, boxes, 3], scores],
    ['float32', [boxes, 4], anchorData],
  ];
  return runKernel(
    detectionKernels,
    'TFLite_Detection_PostProcess',
    attributes,
    inputs,
    ['float32', [1, slots, 4]],
    ['float32', [1, slots]],
    ['float32', [1, slots]],
    ['float32', [1]],
  ).map((output) => Array.from(output as Float32Array, (x) => Math.round(x * 1e4) / 1e4));
}

test('fast: box 1 wins with class 1 and suppresses box 0, box 2 follows, box 3 is below the threshold', () => {
  const [boxes, labels, best, found] = detect(options);
  assert.equal(boxes, [0.1, 0, 1.1, 1, 10, 0, 11, 1, 0, 0, 0, 0]);
  assert.equal(labels, [1, 0, 0]);
  assert.equal(best, [0.875, 0.375, 0]);
  assert.equal(found, [2]);
});

test('fast with 3 classes per detection of 2: both classes side by side, the third slot empty', () => {
  const [boxes, labels, best, found] = detect({ ...options, maxDetections: 1, maxClassesPerDetection: 3 });
  assert.equal(boxes, [0.1, 0, 1.1, 1, 0.1, 0, 1.1, 1, 0, 0, 0, 0]);
  assert.equal(labels, [1, 0, 0]);
  assert.equal(best, [0.875, 0.625, 0]);
  assert.equal(found, [1]);
});

test('regular: each class suppresses on its own, then the best three remain', () => {
  const [, labels, best, found] = detect({ ...options, useRegularNms: true });
  assert.equal(labels, [1, 0, 0]);
  assert.equal(best, [0.875, 0.75, 0.375]);
  assert.equal(found, [3]);
});

test('regular with one detection per class keeps one of each', () => {
  const [, , best, found] = detect({ ...options, useRegularNms: true, detectionsPerClass: 1 });
  assert.equal(best, [0.875, 0.75, 0]);
  assert.equal(found, [2]);
});

test('an anchor of negative height is refused as bad-data', () => {
  assert.throws(
    () => detect(options, [0.5, 0.5, -1, 1]),
    (error: unknown) => error instanceof ModelError && error.code === 'bad-data',
  );
});

test.run();
