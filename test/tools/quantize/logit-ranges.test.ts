// Tests the ranges of logits: probabilities come nearer, and only what nothing but a softmax reads is touched.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph } from '../../../src/graph/graph';
import { withLogitRanges } from '../../../tools/quantize/logit-ranges';
import { prepareFloat } from '../../../tools/quantize/prepare';
import { GraphBuilder } from '../../support/build';
import { Random } from '../../support/random';

const classes = 40;

/** Logits far below the best ones, then a softmax; `seen` makes the logits an output, too. */
function classifier({ seen = false } = {}): Graph {
  const b = new GraphBuilder();
  const random = new Random(1);
  const dense = { activation: 'NONE' as const, keepNumDims: false };
  const weights = b.constant(
    'float32',
    [classes, 8],
    Array.from({ length: 8 * classes }, () => 3 * random.normal()),
  );
  const bias = b.constant(
    'float32',
    [classes],
    Array.from({ length: classes }, (_, c) => (c % 2 === 0 ? -40 : 4)),
  );
  const [logits] = b.node('FULLY_CONNECTED', dense, [b.input('float32', [1, 8]), weights, bias], { dtype: 'float32', name: 'logits' });
  const [flat] = b.node('RESHAPE', { newShape: [1, classes] }, [logits, b.ints(1, classes)], { dtype: 'float32', name: 'flat' });
  const [scores] = b.node('SOFTMAX', { beta: 1 }, [flat], { dtype: 'float32', name: 'scores' });
  return prepareFloat(seen ? b.outputs(scores, flat) : b.outputs(scores));
}

const samples = Array.from({ length: 24 }, (_, i) => {
  const random = new Random(10 + i);
  return [Float32Array.from({ length: 8 }, () => random.normal())];
});
const whole = { min: -70, max: 40 };
const ranges = { logits: whole, flat: whole, scores: { min: 0, max: 1 } };

for (const scheme of ['int8', 'uint8'] as const) {
  test(`${scheme}: low logits clip, the highest do not, and both names have the range`, async () => {
    const found = await withLogitRanges(classifier(), ranges, samples, scheme);
    assert.equal(found.logits, found.flat);
    assert.ok(found.logits.min > -45, `low end ${found.logits.min}`);
    assert.ok(found.logits.max > 10, `high end ${found.logits.max}`);
    assert.equal(found.scores, ranges.scores);
  });
}

test('logits that somebody else reads keep their range, and so does a graph without softmax or samples', async () => {
  assert.equal(await withLogitRanges(classifier({ seen: true }), ranges, samples, 'int8'), ranges);
  assert.equal(await withLogitRanges(classifier(), ranges, [], 'int8'), ranges);
});

test.run();
