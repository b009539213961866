// Tests the proof that float32 requantization is exact: the steps that it looks at are the right ones, and what it accepts is exact.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findFloatScale, floatInteger, leastAccumulator } from '../../src/plan/float-requantization';
import { multiplyByQuantizedMultiplier } from '../core/big-arithmetic';
import { Random } from '../support/random';

const multipliers = (random: Random, count: number) =>
  Array.from({ length: count }, (_, i) => [2 ** 30, 2 ** 31 - 1, 2 ** 30 + 1][i] ?? random.integer(2 ** 30, 2 ** 31 - 1));

test('the least accumulator of a result: it gives the result, one less does not; results -256..256, exponents -8..12, seed 3', () => {
  let steps = 0;
  for (let exponent = -8; exponent <= 12; exponent++) {
    for (const multiplier of multipliers(new Random(3), 12)) {
      for (let k = -256; k <= 256; k++) {
        const x = leastAccumulator(k, multiplier, exponent);
        const at = multiplyByQuantizedMultiplier(x, multiplier, -exponent);
        const below = multiplyByQuantizedMultiplier(x - 1, multiplier, -exponent);
        if (!(at >= k && below < k)) assert.unreachable(`x ${x}: ${at}, x - 1: ${below}, step ${k}, ${multiplier}, exponent ${exponent}`);
        steps++;
      }
    }
  }
  console.log(`  ${steps} steps`);
});

/** WebAssembly's sequence in assembly/requantize.ts, with the sign of x on the offset. */
function floatResult(x: number, { scale, offset }: { scale: number; offset: number }): number {
  const real = Math.fround(Math.fround(Math.fround(x) * scale) + (x < 0 ? -offset : offset));
  return Math.fround(real + floatInteger) - floatInteger;
}

test('an accepted scale equals BigInt around every step and anywhere, most multipliers are accepted, seed 4', () => {
  const random = new Random(4);
  let accepted = 0;
  let tried = 0;
  for (let exponent = -8; exponent <= 12; exponent++) {
    for (const multiplier of multipliers(random, 20)) {
      const [lower, upper] = random.pick([
        [-128, 127],
        [0, 255],
        [-255, 0],
      ]);
      tried++;
      const found = findFloatScale(multiplier, -exponent, lower, upper);
      if (!found) continue;
      accepted++;
      const clamp = (x: number) => Math.min(Math.max(x, lower), upper);
      for (let i = 0; i < 2000; i++) {
        const step = Math.round(((random.integer(lower, upper) - 0.5) * 2 ** (31 + exponent)) / multiplier) + random.integer(-4, 4);
        const x = i % 4 === 0 ? random.integer(-(2 ** 21), 2 ** 21) : step;
        const expected = clamp(multiplyByQuantizedMultiplier(x, multiplier, -exponent));
        const actual = clamp(floatResult(x, found));
        if (actual !== expected) assert.unreachable(`${actual}, not ${expected}: x ${x}, ${multiplier}, exponent ${exponent}`);
      }
    }
  }
  console.log(`  ${accepted} of ${tried} multipliers accepted`);
  assert.ok(accepted > tried / 4 && accepted < tried);
});

test('multipliers and exponents beyond the proof are declined', () => {
  assert.is(findFloatScale(2 ** 30 - 1, -5, 0, 255), undefined);
  assert.is(findFloatScale(2 ** 30, -13, 0, 255), undefined);
  assert.is(findFloatScale(2 ** 30, 9, 0, 255), undefined);
  assert.ok(findFloatScale(2 ** 30, -12, 0, 255));
  assert.ok(findFloatScale(2 ** 30, 8, 0, 255));
});

test.run();
