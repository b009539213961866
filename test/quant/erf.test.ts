// Owns the tests of the complementary error function: tabulated values, and its symmetry.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { erfc } from '../../src/quant/erf';

// Abramowitz and Stegun, tables 7.1 and 7.3, to the digits given there.
const table: [x: number, value: number][] = [
  [0, 1],
  [0.1, 0.8875370839817152],
  [0.5, 0.4795001221869535],
  [1, 0.15729920705028513],
  [2, 0.004677734981047266],
  [2.49, 0.000429287867733913],
  [2.5, 0.0004069520174449589],
  [3, 2.209049699858544e-5],
  [5, 1.5374597944280349e-12],
  [9, 4.13703174651381e-37],
];
for (const [x, value] of table) {
  test(`erfc(${x}) and erfc(${-x})`, () => {
    assert.ok(Math.abs(erfc(x) / value - 1) < 1e-9, `${erfc(x)}, expected ${value}`);
    assert.ok(Math.abs(erfc(-x) - (2 - value)) < 1e-11, `${erfc(-x)}`);
  });
}

test('of infinities and NaN', () => {
  assert.equal([Infinity, -Infinity, Number.NaN].map(erfc), [0, 2, Number.NaN]);
});

test.run();
