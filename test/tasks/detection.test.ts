// Tests src/tasks/detection.ts: objects from the four outputs of TFLite_Detection_PostProcess, made by hand and by a real detector.
import { readFile } from 'node:fs/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import { loadSync, type Tensor } from '../../src/index';
import { detections, isClassifier, isDetector } from '../../src/tasks';
import { sharedPath, sharedTest } from '../support/shared';

const float = (shape: number[], ...values: number[]): Tensor =>
  ({ name: 'x', shape, dtype: 'float32', data: Float32Array.from(values) }) as Tensor;

/** Room for three objects, of which two are found. */
const outputs = [
  float([1, 3, 4], 0.125, 0.25, 0.5, 0.75, -0.25, 0, 1, 1.5, 9, 9, 9, 9),
  float([1, 3], 1, 0, 7),
  float([1, 3], 0.75, 0.5, 9),
  float([1], 2),
];

test('as many objects as the count says: edges, class, score, label where there is one', () => {
  assert.equal(detections(outputs, 5, ['person']), [
    { class: 1, label: undefined, score: 0.75, box: { top: 0.125, left: 0.25, bottom: 0.5, right: 0.75 } },
    { class: 0, label: 'person', score: 0.5, box: { top: -0.25, left: 0, bottom: 1, right: 1.5 } },
  ]);
  assert.is(detections(outputs, 1).length, 1);
  assert.equal(detections(outputs, 0), []);
});

test('a detector ends in TFLite_Detection_PostProcess and has its four outputs', () => {
  const model = (types: string[], count = 4) => ({
    inputs: [{ shape: [1, 300, 300, 3] }],
    outputs: outputs.slice(0, count),
    operators: types.map((type) => ({ type })),
  });
  assert.ok(isDetector(model(['CONV_2D', 'TFLite_Detection_PostProcess'])));
  assert.not(isDetector(model(['TFLite_Detection_PostProcess', 'CONV_2D'])));
  assert.not(isDetector(model(['TFLite_Detection_PostProcess'], 3)));
  assert.not(isDetector(model([])));
});

test('other outputs and bad counts are refused', () => {
  const refused = (work: () => unknown, code: string, message: RegExp) =>
    assert.throws(work, (error: ModelError) => error instanceof ModelError && error.code === code && message.test(error.message));
  for (const wrong of [[], outputs.slice(1), [...outputs].reverse(), [...outputs, outputs[3]]]) {
    refused(() => detections(wrong, 1), 'bad-shape', /are not the boxes, classes, scores and count of a detector$/);
  }
  refused(() => detections(outputs, -1), 'bad-argument', /^the number of results must be a whole number from 0, not -1$/);
});

sharedTest(test, 'SSD MobileNetV1: a detector and no classifier; scores descend within [0, 1]', async () => {
  const model = loadSync(new Uint8Array(await readFile(sharedPath('models', 'coco_ssd_mobilenet_v1_1.0_quant_2018_06_29.tflite'))));
  assert.equal([isDetector(model), isClassifier(model)], [true, false]);
  model.run();
  const found = detections(model.outputs, 10);
  assert.is(found.length, 10);
  for (const [i, { class: index, score, box }] of found.entries()) {
    assert.ok(Number.isInteger(index) && index >= 0 && index < 90, `class ${index}`);
    assert.ok(score >= 0 && score <= (found[i - 1]?.score ?? 1), `score ${score}`);
    assert.ok(box.top <= box.bottom && box.left <= box.right, JSON.stringify(box));
  }
  model.dispose();
});

test.run();
