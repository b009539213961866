// Owns the tests of the codes and reals that fused activations allow.
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Activation } from '../../src/graph/graph';
import { activationRange, type CodeType, plainActivationRange } from '../../src/quant/activation-range';
import { sharedPath, sharedTest } from '../support/shared';

type Row = [dtype: CodeType, scale: number, zeroPoint: number, activation: Activation, min: number, max: number];

sharedTest(test, 'primitives.json activation_range: all rows', () => {
  const { rows }: { rows: Row[] } = JSON.parse(readFileSync(sharedPath('vectors', 'primitives.json'), 'utf8')).activation_range;
  assert.is(rows.length, 200);
  for (const [dtype, scale, zeroPoint, activation, min, max] of rows) {
    const range = activationRange(activation, Math.fround(scale), zeroPoint, dtype);
    assert.equal(range, { min, max }, `${activation} on ${dtype}, scale ${scale}, zero point ${zeroPoint}`);
  }
});

test('the division of a bound by the scale is rounded to float32, here up to a half', () => {
  const scale = 2.4000000953674316; // 6 / scale is 2.49999990 in double
  assert.equal(activationRange('RELU6', scale, 0, 'uint8'), { min: 0, max: 3 });
});

test('TANH and SIGN_BIT allow every code', () => {
  assert.equal(activationRange('TANH', 0.1, 3, 'int8'), { min: -128, max: 127 });
  assert.equal(activationRange('SIGN_BIT', 0.1, 3, 'uint8'), { min: 0, max: 255 });
});

const floatMax = new Float32Array(new Uint32Array([0x7f7fffff]).buffer)[0];
const plain: [Activation, 'float32' | 'int32', number, number][] = [
  ['NONE', 'float32', -floatMax, floatMax],
  ['RELU', 'float32', 0, floatMax],
  ['RELU6', 'float32', 0, 6],
  ['RELU_N1_TO_1', 'float32', -1, 1],
  ['NONE', 'int32', -(2 ** 31), 2 ** 31 - 1],
  ['RELU', 'int32', 0, 2 ** 31 - 1],
];
for (const [activation, dtype, min, max] of plain) {
  test(`${activation} on plain ${dtype} is [${min}, ${max}]`, () => {
    assert.equal(plainActivationRange(activation, dtype), { min, max });
  });
}

test.run();
