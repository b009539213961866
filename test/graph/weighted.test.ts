// Tests the multipliers and zero points of layers: which products of scales are rounded to float32, and which zero points count.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { DType, Value } from '../../src/graph/graph';
import { layerMultipliers, type WeightedNode, weightZeroPoint } from '../../src/graph/weighted';
import { quantizeMultiplier } from '../../src/quant/multiplier';

// Scales whose product changes the multiplier when it is rounded to float32.
const input = Math.fround(0.0235);
const weights = [Math.fround(0.0041), Math.fround(0.0173), Math.fround(0.00029)];
const output = Math.fround(0.0312);

const exact = weights.map((weight) => quantizeMultiplier((input * weight) / output));
const rounded = quantizeMultiplier(Math.fround(input * weights[0]) / output);

/** A layer of `channels` outputs, weights with zero point 5. */
function layer(type: WeightedNode['type'], dtype: DType, scales: readonly number[], channels: number): WeightedNode {
  const value = (shape: readonly number[], scale: readonly number[]): Value => ({
    id: 0,
    name: '',
    dtype,
    shape,
    quantization: { scale, zeroPoint: scale.map(() => 5), axis: 0 },
  });
  const filter = type === 'DEPTHWISE_CONV_2D' ? [1, 1, 1, channels] : [channels, 1, 1, 1];
  const inputs = [value([1, 1, 1, 1], [input]), value(filter, scales)];
  if (type === 'TRANSPOSE_CONV') inputs.unshift(value([4], [1]), inputs.pop()!);
  return { type, id: 0, attributes: {}, inputs, outputs: [value([1, 1, 1, channels], [output])], version: 1 } as unknown as WeightedNode;
}

function multipliersOf(node: WeightedNode): { multiplier: number; shift: number }[] {
  const { multiplier, shift } = layerMultipliers(node);
  return [...multiplier].map((entry, c) => ({ multiplier: entry, shift: shift[c] }));
}

test('the chosen scales tell float32 products from double ones', () => {
  assert.is.not(rounded.multiplier, exact[0].multiplier);
});

for (const type of ['CONV_2D', 'DEPTHWISE_CONV_2D', 'TRANSPOSE_CONV'] as const) {
  test(`int8 ${type} multiplies in double, per channel or with one scale for all, and has no weight zero point`, () => {
    assert.equal(multipliersOf(layer(type, 'int8', weights, 3)), exact);
    const oneScale = layer(type, 'int8', weights.slice(0, 1), 2);
    assert.equal(multipliersOf(oneScale), [exact[0], exact[0]]);
    assert.is(weightZeroPoint(oneScale), 0);
  });

  test(`uint8 ${type} rounds the product of scales to float32 and has a weight zero point`, () => {
    const node = layer(type, 'uint8', weights.slice(0, 1), 2);
    assert.equal(multipliersOf(node), [rounded, rounded]);
    assert.is(weightZeroPoint(node), 5);
  });
}

test('FULLY_CONNECTED rounds the product and has a weight zero point with one weight scale, and not with several', () => {
  const [one, several] = [weights.slice(0, 1), weights].map((scales) => layer('FULLY_CONNECTED', 'int8', scales, 3));
  assert.equal(multipliersOf(one), [rounded, rounded, rounded]);
  assert.is(weightZeroPoint(one), 5);
  assert.equal(multipliersOf(several), exact);
  assert.is(weightZeroPoint(several), 0);
});

test.run();
