// Owns the tests of tools/dataset/choose.ts: subsets by seed, shards.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkShard, chooseSubset } from '../../../tools/dataset/choose';
import { refuses } from '../../support/errors';

for (const [size, limit, seed] of [
  [500, 128, 0],
  [500, 128, 1],
  [7, 1, 3],
  [3, 2, -1],
  [1000, 999, 12345],
]) {
  test(`chooseSubset(${size}, ${limit}, ${seed}) is ascending, without repeats, and the same every time`, () => {
    const chosen = chooseSubset(size, limit, seed);
    assert.is(chosen.length, limit);
    for (const [i, item] of chosen.entries()) assert.ok(item >= 0 && item < size && (i === 0 || item > chosen[i - 1]), `${chosen}`);
    assert.equal(chooseSubset(size, limit, seed), chosen);
  });
}

test('no limit, or one no smaller than the size, takes everything', () => {
  assert.equal(chooseSubset(4, undefined, 9), [0, 1, 2, 3]);
  assert.equal(chooseSubset(4, 4, 9), [0, 1, 2, 3]);
  assert.equal(chooseSubset(4, 100, 9), [0, 1, 2, 3]);
});

test('another seed chooses others; a larger limit keeps what a smaller one chose', () => {
  const [ten, twenty] = [chooseSubset(100, 10, 5), chooseSubset(100, 20, 5)];
  assert.not.equal(chooseSubset(100, 10, 6), ten);
  assert.ok(ten.every((item) => twenty.includes(item)));
});

for (const limit of [1, 5, 9]) {
  test(`${limit} of 10 under 2000 seeds: every item about ${200 * limit} times`, () => {
    const counts = new Array(10).fill(0);
    for (let seed = 0; seed < 2000; seed++) for (const item of chooseSubset(10, limit, seed)) counts[item]++;
    // Five standard deviations of a binomial distribution.
    const most = 5 * Math.sqrt(2000 * (limit / 10) * (1 - limit / 10));
    assert.ok(
      counts.every((count) => Math.abs(count - 200 * limit) < most),
      `${counts}`,
    );
  });
}

test('shards beyond their count or the samples are refused', async () => {
  checkShard({ index: 2, count: 3 }, 3);
  for (const [index, count, size] of [
    [3, 3, 9],
    [-1, 3, 9],
    [0, 4, 3],
    [0.5, 2, 9],
    [0, 0, 9],
  ]) {
    await refuses(async () => checkShard({ index, count }, size), 'bad-argument', /does not exist; give 1\/n/);
  }
});

test.run();
