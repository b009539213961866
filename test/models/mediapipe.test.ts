// Tests that every network of MediaPipe's npm packages loads and runs in zeropoint/float, beside stock TFLite or the reference kernels.
import { existsSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { peerPath } from '../../bench/peers/peer';
import { createTfjsTflite } from '../../bench/peers/tfjs-tflite';
import { load } from '../../src/float';
import type { Value } from '../../src/graph/graph';
import { loadReference } from '../../src/reference';
import { readModel, writeModel } from '../../src/tflite';
import { hasMediaPipe, installMediaPipe, networks } from '../support/mediapipe';
import { Random } from '../support/random';

const hasStock = existsSync(peerPath('@tensorflow/tfjs-tflite'));
if (!hasMediaPipe) console.log(`skipped, test/models/mediapipe is not installed (${installMediaPipe}): networks of MediaPipe`);
else if (!hasStock)
  console.log('skipped, bench/peers is not installed (npm ci --prefix bench/peers): networks of MediaPipe beside stock TFLite');

const count = 16;
/** Of an output's largest magnitude: sums of float32 in other orders, through up to 300 layers. */
const tolerance = 1e-3;
/** Has operators that stock TFLite lacks. */
const unknown = 'face_landmark_with_attention.tflite';
/** Stock TFLite runs these as they are written again, with TRANSPOSE_CONV. */
const rewritten = ['selfie_segmentation.tflite', 'selfie_segmentation_landscape.tflite'];

/** Largest difference relative to the largest magnitude. */
function deviation(actual: Float32Array, expected: Float32Array): number {
  let [difference, magnitude] = [0, 0];
  for (let i = 0; i < actual.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
    magnitude = Math.max(magnitude, Math.abs(expected[i]));
  }
  return difference === 0 ? 0 : difference / magnitude;
}

/** Outputs of stock TFLite. */
async function stockOutputs(file: Uint8Array, inputs: readonly Float32Array[]): Promise<Float32Array[]> {
  const stock = await createTfjsTflite().load(file);
  for (const [i, data] of inputs.entries()) (stock.inputs[i].data() as Float32Array).set(data);
  await stock.run();
  return stock.outputs.map((output) => output.data().slice() as Float32Array);
}

/**
 * A network without its custom operators: what they read becomes outputs, and what they write becomes inputs, whose elements the
 * reference gives. The largest deviation of an output of stock TFLite from the reference.
 */
async function besideCustom(file: Uint8Array, input: Float32Array): Promise<number> {
  const graph = readModel(file);
  const custom = graph.nodes.filter(({ type }) => type === 'CUSTOM');
  const known = new Map<number, Float32Array>();
  loadReference(file).run([input], ({ id }, data) => known.set(id, data as Float32Array));
  graph.nodes = graph.nodes.filter(({ type }) => type !== 'CUSTOM');
  graph.inputs.push(...custom.flatMap(({ outputs }) => outputs));
  graph.outputs.push(...new Set(custom.flatMap(({ inputs }) => inputs as Value[]).filter((value) => !graph.inputs.includes(value))));
  assert.is(custom.length, 11);
  const of = ({ id }: Value) => known.get(id)!;
  const found = await stockOutputs(writeModel(graph), graph.inputs.map(of));
  return Math.max(...found.map((data, i) => deviation(data, of(graph.outputs[i]))));
}

if (hasMediaPipe) {
  const files = networks();

  test(`there are ${count} networks`, () => {
    assert.is(files.size, count, [...files.keys()].join(' '));
    for (const name of [unknown, ...rewritten]) assert.ok(files.has(name), name);
  });

  for (const [name, file] of files) {
    test(`${name}: outputs near those of ${name === unknown ? 'the reference and, around its custom operators, ' : ''}stock TFLite`, async () => {
      const model = await load(file);
      const random = new Random(17);
      const input = model.inputs[0].data as Float32Array;
      for (let i = 0; i < input.length; i++) input[i] = random.real();
      model.run();
      for (const { data } of model.outputs) assert.ok((data as Float32Array).every(Number.isFinite), name);
      if (name === unknown) {
        const expected = loadReference(file).run([input.slice()]) as Float32Array[];
        for (const [i, { data }] of model.outputs.entries()) assert.equal(data, expected[i], `output ${i}`);
      }
      if (!hasStock) return;
      if (name === unknown) {
        const found = await besideCustom(file, input.slice());
        assert.ok(found <= tolerance, `without custom operators, stock TFLite differs by ${found}`);
        return;
      }
      const outputs = await stockOutputs(rewritten.includes(name) ? writeModel(readModel(file)) : file, [input.slice()]);
      assert.is(outputs.length, model.outputs.length);
      for (const [i, expected] of outputs.entries()) {
        const found = deviation(model.outputs[i].data as Float32Array, expected);
        assert.ok(found <= tolerance, `output ${i} differs by ${found}`);
      }
    });
  }
} else test.skip('networks of MediaPipe', () => {});

test.run();
