// Owns the tests of PAD, PADV2, MIRROR_PAD and TILE beside the golden cases: ranks, dtypes, fill values, refusals.
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { DType } from '../../src/graph/graph';
import { padKernels } from '../../src/reference/pad';
import { quantized } from '../support/build';
import { flatIndex, indicesOf, positions, runKernel, type Tensor } from '../support/kernel';

const pairs = (paddings: number[][], dtype: DType = 'int32'): Tensor => [dtype, [paddings.length, 2], paddings.flat()];

const axes = fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat(2), fc.nat(2)), { maxLength: 5 });

test('PADV2 puts element i at i + before and the fill elsewhere, ranks 0 to 5', () => {
  fc.assert(
    fc.property(axes, (list) => {
      const shape = list.map(([n]) => n);
      const outputShape = list.map(([n, before, after]) => before + n + after);
      const inputs: Tensor[] = [positions(shape), pairs(list.map(([, before, after]) => [before, after])), ['int32', [], [-7]]];
      const [output] = runKernel(padKernels, 'PADV2', {}, inputs, ['int32', outputShape]);
      const expected = indicesOf(outputShape).map((index) => {
        const source = index.map((i, k) => i - list[k][1]);
        return source.every((i, k) => i >= 0 && i < shape[k]) ? flatIndex(shape, source) : -7;
      });
      assert.equal([...output], expected);
    }),
    { numRuns: 100, seed: 5 },
  );
});

const fills: [DType, number, number | bigint][] = [
  ['int8', -3, -3],
  ['uint8', 200, 200],
  ['int16', 0, 0],
  ['float32', 0, 0],
  ['int32', 5, 0],
  ['int64', 0, 0n],
  ['bool', 0, 0],
];
for (const [dtype, zeroPoint, fill] of fills) {
  test(`PAD of ${dtype} with zero point ${zeroPoint} fills ${fill}`, () => {
    const inputs: Tensor[] = [[dtype, [1], [1]], pairs([[1, 2]], 'int64')];
    const [output] = runKernel(padKernels, 'PAD', {}, inputs, [dtype, [4], quantized(0.5, zeroPoint)]);
    const one = dtype === 'int64' ? 1n : 1;
    assert.equal([...output], [fill, one, fill, fill]);
  });
}

test('MIRROR_PAD of [1,2,3] by (2,2)', () => {
  const inputs: Tensor[] = [['int64', [3], [1, 2, 3]], pairs([[2, 2]])];
  const [reflected] = runKernel(padKernels, 'MIRROR_PAD', { mode: 'REFLECT' }, inputs, ['int64', [7]]);
  assert.equal([...reflected], [3n, 2n, 1n, 2n, 3n, 2n, 1n]);
  const [symmetric] = runKernel(padKernels, 'MIRROR_PAD', { mode: 'SYMMETRIC' }, inputs, ['int64', [7]]);
  assert.equal([...symmetric], [2n, 1n, 1n, 2n, 3n, 3n, 2n]);
});

test('TILE repeats element i at i + k * dimension, ranks 0 to 5', () => {
  fc.assert(
    fc.property(axes, (list) => {
      const shape = list.map(([n]) => n);
      const multiples = list.map(([, multiple]) => multiple);
      const outputShape = shape.map((n, k) => n * multiples[k]);
      const inputs: Tensor[] = [positions(shape), ['int32', [shape.length], multiples]];
      const [output] = runKernel(padKernels, 'TILE', {}, inputs, ['int32', outputShape]);
      assert.equal(
        [...output],
        indicesOf(outputShape).map((index) =>
          flatIndex(
            shape,
            index.map((i, k) => i % shape[k]),
          ),
        ),
      );
    }),
    { numRuns: 100, seed: 6 },
  );
});

test.run();
