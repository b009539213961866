// Owns the tests of broadcasting, against index arithmetic on every element.
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { broadcastIndices, broadcastTo } from '../../src/reference/broadcast';
import { count, flatIndex, indicesOf } from '../support/kernel';

const dimensions = fc.array(fc.tuple(fc.nat(3), fc.boolean()), { maxLength: 6 });

test('every element finds its source, ranks 0 to 6, empty dimensions included', () => {
  fc.assert(
    fc.property(dimensions, fc.nat(6), (list, dropped) => {
      const outputShape = list.map(([size]) => size);
      const shape = list.map(([size, repeats]) => (repeats ? 1 : size)).slice(Math.min(dropped, list.length));
      const expected = indicesOf(outputShape).map((index) => {
        const own = index.slice(index.length - shape.length).map((i, axis) => (shape[axis] === 1 ? 0 : i));
        return flatIndex(shape, own);
      });
      assert.equal([...broadcastIndices(shape, outputShape)], expected, `[${shape}] -> [${outputShape}]`);
    }),
    { seed: 31, numRuns: 500 },
  );
});

test('data that needs no repeating is passed on, int64 is repeated like any other', () => {
  const data = Float32Array.from(count(6));
  assert.is(broadcastTo(data, [2, 3], [1, 2, 3]), data);
  assert.equal([...broadcastTo(BigInt64Array.of(5n, -7n), [2, 1], [2, 2])], [5n, 5n, -7n, -7n]);
});

test.run();
