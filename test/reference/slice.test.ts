// Owns the tests of the kernels that take parts of a tensor: SLICE, STRIDED_SLICE, SPLIT, SPLIT_V, UNPACK.
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { concatenationKernels } from '../../src/reference/concatenation';
import { sliceKernels } from '../../src/reference/slice';
import { count, flatIndex, indicesOf, ints, positions, runKernel, type Tensor } from '../support/kernel';

const masks = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0, offset: false };

test('SLICE moves element begin + i to i, ranks 0 to 6', () => {
  const axis = fc.integer({ min: 1, max: 4 }).chain((n) => fc.tuple(fc.constant(n), fc.nat(n - 1), fc.nat(n)));
  fc.assert(
    fc.property(fc.array(axis, { maxLength: 6 }), (axes) => {
      const shape = axes.map(([n]) => n);
      const begin = axes.map(([, start]) => start);
      const size = axes.map(([n, start, length]) => Math.min(length, n - start));
      const [output] = runKernel(sliceKernels, 'SLICE', {}, [positions(shape), ints(...begin), ints(...size)], ['int32', size]);
      const expected = indicesOf(size).map((index) =>
        flatIndex(
          shape,
          index.map((i, k) => i + begin[k]),
        ),
      );
      assert.equal([...output], expected);
    }),
    { numRuns: 200, seed: 2 },
  );
});

test('SLICE of int64 with int64 operands and size -1', () => {
  const begin: Tensor = ['int64', [2], [1, 0]];
  const size: Tensor = ['int64', [2], [-1, 2]];
  const [output] = runKernel(sliceKernels, 'SLICE', {}, [positions([3, 3], 'int64'), begin, size], ['int64', [2, 2]]);
  assert.equal([...output], [3n, 4n, 6n, 7n]);
});

test('STRIDED_SLICE x[1, ::-2, newaxis, ...] of [2,3,2]', () => {
  const attributes = { ...masks, shrinkAxisMask: 1, beginMask: 2, endMask: 2, newAxisMask: 4, ellipsisMask: 8 };
  const inputs = [positions([2, 3, 2]), ints(1, 0, 0, 0), ints(0, 0, 0, 0), ints(1, -2, 1, 1)];
  const [output] = runKernel(sliceKernels, 'STRIDED_SLICE', attributes, inputs, ['int32', [2, 1, 2]]);
  assert.equal([...output], [10, 11, 6, 7]);
});

test('STRIDED_SLICE of rank 6 with step 2 on every axis', () => {
  const shape = [2, 3, 2, 3, 2, 3];
  const counts = shape.map((n) => Math.ceil(n / 2));
  const inputs = [positions(shape), ints(0, 0, 0, 0, 0, 0), ints(...shape), ints(2, 2, 2, 2, 2, 2)];
  const [output] = runKernel(sliceKernels, 'STRIDED_SLICE', masks, inputs, ['int32', counts]);
  assert.equal(
    [...output],
    indicesOf(counts).map((index) =>
      flatIndex(
        shape,
        index.map((i) => 2 * i),
      ),
    ),
  );
});

test('SPLIT_V along any axis, joined by CONCATENATION, gives the tensor back', () => {
  const sizes = fc.array(fc.nat(3), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(sizes, fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }), fc.nat(3), (parts, others, place) => {
      const axis = Math.min(place, others.length);
      const withAxis = (n: number) => [...others.slice(0, axis), n, ...others.slice(axis)];
      const shape = withAxis(parts.reduce((sum, size) => sum + size, 0));
      const outputs = runKernel(
        sliceKernels,
        'SPLIT_V',
        { numSplits: parts.length },
        [positions(shape), ints(...parts), ints(axis - shape.length)],
        ...parts.map((size): ['int32', number[]] => ['int32', withAxis(size)]),
      );
      const pieces = outputs.map((data, i): Tensor => ['int32', withAxis(parts[i]), data as Int32Array]);
      const [joined] = runKernel(concatenationKernels, 'CONCATENATION', { axis, activation: 'NONE' }, pieces, ['int32', shape]);
      assert.equal([...joined], positions(shape)[2]);
    }),
    { numRuns: 200, seed: 3 },
  );
});

test('SPLIT of [2,4] in two along axis 1; the axis is the first input', () => {
  const [left, right] = runKernel(
    sliceKernels,
    'SPLIT',
    { numSplits: 2 },
    [ints(1), positions([2, 4])],
    ['int32', [2, 2]],
    ['int32', [2, 2]],
  );
  assert.equal([...left], [0, 1, 4, 5]);
  assert.equal([...right], [2, 3, 6, 7]);
});

test('UNPACK of bool [2,3] along axis -1 gives the columns', () => {
  const columns = runKernel(
    sliceKernels,
    'UNPACK',
    { axis: -1, num: 3 },
    [['bool', [2, 3], [1, 0, 1, 0, 0, 1]]],
    ['bool', [2]],
    ['bool', [2]],
    ['bool', [2]],
  );
  assert.equal(
    columns.map((column) => [...column]),
    [
      [1, 0],
      [0, 0],
      [1, 1],
    ],
  );
});

test('PACK along any axis, taken apart by UNPACK, gives the parts back', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 4 }),
      fc.nat(4),
      fc.integer({ min: 1, max: 4 }),
      (shape, place, num) => {
        const axis = Math.min(place, shape.length);
        const packedShape = [...shape.slice(0, axis), num, ...shape.slice(axis)];
        const size = positions(shape)[2].length;
        const parts = count(num).map((part): Tensor => ['int16', shape, count(size).map((i) => part * size + i)]);
        const [packed] = runKernel(concatenationKernels, 'PACK', { axis, valuesCount: num }, parts, ['int16', packedShape]);
        const first = indicesOf(packedShape).map((index) => {
          const inner = index.filter((_, k) => k !== axis);
          return index[axis] * size + flatIndex(shape, inner);
        });
        assert.equal([...packed], first);
        const unpacked = runKernel(
          sliceKernels,
          'UNPACK',
          { axis, num },
          [['int16', packedShape, packed as Int16Array]],
          ...parts.map((): ['int16', number[]] => ['int16', shape]),
        );
        unpacked.forEach((part, i) => {
          assert.equal([...part], parts[i][2]);
        });
      },
    ),
    { numRuns: 200, seed: 4 },
  );
});

test.run();
