// Tests the proof that float32 requantization is exact: what the core accepts equals BigInt arithmetic at every step.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findFloatScale, floatInteger } from '../../src/plan/float-requantization';
import { multiplyByQuantizedMultiplier } from '../core/big-arithmetic';
import { Random } from '../support/random';
import { scratch } from '../support/scratch';

const multipliers = (random: Random, count: number) =>
  Array.from({ length: count }, (_, i) => [2 ** 30, 2 ** 31 - 1, 2 ** 30 + 1][i] ?? random.integer(2 ** 30, 2 ** 31 - 1));

/** Least x whose normative result is at least `k`. */
function leastAccumulator(k: number, multiplier: number, exponent: number): number {
  const middle = ((k - 0.5) * 2 ** (31 + exponent)) / multiplier;
  // Two roundings move a step by less than two halves of a result.
  let low = Math.floor(middle - 2 ** Math.max(exponent, 0)) - 2;
  let high = Math.ceil(middle + 2 ** Math.max(exponent, 0)) + 2;
  while (high - low > 1) {
    const between = Math.floor((low + high) / 2);
    if (multiplyByQuantizedMultiplier(between, multiplier, -exponent) >= k) high = between;
    else low = between;
  }
  return high;
}

/** WebAssembly's sequence in assembly/requantize.ts, with the sign of x on the offset. */
function floatResult(x: number, { scale, offset }: { scale: number; offset: number }): number {
  const real = Math.fround(Math.fround(Math.fround(x) * scale) + (x < 0 ? -offset : offset));
  return Math.fround(real + floatInteger) - floatInteger;
}

test('an accepted scale equals BigInt on both sides of every step and anywhere, most multipliers are accepted, seed 4', () => {
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
      const found = findFloatScale(scratch, multiplier, -exponent, lower, upper);
      if (!found) continue;
      accepted++;
      const clamp = (x: number) => Math.min(Math.max(x, lower), upper);
      const steps = Array.from({ length: upper - lower }, (_, i) => leastAccumulator(lower + 1 + i, multiplier, exponent));
      const anywhere = Array.from({ length: 500 }, () => random.integer(-(2 ** 21), 2 ** 21));
      for (const x of [...steps, ...steps.map((step) => step - 1), ...anywhere]) {
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
  assert.is(findFloatScale(scratch, 2 ** 30 - 1, -5, 0, 255), undefined);
  assert.is(findFloatScale(scratch, 2 ** 30, -13, 0, 255), undefined);
  assert.is(findFloatScale(scratch, 2 ** 30, 9, 0, 255), undefined);
  assert.ok(findFloatScale(scratch, 2 ** 30, -12, 0, 255));
  assert.ok(findFloatScale(scratch, 2 ** 30, 8, 0, 255));
});

test.run();
