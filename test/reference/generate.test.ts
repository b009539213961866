// Owns the tests of WHERE, FILL, RANGE, ONE_HOT, TOPK_V2 and CUMSUM by their definitions.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { DType, OperatorAttributes, OperatorType } from '../../src/graph/graph';
import { generateKernels } from '../../src/reference/generate';
import { flatIndex, indicesOf, ints, positions, type Result, runKernel, type Tensor } from '../support/kernel';

function compute<T extends OperatorType>(type: T, attributes: OperatorAttributes[T], inputs: Tensor[], ...results: Result[]): number[][] {
  return runKernel(generateKernels, type, attributes, inputs, ...results).map((data) => Array.from<number | bigint, number>(data, Number));
}

for (const dtype of ['bool', 'float32', 'int64', 'int8'] as const) {
  test(`WHERE ${dtype} lists coordinates in order`, () => {
    const [found] = compute('WHERE', {}, [[dtype, [2, 1, 3], [0, 1, 0, 1, 0, 1]]], ['int64', [3, 3]]);
    assert.equal(found, [0, 0, 1, 1, 0, 0, 1, 0, 2]);
  });
}

test('FILL repeats an element', () => {
  assert.equal(compute('FILL', {}, [ints(2, 2), ['int64', [], [-7]]], ['int64', [2, 2]]), [[-7, -7, -7, -7]]);
  assert.equal(compute('FILL', {}, [ints(3), ['float32', [1], [0.5]]], ['float32', [3]]), [[0.5, 0.5, 0.5]]);
});

test('RANGE adds steps; float32 ones round at each', () => {
  const range = (dtype: DType, count: number, ...numbers: number[]) =>
    compute(
      'RANGE',
      {},
      numbers.map((x): Tensor => [dtype, [], [x]]),
      [dtype, [count]],
    )[0];
  assert.equal(range('int32', 4, 10, -1, -3), [10, 7, 4, 1]);
  assert.equal(range('int64', 3, 2, 8, 2), [2, 4, 6]);
  const step = Math.fround(0.1);
  assert.equal(
    range('float32', 4, 1, 1.4, 0.1),
    [1, 1 + step, 1 + 2 * step, 1 + 3 * step].reduce<number[]>(
      (sums) => [...sums, sums.length === 0 ? 1 : Math.fround(sums[sums.length - 1] + step)],
      [],
    ),
  );
});

for (const axis of [0, 1, 2, -1]) {
  test(`ONE_HOT along axis ${axis}; indices outside the depth give off alone`, () => {
    const shape = [2, 2];
    const indices = [2, 0, -1, 3];
    const at = axis < 0 ? 2 : axis;
    const output = [...shape.slice(0, at), 3, ...shape.slice(at)];
    const inputs: Tensor[] = [
      ['int64', shape, indices],
      ['int32', [], [3]],
      ['int8', [], [9]],
      ['int8', [], [-1]],
    ];
    const [found] = compute('ONE_HOT', { axis }, inputs, ['int8', output]);
    for (const index of indicesOf(output)) {
      const outer = index.filter((_, k) => k !== at);
      const expected = indices[flatIndex(shape, outer)] === index[at] ? 9 : -1;
      assert.is(found[flatIndex(output, index)], expected, `[${index}]`);
    }
  });
}

test('TOPK_V2 orders rows, equal elements by position, NaN last', () => {
  const top = (dtype: DType, data: number[]) =>
    compute(
      'TOPK_V2',
      {},
      [
        [dtype, [2, 4], data],
        ['int32', [], [3]],
      ],
      [dtype, [2, 3]],
      ['int32', [2, 3]],
    );
  assert.equal(top('int8', [5, -128, 5, 127, -3, -4, -2, -4]), [
    [127, 5, 5, -2, -3, -4],
    [3, 0, 2, 2, 0, 1],
  ]);
  assert.equal(top('int64', [1, 2, 3, 4, 4, 3, 2, 1]), [
    [4, 3, 2, 4, 3, 2],
    [3, 2, 1, 0, 1, 2],
  ]);
  assert.equal(top('float32', [Number.NaN, 1, -Infinity, 2, Number.NaN, Number.NaN, 1, 0]), [
    [2, 1, -Infinity, 1, 0, Number.NaN],
    [3, 1, 2, 2, 3, 0],
  ]);
});

for (const dtype of ['float32', 'int32', 'int64'] as const) {
  for (const [exclusive, reverse] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ]) {
    for (const axis of [0, 1, -1]) {
      test(`CUMSUM ${dtype} along axis ${axis}${exclusive ? ', exclusive' : ''}${reverse ? ', reverse' : ''}`, () => {
        const shape = [2, 3, 2];
        const input = positions(shape, dtype);
        const inputs: Tensor[] = [input, ['int32', [], [axis]]];
        const [sums] = compute('CUMSUM', { exclusive, reverse }, inputs, [dtype, shape]);
        const along = axis < 0 ? 2 : axis;
        for (const index of indicesOf(shape)) {
          let expected = 0;
          for (let i = 0; i < shape[along]; i++) {
            const before = reverse ? i > index[along] : i < index[along];
            const other = index.map((x, k) => (k === along ? i : x));
            if (before || (i === index[along] && !exclusive)) expected += flatIndex(shape, other);
          }
          assert.is(sums[flatIndex(shape, index)], expected, `[${index}]`);
        }
      });
    }
  }
}

test('CUMSUM int32 wraps', () => {
  assert.equal(
    compute(
      'CUMSUM',
      { exclusive: false, reverse: false },
      [
        ['int32', [2], [2 ** 31 - 1, 1]],
        ['int32', [], [0]],
      ],
      ['int32', [2]],
    ),
    [[2 ** 31 - 1, -(2 ** 31)]],
  );
});

test.run();
