// Tests the search for two slopes: what it finds has the results of the table, and it declines tables that no slopes have.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { slopeConstants } from '../../src/plan/slopes';
import { Random } from '../support/random';

const clamp = (x: number, min: number, max: number) => Math.min(Math.max(x, min), max);

/** Centred results for elements i - bias, each rounded to the nearest, ties away from zero. */
function tableOf(bias: number, negative: number, positive: number, zeroPoint: number): Int16Array {
  return Int16Array.from({ length: 256 }, (_, i) => {
    const real = (i - bias) * (i < bias ? negative : positive);
    return clamp(Math.sign(real) * Math.floor(Math.abs(real) + 0.5), -128 - zeroPoint, 127 - zeroPoint);
  });
}

/** The formula of slopeSpan for the constants' lanes. */
function resultOf(constants: Int16Array, x: number): number {
  const [factor, factorChange, multiplier, multiplierChange, lower, upper] = Array.from({ length: 6 }, (_, i) => constants[8 * i]);
  const scaled = x * (x < 0 ? factor ^ factorChange : factor);
  assert.ok(scaled >= -32768 && scaled <= 32767, `${scaled} is no int16`);
  return clamp((scaled * (x < 0 ? multiplier ^ multiplierChange : multiplier) + 2 ** 14) >> 15, lower, upper);
}

test('constants have the results of the table at every code, and most slopes have constants', () => {
  const random = new Random(5);
  let found = 0;
  for (let i = 0; i < 500; i++) {
    const positive = 2 ** (8 * random.real() - 5);
    const negative = positive * random.pick([1, 1, 0.1, 0.3, 0, -0.2]);
    const bias = random.integer(0, 255);
    const table = tableOf(bias, negative, positive, random.integer(-128, 127));
    const constants = slopeConstants(table, bias, { negative, positive });
    if (!constants) continue;
    found++;
    for (let code = 0; code < 256; code++) assert.is(resultOf(constants, code - bias), table[code], `${negative} ${positive} ${bias}`);
  }
  assert.ok(found > 400, `${found} of 500`);
});

test('ties of a negative half are rounded away from zero', () => {
  const constants = slopeConstants(tableOf(128, 0.5, 0.5, 0), 128, { negative: 0.5, positive: 0.5 })!;
  assert.equal(
    [-3, -1, 1, 3].map((x) => resultOf(constants, x)),
    [-2, -1, 1, 2],
  );
});

test('a table that is off by one at one code has no slopes, nor has one of slopes beyond 128', () => {
  const table = tableOf(128, 0.11, 0.71, 0);
  assert.ok(slopeConstants(table, 128, { negative: 0.11, positive: 0.71 }));
  table[20]++;
  assert.is(slopeConstants(table, 128, { negative: 0.11, positive: 0.71 }), undefined);
  assert.is(slopeConstants(tableOf(3, 200, 200, 5), 3, { negative: 200, positive: 200 }), undefined);
});

test.run();
