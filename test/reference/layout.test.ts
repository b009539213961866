// Owns the tests of the kernels that rearrange or rename axes: TRANSPOSE, RESHAPE and its kin, SPACE_TO_DEPTH, DEPTH_TO_SPACE, SHAPE.
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { layoutKernels } from '../../src/reference/layout';
import { flatIndex, indicesOf, ints, positions, runKernel, type Tensor } from '../support/kernel';

const dimension = fc.integer({ min: 1, max: 3 });

test('TRANSPOSE: output axis k is input axis perm[k], ranks 0 to 6', () => {
  const cases = fc.array(dimension, { maxLength: 6 }).chain((shape) => {
    const axes = shape.map((_, axis) => axis);
    return fc.tuple(fc.constant(shape), fc.shuffledSubarray(axes, { minLength: axes.length }));
  });
  fc.assert(
    fc.property(cases, ([shape, permutation]) => {
      const outputShape = permutation.map((axis) => shape[axis]);
      const [output] = runKernel(layoutKernels, 'TRANSPOSE', {}, [positions(shape), ints(...permutation)], ['int32', outputShape]);
      for (const index of indicesOf(shape)) {
        const moved = permutation.map((axis) => index[axis]);
        assert.is(output[flatIndex(outputShape, moved)], flatIndex(shape, index));
      }
    }),
    { numRuns: 150, seed: 7 },
  );
});

test('TRANSPOSE of int64 and of an empty tensor', () => {
  const [output] = runKernel(layoutKernels, 'TRANSPOSE', {}, [positions([2, 3], 'int64'), ints(1, 0)], ['int64', [3, 2]]);
  assert.equal([...output], [0n, 3n, 1n, 4n, 2n, 5n]);
  assert.is(runKernel(layoutKernels, 'TRANSPOSE', {}, [positions([2, 0]), ints(1, 0)], ['int32', [0, 2]])[0].length, 0);
});

test('RESHAPE, SQUEEZE and EXPAND_DIMS copy all elements in order', () => {
  const data = [...(positions([2, 1, 3])[2] as number[])];
  const input = positions([2, 1, 3], 'uint8');
  assert.equal([...runKernel(layoutKernels, 'RESHAPE', { newShape: [3, 2] }, [input], ['uint8', [3, 2]])[0]], data);
  assert.equal([...runKernel(layoutKernels, 'SQUEEZE', { squeezeDims: [1] }, [input], ['uint8', [2, 3]])[0]], data);
  assert.equal([...runKernel(layoutKernels, 'EXPAND_DIMS', {}, [input, ints(0)], ['uint8', [1, 2, 1, 3]])[0]], data);
  const [wide] = runKernel(layoutKernels, 'RESHAPE', { newShape: [] }, [['int64', [1], [9]]], ['int64', []]);
  assert.equal([...wide], [9n]);
});

test('SHAPE of [2,1,3] as int32 and int64', () => {
  const input = positions([2, 1, 3]);
  assert.equal([...runKernel(layoutKernels, 'SHAPE', { outType: 'int32' }, [input], ['int32', [3]])[0]], [2, 1, 3]);
  assert.equal([...runKernel(layoutKernels, 'SHAPE', { outType: 'int64' }, [input], ['int64', [3]])[0]], [2n, 1n, 3n]);
});

test('SPACE_TO_DEPTH of one 2 x 4 image, block 2: each block becomes channels, row by row', () => {
  const input: Tensor = ['int8', [1, 2, 4, 1], [1, 2, 5, 6, 3, 4, 7, 8]];
  const [output] = runKernel(layoutKernels, 'SPACE_TO_DEPTH', { blockSize: 2 }, [input], ['int8', [1, 1, 2, 4]]);
  assert.equal([...output], [1, 2, 3, 4, 5, 6, 7, 8]);
});

test('SPACE_TO_DEPTH puts [n, y, x, c] at channel (y % b * b + x % b) * C + c; DEPTH_TO_SPACE undoes it', () => {
  fc.assert(
    fc.property(dimension, dimension, dimension, dimension, dimension, (n, h, w, c, blockSize) => {
      const wide = [n, h * blockSize, w * blockSize, c];
      const deep = [n, h, w, c * blockSize * blockSize];
      const [output] = runKernel(layoutKernels, 'SPACE_TO_DEPTH', { blockSize }, [positions(wide)], ['int32', deep]);
      for (const [batch, y, x, channel] of indicesOf(wide)) {
        const deepChannel = ((y % blockSize) * blockSize + (x % blockSize)) * c + channel;
        const place = [batch, Math.floor(y / blockSize), Math.floor(x / blockSize), deepChannel];
        assert.is(output[flatIndex(deep, place)], flatIndex(wide, [batch, y, x, channel]));
      }
      const back: Tensor = ['int32', deep, output as Int32Array];
      const [restored] = runKernel(layoutKernels, 'DEPTH_TO_SPACE', { blockSize }, [back], ['int32', wide]);
      assert.equal([...restored], positions(wide)[2]);
    }),
    { numRuns: 60, seed: 8 },
  );
});

test.run();
