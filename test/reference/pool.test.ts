// Owns the tests of the pools beside the golden cases: floats, explicit padding, rounding in code space.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import { poolKernels } from '../../src/reference/pool';
import { quantized, window } from '../support/build';
import { runKernel, type Tensor } from '../support/kernel';

const pool = (filterW: number, padding: typeof window.padding | 'SAME' = 'VALID') => ({ ...window, padding, filterH: 1, filterW });

// integer_ops/pooling.h: halves go away from code 0, whatever the zero point.
const averages: [codes: number[], average: number][] = [
  [[-1, -2], -2],
  [[1, 2], 2],
  [[-1, 0], -1],
  [[-1, -1, 0], -1],
  [[-1, 0, 0], 0],
  [[0, 0, 1], 0],
];
for (const [codes, expected] of averages) {
  test(`the int8 average of ${codes} is ${expected}`, () => {
    const input: Tensor = ['int8', [1, 1, codes.length, 1], codes, quantized(1, 3)];
    const [output] = runKernel(poolKernels, 'AVERAGE_POOL_2D', pool(codes.length), [input], ['int8', [1, 1, 1, 1], quantized(1, 3)]);
    assert.equal([...output], [expected]);
  });
}

test('float pools skip what lies outside the image, and clamp', () => {
  const input: Tensor = ['float32', [1, 1, 3, 2], [-1, 10, -2, 20, -6, 60]];
  const run = (type: 'AVERAGE_POOL_2D' | 'MAX_POOL_2D', activation: 'NONE' | 'RELU6') => [
    ...runKernel(poolKernels, type, { ...pool(3, 'SAME'), activation }, [input], ['float32', [1, 1, 3, 2]])[0],
  ];
  assert.equal(run('AVERAGE_POOL_2D', 'NONE'), [-1.5, 15, -3, 30, -4, 40]);
  assert.equal(run('MAX_POOL_2D', 'NONE'), [-1, 20, -1, 60, -2, 60]);
  assert.equal(run('MAX_POOL_2D', 'RELU6'), [0, 6, 0, 6, 0, 6]);
});

test('explicit padding shifts the windows and does not count', () => {
  const input: Tensor = ['float32', [1, 2, 2, 1], [1, 2, 3, 5]];
  const attributes = { ...window, padding: { top: 1, bottom: 0, left: 1, right: 0 }, filterH: 2, filterW: 2 };
  const [output] = runKernel(poolKernels, 'AVERAGE_POOL_2D', attributes, [input], ['float32', [1, 2, 2, 1]]);
  assert.equal([...output], [1, 1.5, 2, 2.75]);
});

test('a window wholly in the padding throws bad-data and names its place', () => {
  const input: Tensor = ['float32', [1, 1, 1, 1], [1]];
  const attributes = { ...window, padding: { top: 0, bottom: 0, left: 2, right: 0 }, filterH: 1, filterW: 2 };
  assert.throws(
    () => runKernel(poolKernels, 'AVERAGE_POOL_2D', attributes, [input], ['float32', [1, 1, 2, 1]]),
    (error: unknown) => error instanceof ModelError && error.code === 'bad-data' && /row 0, column 0/.test(error.message),
  );
});

test.run();
