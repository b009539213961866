// Owns the tests of unary operators beside the golden cases: plain numbers, and the 8-bit EXP, LOG, SQRT, RSQRT, ABS and GELU.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import type { OperatorType } from '../../src/graph/graph';
import { unaryKernels } from '../../src/reference/unary';
import { quantized } from '../support/build';
import { runKernel } from '../support/kernel';

// Below -9 TFLite takes exp(x) alone.
const sigmoid = (x: number) => (x < -9 ? Math.exp(x) : 1 / (1 + Math.exp(-x)));
const floats: [Exclude<OperatorType, 'LEAKY_RELU' | 'GELU'>, (x: number) => number][] = [
  ['LOGISTIC', sigmoid],
  ['TANH', Math.tanh],
  ['EXP', Math.exp],
  ['SQRT', Math.sqrt],
  ['RSQRT', (x) => 1 / Math.sqrt(x)],
  ['HARD_SWISH', (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6],
  ['RELU', (x) => Math.max(x, 0)],
  ['RELU6', (x) => Math.min(Math.max(x, 0), 6)],
  ['RELU_N1_TO_1', (x) => Math.min(Math.max(x, -1), 1)],
  ['RELU_0_TO_1', (x) => Math.min(Math.max(x, 0), 1)],
  ['ELU', (x) => (x < 0 ? Math.expm1(x) : x)],
  ['LOG', Math.log],
  ['SIN', Math.sin],
  ['COS', Math.cos],
  ['SQUARE', (x) => x * x],
  ['ABS', Math.abs],
  ['NEG', (x) => -x],
  ['SIGN', Math.sign],
  ['FLOOR', Math.floor],
  ['CEIL', Math.ceil],
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

test('ROUND takes halves to the even neighbour', () => {
  const halves = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4, -2.6, 8388609];
  const [output] = runKernel(unaryKernels, 'ROUND', {}, [['float32', [9], halves]], ['float32', [9]]);
  assert.equal(
    [...output].map((x) => Number(x) + 0),
    [-2, -2, 0, 0, 2, 2, 2, -3, 8388609],
  );
});

test('NEG of int64 and int32, ABS and SIGN of int32; the smallest integer is its own magnitude', () => {
  const run = (type: 'NEG' | 'ABS' | 'SIGN', dtype: 'int32' | 'int64', data: number[]) =>
    [...runKernel(unaryKernels, type, {}, [[dtype, [data.length], data]], [dtype, [data.length]])[0]].map(Number);
  assert.equal(run('NEG', 'int64', [2 ** 40, -3]), [-(2 ** 40), 3]);
  assert.equal(run('NEG', 'int32', [5, -3]), [-5, 3]);
  assert.equal(run('ABS', 'int32', [-7, 7, -(2 ** 31)]), [7, 7, -(2 ** 31)]);
  assert.equal(run('SIGN', 'int32', [-7, 0, 9]), [-1, 0, 1]);
});

for (const approximate of [false, true]) {
  test(`GELU float32, ${approximate ? 'by tanh' : 'by erf'}, at points of the normal distribution's table`, () => {
    // x times the cumulative normal distribution; tanh differs from it by up to 5e-4.
    const points = [-3, -1, 0, 0.5, 1, 2, 3.5];
    const expected = [-0.0040497, -0.1586553, 0, 0.3457312, 0.8413447, 1.9544997, 3.4991858];
    const [output] = runKernel(unaryKernels, 'GELU', { approximate }, [['float32', [7], points]], ['float32', [7]]);
    expected.forEach((y, i) => {
      assert.ok(Math.abs(Number(output[i]) - y) < (approximate ? 5e-4 : 1e-6), `GELU(${points[i]}) is ${output[i]}, expected ${y}`);
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
function onCodes(type: 'EXP' | 'LOG' | 'SQRT' | 'RSQRT', inputScale: number, outputScale: number, outputZeroPoint: number): number[] {
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

test('LOG int8 is the nearest code, the smallest at zero', () => {
  const actual = onCodes('LOG', 0.05, 0.03, 10);
  assert.is(actual[0], -128);
  actual.slice(1).forEach((code, i) => {
    const real = Math.max(Math.log((i + 1) * Math.fround(0.05)) / Math.fround(0.03) + 10, -128);
    assert.ok(Math.abs(code - real) <= 0.501, `LOG of code ${i + 1} is ${code}, expected ${real}`);
  });
});

test('ABS int8 rescales magnitudes, and saturates that of -128', () => {
  const run = (outputScale: number) =>
    [
      ...runKernel(
        unaryKernels,
        'ABS',
        {},
        [['int8', [4], [-128, -3, 0, 7], quantized(0.5)]],
        ['int8', [4], quantized(outputScale, -1)],
      )[0],
    ].map(Number);
  assert.equal(run(0.5), [127, 2, -1, 6]);
  assert.equal(run(1), [63, 1, -1, 3]);
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
