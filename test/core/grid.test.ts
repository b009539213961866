// Tests the sampling that the families rely on: every pair is there, and the walk over a whole grid meets every case once.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { gridCase, gridSize, pairwise, upTo } from '../support/grid';

const grid = { channels: upTo(13), height: upTo(7), batch: upTo(3), padding: ['SAME', 'VALID'], fixed: [true] };

test('a sample holds every pair of values of two parameters, and is the same for the same seed', () => {
  for (const seed of [1, 2, 3]) {
    const { cases, pairs } = pairwise(grid, seed);
    const names = Object.keys(grid) as (keyof typeof grid)[];
    const found = new Set(cases.flatMap((c) => names.flatMap((a, i) => names.slice(0, i).map((b) => `${a} ${c[a]}, ${b} ${c[b]}`))));
    const sizes = names.map((name) => grid[name].length);
    const expected = sizes.reduce((sum, size, i) => sum + size * sizes.slice(0, i).reduce((a, b) => a + b, 0), 0);
    assert.is(found.size, expected);
    assert.is(pairs, expected);
    assert.ok(cases.length < 1.2 * 13 * 7, `${cases.length} cases, where 91 are the least`);
    assert.equal(pairwise(grid, seed).cases, cases);
  }
  assert.not.equal(pairwise(grid, 1).cases, pairwise(grid, 2).cases);
});

test('the walk meets every case of the grid once', () => {
  const size = gridSize(grid);
  assert.is(size, 13 * 7 * 3 * 2);
  assert.is(new Set(Array.from({ length: size }, (_, i) => JSON.stringify(gridCase(grid, i)))).size, size);
});

test.run();
