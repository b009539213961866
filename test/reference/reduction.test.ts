// Owns the tests of MEAN and SUM beside the golden cases: plain dtypes, axes, empty tensors, quantized sums.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { DType, Quantization } from '../../src/graph/graph';
import { reductionKernels } from '../../src/reference/reduction';
import { quantized } from '../support/build';
import { ints, runKernel, type Tensor } from '../support/kernel';

function reduce(type: 'MEAN' | 'SUM', input: Tensor, axes: number[], shape: number[], quantization?: Quantization): (number | bigint)[] {
  const [output] = runKernel(reductionKernels, type, { keepDims: false }, [input, ints(...axes)], [input[0], shape, quantization]);
  return Array.from<number | bigint, number | bigint>(output, (element) => element);
}

const six = [1, 2, 3, 4, 5, 6];
const cases: ['MEAN' | 'SUM', DType, axes: number[], shape: number[], expected: (number | bigint)[]][] = [
  ['SUM', 'float32', [0], [3], [5, 7, 9]],
  ['MEAN', 'float32', [1], [2], [2, 5]],
  ['MEAN', 'float32', [-1, 0, 1], [], [3.5]],
  ['SUM', 'float32', [], [2, 3], six],
  ['MEAN', 'int32', [0], [3], [2, 3, 4]],
  ['SUM', 'int32', [-1], [2], [6, 15]],
  ['MEAN', 'int64', [1], [2], [2n, 5n]],
  ['SUM', 'int64', [0, 1], [], [21n]],
];
for (const [type, dtype, axes, shape, expected] of cases) {
  test(`${type} ${dtype} [2,3] of 1..6 over axes [${axes}] is ${expected}`, () => {
    assert.equal(reduce(type, [dtype, [2, 3], six], axes, shape), expected);
  });
}

test('int32 sums wrap, int32 means do not and truncate', () => {
  const input: Tensor = ['int32', [2], [2 ** 31 - 1, 2]];
  assert.equal(reduce('SUM', input, [0], []), [-(2 ** 31) + 1]);
  assert.equal(reduce('MEAN', input, [0], []), [2 ** 30]);
  assert.equal(reduce('MEAN', ['int32', [2], [-3, 0]], [0], []), [-1]);
});

test('float sums are rounded at every step', () => {
  assert.equal(reduce('SUM', ['float32', [3], [2 ** 24, 1, 1]], [0], []), [2 ** 24]);
});

test('over no elements: SUM is 0, MEAN is NaN in float32 and 0 in int32 and codes', () => {
  assert.equal(reduce('SUM', ['float32', [0, 2], []], [0], [2]), [0, 0]);
  assert.equal(reduce('MEAN', ['float32', [0, 2], []], [0], [2]), [Number.NaN, Number.NaN]);
  assert.equal(reduce('MEAN', ['int32', [0, 1], []], [0], [1]), [0]);
  assert.equal(reduce('MEAN', ['int8', [0, 1], [], quantized(1, 3)], [0], [1], quantized(1, 3)), [0]);
});

test('a scalar ignores its axes', () => {
  assert.equal(reduce('MEAN', ['float32', [], [4]], [0], []), [4]);
});

test('SUM int8 takes the zero point off every element, rescales once and saturates', () => {
  const input: Tensor = ['int8', [2, 3], [4, 5, 6, 127, 127, 127], quantized(0.5, 3)];
  // (1 + 2 + 3) * 0.5 / 0.25 - 7, and (3 * 124) * 2 beyond the range.
  assert.equal(reduce('SUM', input, [1], [2], quantized(0.25, -7)), [5, 127]);
});

test.run();
