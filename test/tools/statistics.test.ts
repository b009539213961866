// Tests tools/statistics.ts.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { median, percentile } from '../../tools/statistics';

test('median: odd, even, none', () => {
  assert.equal([[3, 1, 2], [4, 1, 2, 3], []].map(median), [2, 2.5, 0]);
});

test('percentile: the nearest rank', () => {
  const ascending = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  assert.equal(
    [0.001, 0.1, 0.5, 0.51, 0.95, 1].map((share) => percentile(ascending, share)),
    [1, 1, 5, 6, 10, 10],
  );
});

test.run();
