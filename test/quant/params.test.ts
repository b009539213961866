// Owns the tests of quantization parameters: zero is exact, ranges are covered, codes come back within half a step.
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import {
  activationParams,
  quantizeBias,
  quantizeWeights,
  quantizeWideBias,
  tensorParams,
  weightRanges,
  widenForBias,
} from '../../src/quant/params';

const f32 = Math.fround;

test('MobileNet ranges: [-1, 1] and [0, 6] in int8 and uint8', () => {
  assert.equal(activationParams(-1, 1, 'uint8'), { scale: f32(2 / 255), zeroPoint: 127 });
  assert.equal(activationParams(-1, 1, 'int8'), { scale: f32(2 / 255), zeroPoint: -1 });
  assert.equal(activationParams(0, 6, 'uint8'), { scale: f32(6 / 255), zeroPoint: 0 });
  assert.equal(activationParams(0, 6, 'int8'), { scale: f32(6 / 255), zeroPoint: -128 });
});

test('a range beside 0 is widened to 0, an empty one gets scale 1', () => {
  assert.equal(activationParams(2, 4, 'int8'), activationParams(0, 4, 'int8'));
  assert.equal(activationParams(-4, -2, 'uint8'), { scale: f32(4 / 255), zeroPoint: 255 });
  assert.equal(activationParams(0, 0, 'int8'), { scale: 1, zeroPoint: -128 });
});

test('an infinite range throws bad-argument', () => {
  assert.throws(
    () => activationParams(0, Number.POSITIVE_INFINITY, 'int8'),
    (error: unknown) => error instanceof ModelError && error.code === 'bad-argument',
  );
});

test('zero points are codes and the ends of the range come back within a step', () => {
  const real = fc.double({ min: -1000, max: 1000, noNaN: true });
  fc.assert(
    fc.property(real, real, fc.constantFrom('int8' as const, 'uint8' as const), (a, b, dtype) => {
      const [min, max] = [Math.min(a, b, 0), Math.max(a, b, 0)];
      fc.pre(max - min > 1e-6);
      const { scale, zeroPoint } = activationParams(min, max, dtype);
      const lowest = dtype === 'int8' ? -128 : 0;
      assert.ok(Number.isInteger(zeroPoint) && zeroPoint >= lowest && zeroPoint <= lowest + 255);
      assert.ok(Math.abs((lowest - zeroPoint) * scale - min) <= scale * 0.501, `${dtype} [${min}, ${max}]`);
      assert.ok(Math.abs((lowest + 255 - zeroPoint) * scale - max) <= scale * 0.501, `${dtype} [${min}, ${max}]`);
    }),
    { seed: 17, numRuns: 1000 },
  );
});

test('weights [2, 2, 3]: ranges and codes along axis 0, 1, 2 and of the whole', () => {
  const shape = [2, 2, 3];
  const weights = [1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12];
  const cases: [number | undefined, number[]][] = [
    [0, [6, 12]],
    [1, [9, 12]],
    [2, [10, 11, 12]],
    [undefined, [12]],
  ];
  for (const [axis, expected] of cases) {
    const ranges = weightRanges(weights, shape, axis);
    assert.equal([...ranges], expected, `axis ${axis}`);
    const { data, scale } = quantizeWeights(weights, shape, ranges, axis);
    assert.equal(
      scale,
      expected.map((range) => f32(range / 127)),
      `axis ${axis}`,
    );
    weights.forEach((weight, i) => {
      const index = [Math.floor(i / 6), Math.floor(i / 3) % 2, i % 3];
      const step = scale[axis === undefined ? 0 : index[axis]];
      assert.ok(Math.abs(data[i] * step - weight) <= step / 2 + 1e-6, `axis ${axis}, element ${i}: code ${data[i]}`);
    });
    assert.ok(data.every((code) => code >= -127));
  }
});

test('a channel of zeros gets scale 1 and codes 0; values beyond their range saturate at 127', () => {
  const { data, scale } = quantizeWeights([0, 0, 3, -1], [2, 2], Float32Array.of(0, 2), 0);
  assert.equal(scale, [1, f32(2 / 127)]);
  assert.equal([...data], [0, 0, 127, -64]);
});

test('bias codes are at scale input * weight, with one weight scale or one per channel', () => {
  assert.equal(quantizeBias([0.5, -0.25], 0.5, [0.25, 0.125]), { data: Int32Array.of(4, -4), scale: [0.125, 0.0625] });
  assert.equal(quantizeBias([0.5, -0.25], 0.5, [0.25]), { data: Int32Array.of(4, -2), scale: [0.125] });
  assert.equal([...quantizeBias([1e30, -1e30], 1, [1]).data], [2 ** 31 - 1, -(2 ** 31) + 1]);
});

test('bias codes of both widths round halves away from zero, as TfLiteRound', () => {
  const bias = [0.25, -0.25, 0.75, -0.75, -0.625, 0.625, -0.5, -0.125];
  const codes = [1, -1, 2, -2, -1, 1, -1, 0];
  assert.equal([...quantizeBias(bias, 0.5, [1]).data], codes);
  assert.equal(quantizeWideBias(bias, 0.5, [1]), { data: BigInt64Array.from(codes, BigInt), scale: [0.5] });
  const wide = quantizeWideBias([2 ** 40 + 0.5, -(2 ** 40) - 0.5, -(2 ** 40) - 0.25], 0.5, [2]);
  assert.equal([...wide.data], [2n ** 40n + 1n, -(2n ** 40n) - 1n, -(2n ** 40n)]);
});

test('a bias beyond half of int32 widens the range of its channel so that it fits, others stay', () => {
  const inputScale = f32(0.01);
  const bias = [1e4, 0.5, 0];
  const ranges = widenForBias(Float32Array.of(1e-4, 1, 0), bias, inputScale);
  assert.equal([...ranges.slice(1)], [1, 0]);
  const { scale } = quantizeWeights([0, 0, 0], [3], ranges, 0);
  const quantized = quantizeBias(bias, inputScale, scale);
  assert.ok(Math.abs(quantized.data[0] - 2 ** 30) < 1000, `${quantized.data[0]}`);
  assert.ok(Math.abs(quantized.data[0] * quantized.scale[0] - 1e4) < 0.01);
});

test('tensorParams names the value that has no quantization', () => {
  assert.throws(
    () => tensorParams({ id: 4, name: 'x', dtype: 'int8', shape: [] }),
    (error: unknown) => error instanceof ModelError && error.code === 'bad-quantization' && error.where === "tensor 4 'x'",
  );
});

test.run();
