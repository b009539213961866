// Owns the tests of ARG_MAX and ARG_MIN beside the golden cases: dtypes, axes, ties, NaN.
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { DType } from '../../src/graph/graph';
import { argKernels } from '../../src/reference/arg';
import { flatIndex, indicesOf, runKernel, type Tensor } from '../support/kernel';

for (const dtype of ['int8', 'uint8', 'float32', 'int32'] as DType[]) {
  test(`ARG_MAX and ARG_MIN of ${dtype} find the first extreme along any axis`, () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(shapes, fc.nat(), fc.infiniteStream(fc.nat(3)), (shape, a, draws) => {
        const axis = a % shape.length;
        const outputShape = shape.filter((_, k) => k !== axis);
        const data = indicesOf(shape).map(() => draws.next().value as number);
        const lines = indicesOf(outputShape).map((index) =>
          Array.from({ length: shape[axis] }, (_, i) => data[flatIndex(shape, [...index.slice(0, axis), i, ...index.slice(axis)])]),
        );
        const inputs: Tensor[] = [
          [dtype, shape, data],
          ['int64', [], [axis - shape.length]],
        ];
        const [most] = runKernel(argKernels, 'ARG_MAX', { outputType: 'int32' }, inputs, ['int32', outputShape]);
        assert.equal(
          [...most],
          lines.map((line) => line.indexOf(Math.max(...line))),
        );
        const [least] = runKernel(argKernels, 'ARG_MIN', { outputType: 'int64' }, inputs, ['int64', outputShape]);
        assert.equal(
          [...least],
          lines.map((line) => BigInt(line.indexOf(Math.min(...line)))),
        );
      }),
      { numRuns: 60, seed: 10 },
    );
  });
}

test('ARG_MAX ignores a NaN that is not first and keeps one that is', () => {
  const input: Tensor = ['float32', [2, 3], [1, Number.NaN, 2, Number.NaN, 5, 6]];
  const [output] = runKernel(argKernels, 'ARG_MAX', { outputType: 'int32' }, [input, ['int32', [1], [1]]], ['int32', [2]]);
  assert.equal([...output], [2, 0]);
});

test.run();
