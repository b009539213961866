// Owns the tests of unary operators beside the golden cases: floats, and the 8-bit EXP, SQRT and RSQRT.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import type { OperatorType } from '../../src/graph/graph';
import { unaryKernels } from '../../src/reference/unary';
import { quantized } from '../support/build';
import { runKernel } from '../support/kernel';

// Below -9 TFLite takes exp(x) alone.
const sigmoid = (x: number) => (x < -9 ? Math.exp(x) : 1 / (1 + Math.exp(-x)));
const floats: [Exclude<OperatorType, 'LEAKY_RELU'>, (x: number) => number][] = [
  ['LOGISTIC', sigmoid],
  ['TANH', Math.tanh],
  ['EXP', Math.exp],
  ['SQRT', Math.sqrt],
  ['RSQRT', (x) => 1 / Math.sqrt(x)],
  ['HARD_SWISH', (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6],
  ['RELU', (x) => Math.max(x, 0)],
  ['RELU6', (x) => Math.min(Math.max(x, 0), 6)],
  ['RELU_N1_TO_1', (x) => Math.min(Math.max(x, -1), 1)],
];
const inputs = [-20, -9.5, -3, -1, -0.25, 0, 0.25, 1, 2.5, 6.5, 17];
for (const [type, expected] of floats) {
  test(`${type} float32 on ${inputs}`, () => {
    const output = runKernel(unaryKernels, type, {} as never, [['float32', [inputs.length], inputs]], ['float32', [inputs.length]])[0];
    inputs.forEach((x, i) => {
      const [actual, wanted] = [Number(output[i]), expected(x)];
      const close = Object.is(actual, wanted) || Math.abs(actual - wanted) <= 1e-6 * Math.abs(wanted);
      assert.ok(close, `${type}(${x}) is ${actual}, expected ${wanted}`);
    });
  });
}

test('LEAKY_RELU float32 with slopes 0.5 and -2', () => {
  for (const alpha of [0.5, -2]) {
    const [output] = runKernel(unaryKernels, 'LEAKY_RELU', { alpha }, [['float32', [3], [-2, 0, 2]]], ['float32', [3]]);
    assert.equal(
      [...output].map((x) => Number(x) + 0),
      [-2 * alpha, 0, 2],
    );
  }
});

test('LEAKY_RELU int8 with a negative slope rounds as the positive slope does, negated', () => {
  const codes = Array.from({ length: 128 }, (_, i) => i - 128);
  const run = (alpha: number) =>
    runKernel(unaryKernels, 'LEAKY_RELU', { alpha }, [['int8', [128], codes, quantized(1)]], ['int8', [128], quantized(4)])[0];
  const positive = run(0.5);
  assert.equal(
    [...run(-0.5)],
    [...positive].map((code) => 0 - Number(code)),
  );
  assert.equal([...positive.slice(-5)], [-1, -1, 0, 0, 0]);
});

/** Codes 0 to 127 stand for code * inputScale. */
function onCodes(type: 'EXP' | 'SQRT' | 'RSQRT', inputScale: number, outputScale: number, outputZeroPoint: number): number[] {
  const codes = Array.from({ length: 128 }, (_, i) => i);
  const output = ['int8', [128], quantized(outputScale, outputZeroPoint)] as const;
  return Array.from(runKernel(unaryKernels, type, {}, [['int8', [128], codes, quantized(inputScale)]], [...output])[0], Number);
}

test('EXP int8 is the nearest code, saturated', () => {
  const actual = onCodes('EXP', 0.05, 0.5, -100);
  actual.forEach((code, i) => {
    const real = Math.min(Math.exp(i * 0.05) / 0.5 - 100, 127);
    assert.ok(Math.abs(code - real) <= 0.501, `EXP of code ${i} is ${code}, expected ${real}`);
  });
});

test('SQRT int8 truncates towards its zero point', () => {
  onCodes('SQRT', 0.1, 0.03, -20).forEach((code, i) => {
    const real = Math.min(Math.sqrt(i * Math.fround(0.1)) / Math.fround(0.03), 147);
    assert.ok(real - (code + 20) > -1e-4 && real - (code + 20) < 1, `SQRT of code ${i} is ${code}, expected ${real - 20} truncated`);
  });
});

test('RSQRT int8 is within a code, and the largest code at zero', () => {
  const actual = onCodes('RSQRT', 0.1, 0.02, -128);
  assert.is(actual[0], 127);
  actual.slice(1).forEach((code, i) => {
    const real = Math.min(1 / Math.sqrt((i + 1) * 0.1) / 0.02 - 128, 127);
    assert.ok(Math.abs(code - real) <= 0.51, `RSQRT of code ${i + 1} is ${code}, expected ${real}`);
  });
});

for (const type of ['SQRT', 'RSQRT'] as const) {
  test(`${type} int8 of a negative number throws bad-data`, () => {
    assert.throws(
      () => runKernel(unaryKernels, type, {}, [['int8', [1], [-1], quantized(1)]], ['int8', [1], quantized(1)]),
      (error: unknown) => error instanceof ModelError && error.code === 'bad-data' && error.where === `${type} #0`,
    );
  });
}

test.run();
