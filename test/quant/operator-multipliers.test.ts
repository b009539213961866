// Owns the tests of operator parameters: golden softmax scaling, refusals and the rounding of each ratio.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import { quantizeMultiplier } from '../../src/quant/multiplier';
import {
  addMultipliers,
  divMultiplier,
  hardSwishParameters,
  meanMultiplier,
  mulMultiplier,
  rescaleMultiplier,
  rsqrtMultiplier,
  slopeMultiplier,
  softmaxParameters,
} from '../../src/quant/operator-multipliers';
import { Random } from '../support/random';
import { sharedTest } from '../support/shared';
import { loadPrimitives } from '../support/vectors';

const f32 = Math.fround;

sharedTest(test, 'primitives.json preprocess_softmax_scaling: all rows', () => {
  const rows = loadPrimitives('preprocess_softmax_scaling');
  assert.is(rows.length, 100);
  for (const [beta, scale, multiplier, leftShift, diffMin] of rows) {
    const actual = softmaxParameters(f32(beta), f32(scale));
    assert.equal(actual, { multiplier, leftShift, diffMin }, `softmaxParameters(${beta}, ${scale})`);
  }
});

function refuses(what: string, compute: () => unknown): void {
  test(`${what} is refused`, () => {
    assert.throws(compute, (error: unknown) => error instanceof ModelError && error.code === 'unsupported-feature');
  });
}
refuses('SOFTMAX with beta 2^-26 and scale 1', () => softmaxParameters(2 ** -26, 1));
refuses('ADD with input scale 1 and output scale 2^-19', () => addMultipliers(1, 0.5, 2 ** -19));
refuses('HARD_SWISH with input scale 1 and output scale 2^-7', () => hardSwishParameters(1, 2 ** -7));

test('ADD takes the smallest output scale above 2^-19 of the input scale', () => {
  assert.is(addMultipliers(1, 0.5, f32(2 ** -19 * 1.001)).output.shift, 0);
});

test('MEAN folds 1 / count in, truncated; count 1 and exact powers of two change the shift at most', () => {
  const { multiplier, shift } = rescaleMultiplier(f32(0.1), f32(0.3));
  assert.equal(meanMultiplier(f32(0.1), f32(0.3), 1), { multiplier, shift });
  assert.equal(meanMultiplier(f32(0.1), f32(0.3), 64), { multiplier, shift: shift - 6 });
  assert.equal(meanMultiplier(f32(0.1), f32(0.3), 49), { multiplier: Math.trunc((multiplier * 32) / 49), shift: shift - 5 });
});

test('MEAN with a tiny ratio keeps the shift at -31', () => {
  const { shift } = rescaleMultiplier(2 ** -28, 1);
  assert.is(shift, -27);
  assert.equal(meanMultiplier(2 ** -28, 1, 49), { multiplier: Math.trunc(2 ** 34 / 49), shift: -31 });
});

test('MUL, DIV and slopes round every step to float32, RSQRT only its divisor', () => {
  const random = new Random(21);
  for (let i = 0; i < 200; i++) {
    const [a, b, out] = [0, 0, 0].map(() => f32(0.001 + random.real()));
    const context = `scales ${a}, ${b}, ${out}`;
    const single = new Float32Array(3);
    single[0] = a * b;
    single[1] = single[0] / out;
    assert.equal(mulMultiplier(a, b, out), quantizeMultiplier(single[1]), context);
    assert.equal(slopeMultiplier(a, b, out), quantizeMultiplier(single[1]), context);
    single[0] = b * out;
    single[1] = a / single[0];
    assert.equal(divMultiplier(a, b, out), quantizeMultiplier(single[1]), context);
    single[0] = Math.sqrt(a);
    single[1] = single[0] * out;
    assert.equal(rsqrtMultiplier(a, out), quantizeMultiplier(1 / single[1]), context);
  }
});

test.run();
