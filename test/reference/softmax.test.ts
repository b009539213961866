// Owns the tests of SOFTMAX beside the golden cases: floats, rows, and the sums that TFLite leaves undefined.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { softmaxKernels } from '../../src/reference/softmax';
import { quantized } from '../support/build';
import { runKernel } from '../support/kernel';

test('float32 rows add up to 1, beta scales, large inputs do not overflow', () => {
  const [output] = runKernel(
    softmaxKernels,
    'SOFTMAX',
    { beta: 0.5 },
    [['float32', [2, 3], [0, 2, 4, 1000, 1000, -1000]]],
    ['float32', [2, 3]],
  );
  const [a, b, c] = [0, 1, 2].map(Math.exp);
  const expected = [a / (a + b + c), b / (a + b + c), c / (a + b + c), 0.5, 0.5, 0];
  expected.forEach((probability, i) => {
    assert.ok(Math.abs(Number(output[i]) - probability) < 1e-7, `element ${i}: ${output[i]}, expected ${probability}`);
  });
});

for (const [dtype, zeroPoint] of [
  ['int8', -128],
  ['uint8', 0],
] as const) {
  test(`${dtype}: of n equal elements each has 256 / n, up to 1000 elements`, () => {
    for (const n of [1, 2, 3, 16, 100, 256, 511, 512, 1000]) {
      const input = [dtype, [n], [7], quantized(0.1)] as const;
      const [output] = runKernel(softmaxKernels, 'SOFTMAX', { beta: 1 }, [[...input]], [dtype, [n], quantized(1 / 256, zeroPoint)]);
      const expected = Math.min(Math.round(256 / n), 255);
      for (const code of output) assert.is(Number(code) - zeroPoint, n >= 512 ? 0 : expected, `n = ${n}`);
    }
  });
}

test('int8 to int16: of n equal elements each has 65536 / n', () => {
  for (const n of [1, 2, 3, 16, 100, 511, 512, 1000]) {
    const output = ['int16', [n], quantized(2 ** -16, -32768)] as const;
    const [probabilities] = runKernel(softmaxKernels, 'SOFTMAX', { beta: 1 }, [['int8', [n], [7], quantized(0.1)]], [...output]);
    for (const code of probabilities) assert.is(Number(code) + 32768, Math.min(Math.round(65536 / n), 65535), `n = ${n}`);
  }
});

test.run();
