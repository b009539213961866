// Owns the tests of MEAN, SUM and REDUCE_* beside the golden cases: plain dtypes, axes, empty tensors, quantized sums.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { DType, Quantization } from '../../src/graph/graph';
import { reductionKernels } from '../../src/reference/reduction';
import { quantized } from '../support/build';
import { ints, runKernel, type Tensor } from '../support/kernel';

function reduce(
  type: 'MEAN' | 'SUM' | Selection,
  input: Tensor,
  axes: number[],
  shape: number[],
  quantization?: Quantization,
): (number | bigint)[] {
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

type Selection = 'REDUCE_MAX' | 'REDUCE_MIN' | 'REDUCE_PROD' | 'REDUCE_ANY' | 'REDUCE_ALL';
const selections: [Selection, DType, data: number[], axes: number[], shape: number[], expected: (number | bigint)[]][] = [
  ['REDUCE_MAX', 'float32', [1, -2, 3, 0.5, -5, 6], [1], [2], [3, 6]],
  ['REDUCE_MIN', 'float32', [1, -2, 3, 0.5, -5, 6], [0], [3], [0.5, -5, 3]],
  ['REDUCE_MAX', 'float32', [Number.NaN, -2, 3, Number.NaN, Number.NaN, Number.NaN], [-1], [2], [3, -3.4028234663852886e38]],
  ['REDUCE_PROD', 'float32', [1, -2, 3, 0.5, -5, 6], [0, 1], [], [90]],
  ['REDUCE_MAX', 'int8', [-128, -100, -3, -4, -5, -128], [1], [2], [-3, -4]],
  ['REDUCE_MIN', 'uint8', [9, 200, 255, 4, 5, 6], [1], [2], [9, 4]],
  ['REDUCE_MAX', 'int64', [-9, -8, -7, 1, 2, 3], [1], [2], [-7n, 3n]],
  ['REDUCE_MIN', 'int32', [-9, -8, -7, 1, 2, 3], [0], [3], [-9, -8, -7]],
  ['REDUCE_PROD', 'int32', [65537, 65537, 1, 1, 2, 3], [1], [2], [131073, 6]],
  ['REDUCE_PROD', 'int64', [2 ** 40, 4, 1, 1, 2, 3], [1], [2], [2n ** 42n, 6n]],
  ['REDUCE_MAX', 'bool', [0, 0, 0, 0, 1, 0], [1], [2], [0, 1]],
  ['REDUCE_ANY', 'bool', [0, 0, 0, 0, 1, 0], [1], [2], [0, 1]],
  ['REDUCE_ALL', 'bool', [1, 0, 1, 1, 1, 1], [1], [2], [0, 1]],
];
for (const [type, dtype, data, axes, shape, expected] of selections) {
  test(`${type} ${dtype} [2,3] of [${data}] over axes [${axes}] is ${expected}`, () => {
    assert.equal(reduce(type, [dtype, [2, 3], data], axes, shape), expected);
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
