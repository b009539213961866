// Owns the tests of quantizeMultiplier and of C's rounding.
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import { quantizeMultiplier, roundHalfAwayFromZero } from '../../src/quant/multiplier';
import { sharedTest } from '../support/shared';
import { loadPrimitives } from '../support/vectors';

sharedTest(test, 'primitives.json quantize_multiplier: all rows', () => {
  const rows = loadPrimitives('quantize_multiplier');
  assert.is(rows.length, 300);
  for (const [real, multiplier, shift] of rows) {
    assert.equal(quantizeMultiplier(real), { multiplier, shift }, `quantizeMultiplier(${real})`);
  }
});

// QuantizeMultiplier, tflite/kernels/internal/quantization_util.cc: the carry at 2^31, the flush below 2^-32.
const edges: [real: number, multiplier: number, shift: number][] = [
  [0, 0, 0],
  [1, 2 ** 30, 1],
  [0.5, 2 ** 30, 0],
  [1 - 2 ** -33, 2 ** 30, 1],
  [1 - 2 ** -31, 0x7fffffff, 0],
  [2 ** -31, 2 ** 30, -30],
  [2 ** -32, 2 ** 30, -31],
  [2 ** -33, 0, 0],
  [Number.MIN_VALUE, 0, 0],
  [4e9, 2000000000, 32],
  [-0.75, -1610612736, 0],
];
for (const [real, multiplier, shift] of edges) {
  test(`quantizeMultiplier(${real}) is ${multiplier} * 2^(${shift} - 31)`, () => {
    assert.equal(quantizeMultiplier(real), { multiplier, shift });
  });
}

test('a multiplier is within half a unit of its 31 bits', () => {
  fc.assert(
    fc.property(fc.double({ min: 2 ** -31, max: 2 ** 20, noNaN: true }), (real) => {
      const { multiplier, shift } = quantizeMultiplier(real);
      assert.ok(multiplier >= 2 ** 30 && multiplier < 2 ** 31, `${real} -> ${multiplier}`);
      assert.ok(Math.abs(real * 2 ** (31 - shift) - multiplier) <= 0.5, `${real} -> ${multiplier}, ${shift}`);
    }),
    { seed: 11, numRuns: 2000 },
  );
});

for (const real of [Number.NaN, Number.POSITIVE_INFINITY]) {
  test(`quantizeMultiplier(${real}) throws bad-quantization`, () => {
    assert.throws(
      () => quantizeMultiplier(real),
      (error: unknown) => error instanceof ModelError && error.code === 'bad-quantization',
    );
  });
}

const roundings: [x: number, rounded: number][] = [
  [0.5, 1],
  [-0.5, -1],
  [1.5, 2],
  [-2.5, -3],
  [0.49999999999999994, 0],
  [-0.49999999999999994, 0],
  [4503599627370497, 4503599627370497],
  [2.4, 2],
  [-2.6, -3],
];
for (const [x, rounded] of roundings) {
  test(`roundHalfAwayFromZero(${x}) is ${rounded}`, () => {
    assert.is(roundHalfAwayFromZero(x) + 0, rounded);
  });
}

test.run();
