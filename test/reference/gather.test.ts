// Owns the tests of GATHER and GATHER_ND: every axis and batch dimension, index types, indices outside.
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import { gatherKernels } from '../../src/reference/gather';
import { count, flatIndex, indicesOf, positions, runKernel, type Tensor } from '../support/kernel';
import { Random } from '../support/random';

const badData = (error: unknown) => error instanceof ModelError && error.code === 'bad-data';

test('GATHER picks data[batch, outer, indices[batch, pick], inner] for every axis and batch_dims', () => {
  const shapes = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(
      shapes,
      fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
      fc.nat(),
      fc.nat(),
      fc.integer(),
      (shape, picks, a, b, seed) => {
        const axis = a % shape.length;
        const batchDims = b % (axis + 1);
        const indexShape = [...shape.slice(0, batchDims), ...picks];
        const random = new Random(seed);
        const indices = indicesOf(indexShape).map(() => random.integer(0, shape[axis] - 1));
        const outputShape = [...shape.slice(0, axis), ...picks, ...shape.slice(axis + 1)];
        const attributes = { axis: axis - shape.length, batchDims: batchDims - (picks.length > 0 ? indexShape.length : 0) };
        const inputs: Tensor[] = [positions(shape), ['int64', indexShape, indices]];
        const [output] = runKernel(gatherKernels, 'GATHER', attributes, inputs, ['int32', outputShape]);
        const expected = indicesOf(outputShape).map((index) => {
          const pick = [...index.slice(0, batchDims), ...index.slice(axis, axis + picks.length)];
          const picked = indices[flatIndex(indexShape, pick)];
          return flatIndex(shape, [...index.slice(0, axis), picked, ...index.slice(axis + picks.length)]);
        });
        assert.equal([...output], expected);
      },
    ),
    { numRuns: 300, seed: 9 },
  );
});

test('GATHER with int16 indices along axis 0 of int64 [3,2]', () => {
  const inputs: Tensor[] = [positions([3, 2], 'int64'), ['int16', [2], [2, 0]]];
  const [output] = runKernel(gatherKernels, 'GATHER', { axis: 0, batchDims: 0 }, inputs, ['int64', [2, 2]]);
  assert.equal([...output], [4n, 5n, 0n, 1n]);
});

for (const index of [-1, 3]) {
  test(`GATHER of index ${index} out of 3 is refused as bad-data`, () => {
    const inputs: Tensor[] = [positions([3]), ['int32', [1], [index]]];
    assert.throws(() => runKernel(gatherKernels, 'GATHER', { axis: 0, batchDims: 0 }, inputs, ['int32', [1]]), badData);
  });
  test(`GATHER_ND of index [1,${index}] in [2,3] is refused as bad-data`, () => {
    const inputs: Tensor[] = [positions([2, 3]), ['int32', [1, 2], [1, index]]];
    assert.throws(() => runKernel(gatherKernels, 'GATHER_ND', {}, inputs, ['int32', [1]]), badData);
  });
}

test('GATHER_ND picks elements and slices: [[0,0],[1,1]] and [[1]] of [2,2] (TensorFlow documentation)', () => {
  const data: Tensor = ['float32', [2, 2], [1, 2, 3, 4]];
  const [elements] = runKernel(gatherKernels, 'GATHER_ND', {}, [data, ['int32', [2, 2], [0, 0, 1, 1]]], ['float32', [2]]);
  assert.equal([...elements], [1, 4]);
  const [rows] = runKernel(gatherKernels, 'GATHER_ND', {}, [data, ['int64', [1, 1], [1]]], ['float32', [1, 2]]);
  assert.equal([...rows], [3, 4]);
});

test('GATHER_ND of all index tuples of [2,3,2] in a [2,3,2] grid is the identity', () => {
  const shape = [2, 3, 2];
  for (const depth of [1, 2, 3]) {
    const tuples = indicesOf(shape.slice(0, depth));
    const inputs: Tensor[] = [positions(shape), ['int32', [tuples.length, depth], tuples.flat()]];
    const [output] = runKernel(gatherKernels, 'GATHER_ND', {}, inputs, ['int32', [tuples.length, 12 / tuples.length]]);
    assert.equal([...output], count(12), `depth ${depth}`);
  }
});

test.run();
