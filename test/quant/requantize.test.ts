// Owns the tests of the rounding primitives: against the golden tables and against the same definitions in BigInt.
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  multiplyByQuantizedMultiplier,
  roundingDivideByPot,
  saturatingRoundingDoublingHighMul,
  saturatingRoundingDoublingHighMul16,
} from '../../src/quant/requantize';
import { sharedTest } from '../support/shared';
import { loadPrimitives } from '../support/vectors';

const tables: [table: string, rows: number, compute: (...operands: number[]) => number][] = [
  ['saturating_rounding_doubling_high_mul_i32', 500, saturatingRoundingDoublingHighMul],
  ['saturating_rounding_doubling_high_mul_i16', 250, saturatingRoundingDoublingHighMul16],
  ['rounding_divide_by_pot', 500, roundingDivideByPot],
  ['multiply_by_quantized_multiplier_i32', 1000, multiplyByQuantizedMultiplier],
];
for (const [table, count, compute] of tables) {
  sharedTest(test, `primitives.json ${table}: all rows`, () => {
    const rows = loadPrimitives(table);
    assert.is(rows.length, count);
    for (const row of rows) assert.is(compute(...row.slice(0, -1)), row.at(-1), `${table}(${row.slice(0, -1)})`);
  });
}

// The gemmlowp definitions in exact integers: a sign-dependent nudge with truncating division, and half away from zero.
function highMul(a: number, b: number): number {
  if (a === -(2 ** 31) && b === -(2 ** 31)) return 2 ** 31 - 1;
  const product = BigInt(a) * BigInt(b);
  const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n);
  return Number((product + nudge) / (1n << 31n));
}

function divideByPot(x: number, exponent: number): number {
  const magnitude = x < 0 ? -BigInt(x) : BigInt(x);
  const rounded = Number((magnitude + ((1n << BigInt(exponent)) >> 1n)) >> BigInt(exponent));
  return x < 0 ? 0 - rounded : rounded;
}

function requantize(x: number, multiplier: number, shift: number): number {
  const shifted = Number(BigInt.asIntN(32, BigInt(x) << BigInt(Math.max(shift, 0))));
  return divideByPot(highMul(shifted, multiplier), Math.max(-shift, 0));
}

const edges = [0, 1, -1, 2 ** 15, -(2 ** 15), 2 ** 16, 2 ** 30, -(2 ** 30), 2 ** 31 - 1, -(2 ** 31), -(2 ** 31) + 1];
const int32 = fc.oneof(fc.integer(), fc.constantFrom(...edges), fc.integer({ min: -70000, max: 70000 }));
const runs = { seed: 7, numRuns: 20000 };

test('saturatingRoundingDoublingHighMul equals the definition in BigInt, edges times edges', () => {
  for (const a of edges) for (const b of edges) assert.is(saturatingRoundingDoublingHighMul(a, b), highMul(a, b), `${a}, ${b}`);
});

test('saturatingRoundingDoublingHighMul equals the definition in BigInt', () => {
  fc.assert(
    fc.property(int32, int32, (a, b) => saturatingRoundingDoublingHighMul(a, b) === highMul(a, b)),
    runs,
  );
});

test('roundingDivideByPot equals the definition in BigInt', () => {
  fc.assert(
    fc.property(int32, fc.nat(31), (x, exponent) => roundingDivideByPot(x, exponent) === divideByPot(x, exponent)),
    runs,
  );
});

test('multiplyByQuantizedMultiplier equals the definition in BigInt, shifts -31 to 40', () => {
  const multipliers = fc.oneof(fc.integer({ min: 2 ** 30, max: 2 ** 31 - 1 }), int32);
  fc.assert(
    fc.property(int32, multipliers, fc.integer({ min: -31, max: 40 }), (x, multiplier, shift) => {
      return multiplyByQuantizedMultiplier(x, multiplier, shift) === requantize(x, multiplier, shift);
    }),
    runs,
  );
});

test('saturatingRoundingDoublingHighMul16 equals floor((a * b + 2^14) / 2^15), saturated', () => {
  const int16 = fc.oneof(fc.integer({ min: -32768, max: 32767 }), fc.constantFrom(-32768, 32767, 0));
  fc.assert(
    fc.property(int16, int16, (a, b) => saturatingRoundingDoublingHighMul16(a, b) === Math.min(Math.floor((a * b + 16384) / 32768), 32767)),
    runs,
  );
});

test.run();
