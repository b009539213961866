// Tests tools/compare/causes.ts: one case per cause, and that an option which the file was made with is not given again.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { diagnose, type Symptoms } from '../../../tools/compare/causes';
import type { CauseName } from '../../../tools/compare/comparison';
import type { Provenance } from '../../../tools/model/provenance';

const noisy: Symptoms = {
  local: 15,
  global: 12,
  saturated: 0,
  clippingNoise: 0,
  roundingNoise: 0.1,
  rangeExcess: 1.1,
  channelExcess: 1.5,
  sharesRange: false,
  isLogits: false,
  channels: 8,
  deadChannels: 0,
  deadNoise: 0,
  biasShift: 0.05,
};

const cases: [CauseName, Partial<Symptoms>, string | undefined][] = [
  ['healthy', { local: 41, global: 38 }, undefined],
  ['earlier layers', { local: 41, global: 18 }, undefined],
  ['dead channels', { deadChannels: 3, deadNoise: 0.9 }, 'equalization (leave out --no-equalize)'],
  ['bias shift', { biasShift: 0.8 }, 'bias correction (leave out --no-bias-correction)'],
  ['saturation', { saturated: 0.02, clippingNoise: 0.9 }, '--observer min-max'],
  ['range outlier', { roundingNoise: 0.9, rangeExcess: 20 }, '--observer percentile'],
  ['shared range', { roundingNoise: 0.9, rangeExcess: 20, sharesRange: true }, undefined],
  ['channel spread', { roundingNoise: 0.9, channelExcess: 9 }, 'equalization (leave out --no-equalize)'],
  ['activation rounding', { roundingNoise: 0.9 }, "--skip 'conv/Relu*'"],
  ['weight spread', { weights: { noise: 0.9, spread: 5, crestFactor: 3 } }, 'equalization (leave out --no-equalize)'],
  ['weight spread', { biasShift: 0.9, weights: { noise: 0.1, spread: 30, crestFactor: 3 } }, 'equalization (leave out --no-equalize)'],
  ['weight outlier', { weights: { noise: 0.9, crestFactor: 9 } }, '--weights mse'],
  ['weight rounding', { weights: { noise: 0.9, crestFactor: 3 } }, '--round'],
  ['quantized input', {}, undefined],
];

/** Made by the quantizer with nothing turned on. */
const plain: Provenance = { calibration: { model: '', data: '', samples: 16, settings: { observer: 'entropy' } }, settings: {} };

for (const [name, symptoms, option] of cases) {
  test(`${name}: ${JSON.stringify(symptoms)}`, () => {
    const cause = diagnose({ ...noisy, ...symptoms }, 'conv/Relu;conv/BiasAdd', plain);
    assert.is(cause.name, name);
    assert.is(cause.option, option);
    assert.not.match(cause.evidence, /NaN|undefined|Infinity/);
  });
}

test('files that were made elsewhere: what the quantizer does by default, and options as they are', () => {
  const option = (symptoms: Partial<Symptoms>) => diagnose({ ...noisy, ...symptoms }, 'conv', undefined).option;
  assert.is(option({ biasShift: 0.8 }), 'bias correction, as zeropoint quantize does by default');
  assert.is(option({ channelExcess: 9, roundingNoise: 0.9 }), 'equalization, as zeropoint quantize does by default');
  assert.is(option({ clippingNoise: 0.9 }), '--observer min-max');
});

const provenance: Provenance = {
  calibration: { model: '', data: '', samples: 500, settings: { observer: 'min-max' } },
  settings: { equalize: true, biasCorrection: true, round: false, weights: 'min-max', scheme: { name: 'int8' } },
};

test('after bias correction the option is --round, after that too it is --skip', () => {
  const shifted = { ...noisy, biasShift: 0.8 };
  assert.is(diagnose(shifted, 'conv', provenance).option, '--round');
  assert.is(diagnose(shifted, 'conv', { ...provenance, settings: { ...provenance.settings, round: true } }).option, "--skip 'conv'");
  assert.is(diagnose({ ...noisy, clippingNoise: 0.9 }, 'conv', provenance).option, "--skip 'conv'", 'min-max of 500 samples');
});

test('clipped logits: only of outputs that SOFTMAX alone reads, and in files quantized with ranges of logits', () => {
  const clipped = { ...noisy, saturated: 0.13, clippingNoise: 0.9, isLogits: true };
  const chosen = { ...provenance, settings: { ...provenance.settings, logitRanges: true } };
  const cause = diagnose(clipped, 'logits', chosen);
  assert.is(cause.name, 'clipped logits');
  assert.is(cause.option, undefined);
  assert.match(cause.evidence, '13 %');
  assert.is(diagnose(clipped, 'logits', provenance).name, 'saturation');
  assert.is(diagnose({ ...clipped, local: 42, global: 38 }, 'logits', chosen).name, 'healthy');
  assert.is(diagnose({ ...clipped, isLogits: false }, 'conv', chosen).name, 'saturation');
});

test.run();
