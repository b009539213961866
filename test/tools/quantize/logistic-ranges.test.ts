// Tests the ranges of logits that a logistic function reads: what is cut, what has all of its codes, what stays, and how such outputs are
// judged.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dequantize } from '../../../src';
import { loadSync } from '../../../src/float';
import type { Value } from '../../../src/graph/graph';
import { setInputs } from '../../../tools/model/inputs';
import { saturation } from '../../../tools/model/operators';
import { headErrors, withLogits } from '../../../tools/quantize/decide/held';
import { withLogisticRanges } from '../../../tools/quantize/logistic-ranges';
import { quantizeModel } from '../../../tools/quantize/model';
import { countSteps } from '../../../tools/steps';
import { GraphBuilder } from '../../support/build';
import { asSamples } from '../../support/float-network';

const real = (name: string, shape: readonly number[] = [1, 4]) => ({ dtype: 'float32' as const, name, shape });
const join = { axis: 1, activation: 'NONE' as const };
const given = { min: -200, max: 0.15 };
const whole = { min: -saturation, max: saturation };

/** A graph whose values `logits` and `more` a RELU each computes; `build` gives its outputs. */
function ranged(build: (b: GraphBuilder, logits: Value, more: Value) => Value[], dtype: 'int8' | 'uint8' | 'int16' = 'int8') {
  const b = new GraphBuilder();
  const [logits, more] = ['logits', 'more'].map((name) => b.node('RELU', {}, [b.input('float32', [1, 4])], real(name))[0]);
  const graph = b.outputs(...build(b, logits, more));
  return withLogisticRanges(graph, { logits: given, more: { min: -1, max: 30 }, joined: given }, dtype);
}

const logistic = (b: GraphBuilder, value: Value, name = 'scores') => b.node('LOGISTIC', {}, [value], real(name))[0];

for (const dtype of ['int8', 'uint8'] as const) {
  test(`${dtype}: logits of output probabilities have all codes of the logistic function, moved or not`, () => {
    assert.equal(ranged((b, logits, more) => [logistic(b, logits), more], dtype).logits, whole);
    const found = ranged((b, logits, more) => {
      const [joined] = b.node('CONCATENATION', join, [logits, more], real('joined', [1, 8]));
      return b.node('RESHAPE', { newShape: [8] }, [logistic(b, joined), b.ints(8)], real('flat', [8]));
    }, dtype);
    assert.equal([found.logits, found.more, found.joined], [whole, whole, whole]);
  });
}

test('gates, which are no outputs, are cut and never widened', () => {
  const found = ranged((b, logits, more) => {
    const gates = [logistic(b, logits, 'gate'), logistic(b, more, 'other')];
    return b.node('MUL', { activation: 'NONE' }, gates, real('product'));
  });
  assert.equal(
    [found.logits, found.more],
    [
      { min: -saturation, max: 0.15 },
      { min: -1, max: saturation },
    ],
  );
});

const untouched: Readonly<Record<string, (b: GraphBuilder, logits: Value, more: Value) => Value[]>> = {
  'an output': (b, logits) => [logistic(b, logits), logits],
  'read by another operator': (b, logits) => b.node('MUL', { activation: 'NONE' }, [logits, logistic(b, logits)], real('swish')),
  interpolated: (b, logits) => {
    const options = { alignCorners: false, halfPixelCenters: false };
    return [logistic(b, b.node('RESIZE_BILINEAR', options, [logits, b.ints(2, 2)], real('large'))[0])];
  },
  'joined with what is no logit': (b, logits, more) => {
    const [joined] = b.node('CONCATENATION', join, [logits, more], real('joined', [1, 8]));
    return [logistic(b, joined), more];
  },
};
for (const [title, build] of Object.entries(untouched)) {
  test(`logits keep their range where they are ${title}`, () => assert.equal(ranged(build).logits, given));
}

test('activations of 16 bits keep theirs', () => {
  assert.equal(ranged((b, logits) => [logistic(b, logits)], 'int16').logits, given);
});

test("the scores of MediaPipe's detectors are logits, boxes are not", () => {
  const b = new GraphBuilder();
  const input = b.input('float32', [1, 128, 128, 3]);
  const outputs = [
    ['boxes', 16],
    ['logits', 1],
  ].map(([name, size]) => b.node('RELU', {}, [input], real(String(name), [1, 896, Number(size)]))[0]);
  const found = withLogisticRanges(b.outputs(...outputs), { boxes: given, logits: given }, 'int8');
  assert.equal([found.boxes, found.logits], [given, whole]);
  assert.equal(withLogits(b.graph).limits, [undefined, saturation]);
});

/** Twice [1, 1] to the probability of their sum. */
function detector() {
  const b = new GraphBuilder();
  const terms = [b.input('float32', [1, 1]), b.input('float32', [1, 1])];
  const [logits] = b.node('ADD', { activation: 'NONE' }, terms, real('logits', [1, 1]));
  return b.outputs(b.node('LOGISTIC', {}, [logits], real('score', [1, 1]))[0]);
}

const terms = (near: number, far: number) => [Float32Array.of(near), Float32Array.of(far)];

test('what no sample shows is found: samples without a face, logits of -200 to -1, then a face', async () => {
  const samples = Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? terms(-1, 0) : terms(4, -200)));
  const model = loadSync((await quantizeModel(detector(), asSamples(samples))).bytes);
  setInputs(model, terms(4, 0));
  model.run();
  const [score] = dequantize(model.outputs[0], model.outputs[0].data);
  assert.ok(Math.abs(score - 1 / (1 + Math.exp(-4))) < 0.01, `${score}`);
  model.dispose();
});

test('logits are judged up to where the logistic function is saturated, and beside the probabilities', async () => {
  const { graph, logitsOf, limits } = withLogits(detector());
  assert.equal([...logitsOf], [[0, 1]]);
  assert.equal(limits, [undefined, saturation]);
  const held = [{ inputs: terms(3, -100), outputs: [Float32Array.of(0.5), Float32Array.of(-20)], limits }];
  const [, judged] = await headErrors(graph, held, countSteps(1, {}));
  assert.is(judged.errors[0], 0, 'both -97 and -20 are saturated');
  assert.ok(Math.abs(judged.signal - saturation ** 2) < 1e-9);
  const [, without] = await headErrors(graph, [{ ...held[0], limits: undefined }], countSteps(1, {}));
  assert.ok(without.errors[0] > 5000);
});

test.run();
