// Owns the tests of gemmlowp's fixed-point functions: golden tables, and closeness to the real functions.
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { expOnNegativeValues, inverseSqrt, logOfSum, oneOverOnePlusX, reciprocal } from '../../src/quant/fixed-point';
import { sharedTest } from '../support/shared';
import { loadPrimitives } from '../support/vectors';

sharedTest(test, 'primitives.json exp_on_negative_values_q5_26: all rows', () => {
  const rows = loadPrimitives('exp_on_negative_values_q5_26');
  assert.is(rows.length, 250);
  for (const [raw, expected] of rows) assert.is(expOnNegativeValues(raw), expected, `exp of raw ${raw}`);
});

sharedTest(test, 'primitives.json one_over_one_plus_x_for_x_in_0_1: all rows', () => {
  const rows = loadPrimitives('one_over_one_plus_x_for_x_in_0_1');
  assert.is(rows.length, 150);
  for (const [raw, expected] of rows) assert.is(oneOverOnePlusX(raw), expected, `1 / (1 + raw ${raw})`);
});

sharedTest(test, 'primitives.json get_reciprocal_x_digits12: all rows', () => {
  const rows = loadPrimitives('get_reciprocal_x_digits12');
  assert.is(rows.length, 150);
  for (const [x, expected, bits] of rows) {
    assert.equal(reciprocal(x, 12), { reciprocal: expected, bitsOverUnit: bits }, `reciprocal(${x}, 12)`);
  }
});

sharedTest(test, 'primitives.json get_inv_sqrt_quantized_multiplier_exp: all rows', () => {
  const rows = loadPrimitives('get_inv_sqrt_quantized_multiplier_exp');
  assert.is(rows.length, 150);
  for (const [x, multiplier, shift] of rows) {
    const actual = inverseSqrt(x);
    assert.equal([actual.multiplier, actual.shift + 0], [multiplier, shift], `inverseSqrt(${x})`);
  }
});

test('log of sums from 1 to 4096 stays close to the real one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2 ** 19, max: 2 ** 31 - 1 }), (raw) => {
      assert.ok(Math.abs(logOfSum(raw) / 2 ** 26 - Math.log(raw / 2 ** 19)) < 2e-6, `log of raw ${raw}`);
    }),
    { seed: 3, numRuns: 2000, examples: [[2 ** 19], [2 ** 31 - 1]] },
  );
});

test('exp, reciprocal and inverse square root stay close to the real functions', () => {
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 31), max: 0 }), fc.integer({ min: 2, max: 2 ** 31 - 1 }), (raw, x) => {
      assert.ok(Math.abs(expOnNegativeValues(raw) / 2 ** 31 - Math.exp(raw / 2 ** 26)) < 1e-6, `exp of raw ${raw}`);
      const inverse = reciprocal(x, 31);
      assert.ok(Math.abs(inverse.reciprocal * 2 ** (-31 - inverse.bitsOverUnit) * x - 1) < 1e-8, `1 / ${x}`);
      const root = inverseSqrt(x);
      assert.ok(Math.abs(root.multiplier * 2 ** (root.shift - 31) * Math.sqrt(x) - 1) < 1e-5, `1 / sqrt(${x})`);
    }),
    { seed: 3, numRuns: 2000 },
  );
});

test.run();
