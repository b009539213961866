// Tests the linear form of ADD and SUB over all 65,536 pairs of codes: what is proven is exact, and most scales have a proof.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { linearSum, type Operand } from '../../src/plan/sum-scale';
import { addLeftShift, addMultipliers } from '../../src/quant/operator-multipliers';
import { multiplyByQuantizedMultiplier } from '../../src/quant/requantize';
import { Random } from '../support/random';
import { scratch } from '../support/scratch';

const operand = (scale: number, zeroPoint: number): Operand => ({
  scale: Math.fround(scale),
  low: -128 - zeroPoint,
  high: 127 - zeroPoint,
});

/** TFLite's steps for every centred element of an operand (reference/add.h). */
function scaled({ low, high }: Operand, { multiplier, shift }: { multiplier: number; shift: number }): Int32Array {
  return Int32Array.from({ length: high - low + 1 }, (_, i) => multiplyByQuantizedMultiplier((low + i) << addLeftShift, multiplier, shift));
}

/** The first pair whose results differ. */
function difference(constants: Int16Array, left: Operand, right: Operand, sign: 1 | -1, outputScale: number, lower: number, upper: number) {
  const { input1, input2, output } = addMultipliers(left.scale, right.scale, outputScale);
  const [lefts, rights] = [scaled(left, input1), scaled(right, input2)];
  const [rounding] = new Int32Array(constants.buffer, 32, 1);
  for (let i = 0; i < lefts.length; i++) {
    for (let j = 0; j < rights.length; j++) {
      const expected = multiplyByQuantizedMultiplier(lefts[i] + sign * rights[j], output.multiplier, output.shift);
      const [a, b] = [left.low + i, right.low + j];
      const [high, low] = [a * constants[0] + b * constants[1], a * constants[8] + b * constants[9]];
      const found = (high + ((low + rounding) >> 15)) >> 13;
      if (Math.min(Math.max(expected, lower), upper) !== Math.min(Math.max(found, lower), upper)) return `${a} ${b}: ${found}, ${expected}`;
    }
  }
  return undefined;
}

function count(cases: number, draw: (random: Random) => readonly [left: number, right: number, output: number]): number {
  const random = new Random(17);
  let proven = 0;
  for (let i = 0; i < cases; i++) {
    const [leftScale, rightScale, outputScale] = draw(random).map(Math.fround);
    const [left, right] = [operand(leftScale, random.integer(-128, 127)), operand(rightScale, random.integer(-128, 127))];
    const sign = random.pick([1, -1] as const);
    const zeroPoint = random.integer(-128, 127);
    const [lower, upper] = [-128 - zeroPoint, 127 - zeroPoint];
    const constants = linearSum(scratch, left, right, sign, outputScale, lower, upper);
    if (!constants) continue;
    proven++;
    const found = difference(constants, left, right, sign, outputScale, lower, upper);
    assert.is(found, undefined, JSON.stringify({ left, right, sign, outputScale, lower, upper }));
  }
  return proven;
}

test('scales of residual networks', () => {
  const octaves = (random: Random) => 2 ** (4 * random.real() - 2);
  const proven = count(60, (random) => [0.05, 0.05 * octaves(random), 0.07 * octaves(random)]);
  console.log(`  ${proven} of 60 proven`);
  assert.ok(proven >= 54, `${proven}`);
});

test('equal scales of operands, and of all three', () => {
  assert.ok(count(20, (random) => [0.05, 0.05, 0.05 * (0.5 + random.real())]) >= 18);
  assert.is(
    count(3, () => [0.05, 0.05, 0.05]),
    3,
  );
  assert.is(
    count(3, () => [0.05, 0.05, 0.1]),
    3,
  );
});

test('scales that are powers of two apart, where sums are ties', () => {
  const power = (random: Random) => 2 ** random.integer(-3, 3);
  const proven = count(20, (random) => [0.05, 0.05 * power(random), 0.05 * power(random)]);
  console.log(`  ${proven} of 20 proven`);
  assert.ok(proven >= 10, `${proven}`);
});

test('factors beside the largest', () => {
  assert.ok(count(30, (random) => [1e-6 * random.real(), 1, (1 + 2 ** -20 * random.real()) / 4]) > 0);
});

test('an operand far smaller than the other, and results beyond the proof', () => {
  assert.ok(count(10, (random) => [0.05, 1e-4 * random.real() + 1e-6, 0.06]) >= 8);
  assert.is(
    count(3, () => [1, 0.5, 0.1]),
    0,
  );
});

test.run();
