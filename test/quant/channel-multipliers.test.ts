// Owns the tests of the multipliers per output channel: which products are rounded to float32 and which are not.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { convolutionMultipliers, fullyConnectedMultipliers } from '../../src/quant/channel-multipliers';
import { quantizeMultiplier } from '../../src/quant/multiplier';

// Scales whose product changes the multiplier when it is rounded to float32.
const input = Math.fround(0.0235);
const weights = [Math.fround(0.0041), Math.fround(0.0173), Math.fround(0.00029)];
const output = Math.fround(0.0312);

const exact = weights.map((weight) => quantizeMultiplier((input * weight) / output));
const rounded = quantizeMultiplier(Math.fround(input * weights[0]) / output);

test('the chosen scales tell float32 products from double ones', () => {
  assert.is.not(rounded.multiplier, exact[0].multiplier);
});

test('int8 convolutions multiply in double, per channel or with one scale for all', () => {
  const perChannel = convolutionMultipliers(input, weights, output, 3, 'int8');
  assert.equal(
    [...perChannel.multiplier],
    exact.map((entry) => entry.multiplier),
  );
  assert.equal(
    [...perChannel.shift],
    exact.map((entry) => entry.shift),
  );
  assert.equal(
    [...convolutionMultipliers(input, weights.slice(0, 1), output, 2, 'int8').multiplier],
    [exact[0].multiplier, exact[0].multiplier],
  );
});

test('uint8 convolutions round the product of scales to float32', () => {
  const { multiplier, shift } = convolutionMultipliers(input, weights.slice(0, 1), output, 2, 'uint8');
  assert.equal([...multiplier, ...shift], [rounded.multiplier, rounded.multiplier, rounded.shift, rounded.shift]);
});

test('FULLY_CONNECTED rounds the product with one weight scale and not with several', () => {
  assert.equal([...fullyConnectedMultipliers(input, weights.slice(0, 1), output, 2).multiplier], [rounded.multiplier, rounded.multiplier]);
  assert.equal(
    [...fullyConnectedMultipliers(input, weights, output, 3).multiplier],
    exact.map((entry) => entry.multiplier),
  );
});

test.run();
