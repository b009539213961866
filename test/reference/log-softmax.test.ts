// Owns the tests of LOG_SOFTMAX: floats and codes beside the logarithm of a softmax in double, and equal rows.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { logSoftmaxKernels } from '../../src/reference/log-softmax';
import { quantized } from '../support/build';
import { runKernel } from '../support/kernel';
import { Random } from '../support/random';

function logSoftmax(row: readonly number[]): number[] {
  const largest = Math.max(...row);
  const logSum = Math.log(row.reduce((sum, x) => sum + Math.exp(x - largest), 0));
  return row.map((x) => x - largest - logSum);
}

test('float32 rows are the logarithms of probabilities, also where exponentials overflow', () => {
  const [output] = runKernel(
    logSoftmaxKernels,
    'LOG_SOFTMAX',
    {},
    [['float32', [2, 3], [0, 2, 4, 1000, 1000, -1000]]],
    ['float32', [2, 3]],
  );
  const expected = [...logSoftmax([0, 2, 4]), ...logSoftmax([1000, 1000, -1000])];
  expected.forEach((y, i) => {
    assert.ok(Math.abs(Number(output[i]) - y) <= 1e-6 * Math.max(1, Math.abs(y)), `element ${i} is ${output[i]}, expected ${y}`);
  });
});

for (const [dtype, zeroPoint, lowest] of [
  ['int8', 127, -128],
  ['uint8', 255, 0],
] as const) {
  test(`${dtype}: within a code of the real logarithm, for scales from 0.001 to 2 and rows up to 300`, () => {
    const random = new Random(5);
    for (const scale of [0.001, 0.01, 0.05, 0.3, 2].map(Math.fround)) {
      for (const depth of [1, 2, 17, 300]) {
        const codes = Array.from({ length: depth }, () => random.integer(lowest, lowest + 255));
        const [output] = runKernel(
          logSoftmaxKernels,
          'LOG_SOFTMAX',
          {},
          [[dtype, [depth], codes, quantized(scale, 3)]],
          [dtype, [depth], quantized(1 / 16, zeroPoint)],
        );
        logSoftmax(codes.map((code) => scale * code)).forEach((y, i) => {
          const code = Math.max(y * 16 + zeroPoint, lowest);
          assert.ok(
            Math.abs(Number(output[i]) - code) < 0.51,
            `scale ${scale}, depth ${depth}, element ${i}: ${output[i]}, expected ${code}`,
          );
        });
      }
    }
  });
}

test.run();
