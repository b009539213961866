// Tests the choice of requantization at the limits of its conditions, and the constants of channels that never change.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Requantization, requantizationBytes } from '../../src/core/abi';
import { type Accumulation, chooseRequantization, constantChannel } from '../../src/plan/requantization';
import { scratch } from '../support/scratch';

interface Channel {
  readonly shift: number;
  readonly bias?: number;
  readonly multiplier?: number;
  readonly low?: number;
  readonly high?: number;
}

/** Multipliers that float32 cannot represent well enough, so that integers are chosen. */
const multiplier = 2 ** 31 - 1;

/** A layer of 8-bit weights; ranges default to what the loose bound says. */
function layer(channels: readonly Channel[], options: Partial<Accumulation> = {}): Accumulation {
  const looseBound = options.looseBound ?? 0;
  return {
    channels: channels.length,
    multiplier: Int32Array.from(channels, (c) => c.multiplier ?? multiplier),
    shift: Int32Array.from(channels, ({ shift }) => shift),
    bias: Int32Array.from(channels, ({ bias = 0 }) => bias),
    lower: 0,
    upper: 255,
    maxWeight: 128,
    looseBound,
    scratch,
    range: (c) => ({ low: channels[c].low ?? -looseBound, high: channels[c].high ?? looseBound }),
    ...options,
  };
}

const { NonNegative, Signed, General, Scaled, Float, FloatSigned } = Requantization;
const modeName = (mode: Requantization) => Object.keys(Requantization)[mode];

function expectMode(title: string, mode: Requantization, accumulation: Accumulation): void {
  test(`${title}: ${modeName(mode)}`, () => {
    assert.is(modeName(chooseRequantization(accumulation).mode), modeName(mode));
  });
}

const negative = { lower: -128, upper: 127 } as const;
/** One exponent beyond what float32 is tried for. */
const shift = -13;

// |accumulator| 2^(E - e) has to stay below 2^30 with a clamp below 0, and below 2^31 without.
expectMode('signed, one channel just below 2^30', Signed, layer([{ shift }], { ...negative, looseBound: 2 ** 30 - 1 }));
expectMode('signed, one channel at 2^30', General, layer([{ shift }], { ...negative, looseBound: 2 ** 30 }));
expectMode('signed, bias and sum just below 2^30', Signed, layer([{ shift, bias: -(2 ** 29) }], { ...negative, looseBound: 2 ** 29 - 1 }));
expectMode(
  'signed, bias and sum at 2^30',
  General,
  layer([{ shift, bias: -(2 ** 29), low: -(2 ** 30), high: 0 }], { ...negative, looseBound: 2 ** 29 }),
);
expectMode('one multiplier never negative: any int32', NonNegative, layer([{ shift }], { looseBound: 2 ** 40 }));
/** The first channel decides E = 16; its range keeps it from being constant. */
const wide = { shift: -16, low: 1 - 2 ** 30, high: 2 ** 30 - 1 };
const spread = (bias: number, low?: number, high?: number) => [wide, { shift: -13, bias, low, high }];
expectMode('factor 8 just below 2^31', NonNegative, layer(spread(0), { looseBound: 2 ** 28 - 1 }));
expectMode('factor 8 at 2^31', General, layer(spread(0), { looseBound: 2 ** 28 }));
expectMode('factor 8, bias just below 2^31', NonNegative, layer(spread(2 ** 28 - 1, 0, 2 ** 28 - 1), { looseBound: 10 }));
expectMode('factor 8, bias at 2^31', General, layer(spread(2 ** 28, 0, 2 ** 28), { looseBound: 10 }));
const tight = (bound: number) => layer(spread(0, -bound, bound), { looseBound: 2 ** 30 });
expectMode('factor 8, too loose a bound but weights just below 2^31', NonNegative, tight(2 ** 28 - 1));
expectMode('factor 8, weights at 2^31', General, tight(2 ** 28));
expectMode('factor 8 signed, weights just below 2^30', Signed, { ...tight(2 ** 27 - 1), ...negative });
expectMode('factor 8 signed, weights at 2^30', General, { ...tight(2 ** 27), ...negative });

// Weights times 2^(E - e) have to fit int16.
const factors = (first: number, maxWeight: number, options = {}) =>
  layer(
    [
      { shift: first, low: -(2 ** 22), high: 2 ** 22 },
      { shift: -13, low: -(2 ** 20), high: 2 ** 20 },
    ],
    { maxWeight, looseBound: 1000, ...options },
  );
expectMode('weights of 255 times 128', NonNegative, factors(-20, 255));
expectMode('weights of 256 times 128', Scaled, factors(-20, 256));
expectMode('weights of 128 times 256', Scaled, factors(-21, 128));
expectMode('weights of 127 times 256', NonNegative, factors(-21, 127));
expectMode('weights of 128 times 256, signed', General, factors(-21, 128, negative));

// Rounding constants need room in 64 bits.
expectMode('a right shift of 29', NonNegative, layer([{ shift: -29 }], { looseBound: 2 ** 31 - 1 }));
expectMode('a right shift of 30', General, layer([{ shift: -30 }], { looseBound: 2 ** 31 - 1, lower: 0, upper: 0.5 }));

// Real 2^-8, where float32 is exact; results of 2^21 and more are beyond its rounding.
const exact = { multiplier: 2 ** 30, shift: -7 };
expectMode('a power of two', Float, layer([exact], { looseBound: 2 ** 20 }));
expectMode('a third, signed', FloatSigned, layer([{ ...exact, multiplier: 0x55555555 }], { ...negative, looseBound: 2 ** 20 }));
expectMode('a power of two, results just below 2^21', Float, layer([exact], { looseBound: 2 ** 29 - 1 }));
expectMode('a power of two, results at 2^21', NonNegative, layer([exact], { looseBound: 2 ** 29 }));
expectMode('two channels of other shifts', NonNegative, layer([exact, { ...exact, shift: -6 }], { looseBound: 1000 }));

test('factors go into weights and bias, and constants of channel c lie in group c / 4', () => {
  const chosen = chooseRequantization(layer([{ shift: -16, bias: 7 }, { shift: -13, bias: -5 }, { shift: -14 }], { looseBound: 1000 }));
  assert.equal([...chosen.scaleShifts], [0, 3, 2, 0, 0, 0, 0, 0]);
  assert.equal([...chosen.bias], [7, -40, 0, 0, 0, 0, 0, 0]);
  assert.is(chosen.shift, 15);
  assert.is(chosen.constants.byteLength, 2 * requantizationBytes);
  const rounding = new BigInt64Array(chosen.constants, 16, 3);
  assert.equal([...rounding], [2n ** 30n + 2n ** 46n, 2n ** 33n + 2n ** 46n, 2n ** 32n + 2n ** 46n]);
});

test('flushed multipliers and ranges that round to one code become constant channels', () => {
  const channels = [
    { shift: -13, low: 0, high: 2 ** 30 },
    { shift: 0, multiplier: 0 },
    // Saturates: every accumulator gives 255. Its own bias is out of reach for the factor.
    { shift: 0, bias: 2 ** 30, low: 2 ** 29, high: 2 ** 30 + 5 },
  ];
  const chosen = chooseRequantization(layer(channels, { looseBound: 1000 }));
  assert.is(modeName(chosen.mode), 'NonNegative');
  assert.equal([...chosen.scaleShifts].slice(0, 3), [0, constantChannel, constantChannel]);
  // E = 13: with a multiplier of 1/2 the result returns from result 2^(E + 1).
  assert.equal([...chosen.bias].slice(0, 3), [0, 0, 255 * 2 ** 14]);
});

test('a constant channel with a result other than 0 needs a right shift of at most 20', () => {
  const saturated = { shift: 0, bias: 2 ** 30, low: 2 ** 29, high: 2 ** 30 };
  const live = (s: number) => ({ shift: s, low: 0, high: 2 ** 30 });
  for (const [s, mode] of [
    [-20, 'NonNegative'],
    [-21, 'General'],
  ] as const) {
    assert.is(modeName(chooseRequantization(layer([live(s), saturated], { looseBound: 1000 })).mode), mode, `shift ${s}`);
  }
});

test('a clamp above 0 is the result of a flushed channel', () => {
  const chosen = chooseRequantization(layer([{ shift: -13 }, { shift: 0, multiplier: 0 }], { looseBound: 1000, lower: 3, upper: 200 }));
  assert.is(chosen.bias[1], 3 * 2 ** 14);
});

test.run();
