// Owns the tests of SPACE_TO_BATCH_ND, BATCH_TO_SPACE_ND, REVERSE_V2 and BROADCAST_TO by index formulas.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { batchBlockKernels } from '../../src/reference/batch-blocks';
import { layoutKernels } from '../../src/reference/layout';
import { padKernels } from '../../src/reference/pad';
import { quantized } from '../support/build';
import { flatIndex, indicesOf, ints, positions, runKernel, type Tensor } from '../support/kernel';

/** Image, block shape, pairs of paddings. */
const cases: [image: number[], block: number[], paddings: number[]][] = [
  [
    [1, 4, 6, 2],
    [2, 3],
    [0, 0, 0, 0],
  ],
  [
    [2, 3, 4, 1],
    [2, 3],
    [1, 0, 0, 2],
  ],
  [
    [2, 3, 4, 3],
    [1, 2],
    [1, 2, 3, 1],
  ],
  [[3, 5, 2], [3], [1, 0]],
];
for (const [image, block, paddings] of cases) {
  const count = block.reduce((product, size) => product * size, 1);
  const spatial = block.map((size, k) => (image[k + 1] + paddings[2 * k] + paddings[2 * k + 1]) / size);
  const blocked = [image[0] * count, ...spatial, image[image.length - 1]];
  const operands: Tensor[] = [ints(...block), ['int32', [block.length, 2], paddings]];
  const title = `[${image}] in blocks [${block}] with [${paddings}]`;

  /** The element of the image at an index of the blocks; -1 in the padding. */
  const source = (index: readonly number[]) => {
    let pixel = Math.floor(index[0] / image[0]);
    const place = [index[0] % image[0], ...block.map(() => 0), index[index.length - 1]];
    for (let k = block.length - 1; k >= 0; k--) {
      place[k + 1] = index[k + 1] * block[k] + (pixel % block[k]) - paddings[2 * k];
      pixel = Math.floor(pixel / block[k]);
    }
    return place.every((x, k) => x >= 0 && x < image[k]) ? flatIndex(image, place) : -1;
  };

  test(`SPACE_TO_BATCH_ND of ${title}; padding is real zero`, () => {
    const input: Tensor = ['uint8', image, positions(image)[2], quantized(1, 200)];
    const [output] = runKernel(batchBlockKernels, 'SPACE_TO_BATCH_ND', {}, [input, ...operands], ['uint8', blocked, quantized(1, 200)]);
    for (const index of indicesOf(blocked)) {
      const from = source(index);
      assert.is(output[flatIndex(blocked, index)], from < 0 ? 200 : from, `[${index}]`);
    }
  });

  test(`BATCH_TO_SPACE_ND is its inverse: ${title}`, () => {
    const [output] = runKernel(batchBlockKernels, 'BATCH_TO_SPACE_ND', {}, [positions(blocked, 'int64'), ...operands], ['int64', image]);
    let visited = 0;
    for (const index of indicesOf(blocked)) {
      const to = source(index);
      if (to < 0) continue;
      visited++;
      assert.is(Number(output[to]), flatIndex(blocked, index), `[${index}]`);
    }
    assert.is(visited, output.length);
  });
}

test('REVERSE_V2 along several axes', () => {
  const shape = [2, 3, 2];
  const [output] = runKernel(layoutKernels, 'REVERSE_V2', {}, [positions(shape, 'int16'), ints(-1, 0)], ['int16', shape]);
  for (const index of indicesOf(shape)) {
    assert.is(output[flatIndex(shape, index)], flatIndex(shape, [1 - index[0], index[1], 1 - index[2]]), `[${index}]`);
  }
});

test('BROADCAST_TO repeats dimensions of 1 and adds others in front', () => {
  const shape = [2, 3, 2];
  const [output] = runKernel(padKernels, 'BROADCAST_TO', {}, [positions([3, 1], 'int64'), ints(...shape)], ['int64', shape]);
  for (const index of indicesOf(shape)) assert.is(Number(output[flatIndex(shape, index)]), index[1], `[${index}]`);
  assert.equal([...runKernel(padKernels, 'BROADCAST_TO', {}, [positions([2], 'int8'), ints(2)], ['int8', [2]])[0]], [0, 1]);
});

test.run();
