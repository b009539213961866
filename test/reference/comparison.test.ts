// Owns the tests of comparisons, logic and selection: every dtype, scaled codes, broadcasting, conditions of less rank.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { DType, OperatorType } from '../../src/graph/graph';
import { comparisonKernels } from '../../src/reference/comparison';
import { unaryKernels } from '../../src/reference/unary';
import { quantized } from '../support/build';
import { runKernel, type Tensor } from '../support/kernel';

type Comparison = 'EQUAL' | 'NOT_EQUAL' | 'LESS' | 'LESS_EQUAL' | 'GREATER' | 'GREATER_EQUAL';

const results: Record<Comparison, number[]> = {
  EQUAL: [0, 1, 0],
  NOT_EQUAL: [1, 0, 1],
  LESS: [1, 0, 0],
  LESS_EQUAL: [1, 1, 0],
  GREATER: [0, 0, 1],
  GREATER_EQUAL: [0, 1, 1],
};

function compute(type: OperatorType, inputs: Tensor[], shape: number[]): number[] {
  return Array.from(runKernel(comparisonKernels, type, {} as never, inputs, ['bool', shape])[0], Number);
}

for (const [type, expected] of Object.entries(results) as [Comparison, number[]][]) {
  for (const dtype of ['float32', 'int32', 'int64'] as const) {
    test(`${type} ${dtype} of 1, 2, 3 and 2`, () => {
      const inputs: Tensor[] = [
        [dtype, [3], [1, 2, 3]],
        [dtype, [], [2]],
      ];
      assert.equal(compute(type, inputs, [3]), expected);
    });
  }

  for (const [dtype, zeroPoint] of [
    ['int8', -3],
    ['uint8', 7],
  ] as const) {
    test(`${type} ${dtype} compares reals, not codes`, () => {
      // 1, 2, 3 at scale 0.25 and 2 at scale 0.5.
      const inputs: Tensor[] = [
        [dtype, [3], [4, 8, 12].map((code) => code + zeroPoint), quantized(0.25, zeroPoint)],
        [dtype, [1], [6], quantized(0.5, 2)],
      ];
      assert.equal(compute(type, inputs, [3]), expected);
    });
  }
}

test('NaN is unequal to itself and in no order', () => {
  const nan: Tensor = ['float32', [1], [Number.NaN]];
  assert.equal(
    (Object.keys(results) as Comparison[]).map((type) => compute(type, [nan, nan], [1])[0]),
    [0, 1, 0, 0, 0, 0],
  );
});

test('codes that differ by less than 2^-8 of a step of 2^-31 compare equal, as their scaled values are', () => {
  const inputs: Tensor[] = [
    ['int8', [1], [100], quantized(1e-12)],
    ['int8', [1], [50], quantized(1e-12)],
  ];
  assert.equal(compute('EQUAL', inputs, [1]), [1]);
});

test('codes are compared as multiples of 2^-8 of a real unit', () => {
  // 0.100, 0.101 and 0.104 are 25.6, 25.9 and 26.6 of them, rounded.
  const code = (element: number): Tensor => ['int8', [1], [element], quantized(0.001)];
  assert.equal(compute('EQUAL', [code(100), code(101)], [1]), [1]);
  assert.equal(compute('LESS', [code(100), code(104)], [1]), [1]);
});

test('LOGICAL_AND, LOGICAL_OR and LOGICAL_NOT', () => {
  const inputs: Tensor[] = [
    ['bool', [2, 1], [0, 1]],
    ['bool', [2], [0, 1]],
  ];
  assert.equal(compute('LOGICAL_AND', inputs, [2, 2]), [0, 0, 0, 1]);
  assert.equal(compute('LOGICAL_OR', inputs, [2, 2]), [0, 1, 1, 1]);
  assert.equal([...runKernel(unaryKernels, 'LOGICAL_NOT', {}, [['bool', [2], [0, 1]]], ['bool', [2]])[0]], [1, 0]);
});

function choose(type: 'SELECT' | 'SELECT_V2', dtype: DType, condition: Tensor, x: Tensor, y: Tensor, shape: number[]): number[] {
  return Array.from(runKernel(comparisonKernels, type, {}, [condition, x, y], [dtype, shape])[0], Number);
}

for (const dtype of ['float32', 'int64', 'int8'] as const) {
  const x: Tensor = [dtype, [2, 2], [1, 2, 3, 4]];
  const y: Tensor = [dtype, [2, 2], [5, 6, 7, 8]];
  test(`SELECT ${dtype} by one condition, by one per row, and by one per element`, () => {
    assert.equal(choose('SELECT', dtype, ['bool', [], [0]], x, y, [2, 2]), [5, 6, 7, 8]);
    assert.equal(choose('SELECT', dtype, ['bool', [2], [1, 0]], x, y, [2, 2]), [1, 2, 7, 8]);
    assert.equal(choose('SELECT', dtype, ['bool', [2, 2], [1, 0, 0, 1]], x, y, [2, 2]), [1, 6, 7, 4]);
  });

  test(`SELECT_V2 ${dtype} repeats all three`, () => {
    assert.equal(choose('SELECT_V2', dtype, ['bool', [2], [1, 0]], x, [dtype, [2, 1], [5, 6]], [2, 2]), [1, 5, 3, 6]);
    assert.equal(choose('SELECT_V2', dtype, ['bool', [2, 1], [1, 0]], x, [dtype, [], [9]], [2, 2]), [1, 2, 9, 9]);
  });
}

test.run();
