// Tests the committed network: size, form and accuracy on held-out digits through the float entry.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readModel } from '../../../src/tflite';
import { digitSeeds, renderDigit } from '../../../tools/demo/digits';
import { loadFloat } from '../../../tools/model/float-model';

const bytes = new Uint8Array(readFileSync(join(import.meta.dirname, '../../../tools/demo/digits.tflite')));

test('digits.tflite has at most 300 KB', () => {
  assert.ok(bytes.length <= 300_000, `${bytes.length} bytes`);
});

test('digits.tflite is a float MobileNet: depthwise layers, ReLU6, pictures of 28 x 28 in, ten probabilities out', () => {
  const { nodes, inputs, outputs, values } = readModel(bytes);
  assert.equal(
    inputs.map(({ shape, dtype }) => [shape, dtype]),
    [[[1, 28, 28, 1], 'float32']],
  );
  assert.equal(
    outputs.map(({ shape, dtype }) => [shape, dtype]),
    [[[1, 10], 'float32']],
  );
  assert.ok(values.every(({ quantization }) => quantization === undefined));
  const depthwise = nodes.filter(({ type }) => type === 'DEPTHWISE_CONV_2D');
  assert.ok(depthwise.length >= 4, `${depthwise.length} depthwise layers`);
  for (const { attributes } of depthwise) assert.is((attributes as { activation: string }).activation, 'RELU6');
});

test('digits.tflite reads at least 97 % of 1000 held-out digits', () => {
  const model = loadFloat(bytes);
  const wrong: number[] = [];
  for (let i = 0; i < 1000; i++) {
    const { label, pixels } = renderDigit(digitSeeds.heldOut, i);
    const [scores] = model.run([Float32Array.from(pixels)]) as [Float32Array];
    if (scores.indexOf(Math.max(...scores)) !== label) wrong.push(i);
  }
  model.dispose();
  assert.ok(wrong.length <= 30, `${wrong.length} read wrongly: indices ${wrong.slice(0, 40)}`);
});

test.run();
