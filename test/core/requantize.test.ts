// Tests the way from accumulators to centred results: every sequence of the shipped core against BigInt, on millions of values.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ElementwiseForm, Requantization } from '../../src/core/abi';
import { chooseRequantization, scalarRequantization } from '../../src/plan/requantization';
import { addLeftShift, addMultipliers } from '../../src/quant/operator-multipliers';
import { Random } from '../support/random';
import { scratch } from '../support/scratch';
import { realSemantics, relaxedCore } from '../support/semantics';
import { multiplyByQuantizedMultiplier } from './big-arithmetic';
import { DescriptorRunner } from './descriptor';

const clamp = (x: number, lower: number, upper: number) => Math.min(Math.max(x, lower), upper);
const modeNames = Object.keys(Requantization);

/** Multiples of 16 and one tail of 8, so that both GEMM microkernels requantize. */
const channels = 16 * 1024 + 8;

interface Layer {
  readonly name: string;
  readonly multiplier: Int32Array;
  readonly shift: Int32Array;
  readonly lower: number;
  readonly upper: number;
  readonly maxWeight: number;
  /** |accumulator| of any channel stays below it, and below it / 2^(E - e) where channels have shifts of their own. */
  readonly limit: number;
}

const multipliers = [2 ** 30, 2 ** 31 - 1, 2 ** 30 + 1, 2 ** 31 - 2, 0x55555555, 0x66666666];

function drawMultiplier(random: Random): number {
  return random.integer(0, 2) === 0 ? random.pick(multipliers) : random.integer(2 ** 30, 2 ** 31 - 1);
}

/** An accumulator up to +-`last`: around a step of the result, anywhere, of any magnitude, or at the limits. */
function drawAccumulator(multiplier: number, shift: number, { lower, upper }: Layer, last: number, random: Random): number {
  switch (random.integer(0, 7)) {
    case 0:
      return random.pick([last, -last, last - 1, 1 - last, 0, 1, -1]);
    case 1:
      return Math.round((2 * random.real() - 1) * last);
    case 2:
      return Math.round(random.pick([-1, 1]) * last * 2 ** (-31 * random.real()));
    default: {
      const step = random.integer(lower - 2, upper + 2) - 0.5;
      const x = Math.round((step * 2 ** (31 - shift)) / Math.max(multiplier, 1)) + random.integer(-4, 4);
      return clamp(x, -last, last);
    }
  }
}

const convolution = new DescriptorRunner(4 * 2 ** 20);
const place = {
  bias: convolution.reserve(channels * 4),
  constants: convolution.reserve(channels * 16),
  weights: convolution.reserve(channels * 4),
  input: convolution.reserve(64),
  zeroOffset: convolution.reserve(64),
  panelOffsets: convolution.reserve(channels / 4 + 16),
  output: convolution.reserve(channels * 2),
};

/** Runs a convolution of one pixel with zero weights and the accumulators, at most `bounds`, as bias; returns its mode. */
function runLayer(layer: Layer, accumulators: Int32Array, bounds: Float64Array): Requantization {
  const { multiplier, shift, lower, upper, maxWeight } = layer;
  const chosen = chooseRequantization({
    channels,
    multiplier,
    shift,
    bias: accumulators,
    scratch,
    lower,
    upper,
    maxWeight,
    looseBound: 0,
    range: (c) => ({ low: -bounds[c], high: bounds[c] }),
  });
  new Int32Array(convolution.buffer, place.bias, channels).set(chosen.bias);
  new Uint8Array(convolution.buffer, place.constants, channels * 16).set(new Uint8Array(chosen.constants));
  convolution.run('Convolution', {
    input: place.input,
    inputOffsets: place.zeroOffset,
    output: place.output,
    outputOffsets: place.zeroOffset,
    pixels: 1,
    taps: 1,
    tapOffsets: place.zeroOffset,
    depthPairs: 1,
    panels: Math.floor(channels / 16),
    tail: 1,
    panelOffsets: place.panelOffsets,
    weights: place.weights,
    bias: place.bias,
    constants: place.constants,
    mode: chosen.mode,
    shift: chosen.shift,
    lower,
    upper,
  });
  return chosen.mode;
}

const pixels = 4;
const dots = new DescriptorRunner(4 * 2 ** 20, await relaxedCore(realSemantics.signed));
const dotPlace = {
  bias: dots.reserve(channels * 4),
  constants: dots.reserve(channels * 16),
  weights: dots.reserve(channels * 8),
  input: dots.reserve(64),
  zeroOffsets: dots.reserve(4 * pixels),
  outputOffsets: dots.reserve(4 * pixels),
  panelTable: dots.reserve((channels / 16 + 1) * 16),
  workspace: dots.reserve(272),
  output: dots.reserve(channels * 2 * pixels),
};

/** The same by dot products, whose weights hold no factors: four pixels, of which the last counts. */
function runDotLayer(
  { multiplier, shift, lower, upper, maxWeight }: Layer,
  accumulators: Int32Array,
  bounds: Float64Array,
): Requantization {
  const chosen = chooseRequantization({
    ...{ channels, multiplier, shift, bias: accumulators, lower, upper, maxWeight, looseBound: 0 },
    ...{ range: (c: number) => ({ low: -bounds[c], high: bounds[c] }), plainWeights: true, hasManyResults: true, scratch },
  });
  new Int32Array(dots.buffer, dotPlace.bias, channels).set(chosen.bias);
  new Uint8Array(dots.buffer, dotPlace.constants, channels * 16).set(new Uint8Array(chosen.constants));
  new Int32Array(dots.buffer, dotPlace.outputOffsets, pixels).set([0, 1, 2, 3].map((pixel) => pixel * channels * 2));
  dots.run('DotConvolution', {
    ...{ input: dotPlace.input, inputOffsets: dotPlace.zeroOffsets, output: dotPlace.output, outputOffsets: dotPlace.outputOffsets },
    ...{ pixels, taps: 1, tapOffsets: dotPlace.zeroOffsets, turns: 1, panels: Math.floor(channels / 16), tail: 1 },
    ...{ panelTable: dotPlace.panelTable, weights: dotPlace.weights, extraOffsets: 0, extraWeights: 0 },
    ...{ bias: dotPlace.bias, constants: dotPlace.constants, mode: chosen.mode, shift: chosen.shift, lower, upper },
    workspace: dotPlace.workspace,
  });
  return chosen.mode;
}

/** Draws accumulators for a layer and compares all results of both cores. */
function checkLayer(layer: Layer, random: Random, counts: Map<string, number>): void {
  const { shift, lower, limit } = layer;
  const least = lower < 0 ? 0 : 1;
  const exponent = shift.reduce((max, s) => Math.max(max, -s), least);
  const boundsFor = (e: number) => Float64Array.from(shift, (s) => Math.min(limit / 2 ** (e + s), 2 ** 31) - 1);
  const results = new Int16Array(convolution.buffer, place.output, channels);
  checkResults(layer, boundsFor(exponent), random, counts, runLayer, results);
  // With a right shift of 16 in all, accumulators are smaller.
  const half = lower < 0 ? 16 : 17;
  const halfBounds = boundsFor(half);
  const isHalf = exponent <= half && halfBounds.every((bound) => bound >= 1) && random.integer(0, 1) === 0;
  const lastPixel = new Int16Array(dots.buffer, dotPlace.output + (pixels - 1) * channels * 2, channels);
  checkResults(layer, isHalf ? halfBounds : boundsFor(exponent), random, counts, runDotLayer, lastPixel);
}

function checkResults(
  layer: Layer,
  bounds: Float64Array,
  random: Random,
  counts: Map<string, number>,
  run: (layer: Layer, accumulators: Int32Array, bounds: Float64Array) => Requantization,
  results: Int16Array,
): void {
  const { multiplier, shift, lower, upper } = layer;
  const accumulators = Int32Array.from(multiplier, (m, c) => drawAccumulator(m, shift[c], layer, bounds[c], random));
  const mode = modeNames[run(layer, accumulators, bounds)];
  for (let c = 0; c < channels; c++) {
    const expected = clamp(multiplyByQuantizedMultiplier(accumulators[c], multiplier[c], shift[c]), lower, upper);
    if (results[c] !== expected) {
      const where = `accumulator ${accumulators[c]}, multiplier ${multiplier[c]}, shift ${shift[c]}, clamp ${lower}..${upper}`;
      assert.unreachable(`${results[c]} instead of ${expected} by ${mode} for ${where}, channel ${c} of ${layer.name}`);
    }
  }
  counts.set(mode, (counts.get(mode) ?? 0) + channels);
}

/** Clamps as dtypes, zero points and activations make them. */
const anyClamp = [
  [0, 255],
  [0, 127],
  [3, 200],
  [-128, 127],
  [-255, 0],
  [-7, 248],
] as const;

/** One multiplier; `largestResult` bounds the accumulators where their own limits do not. */
function perTensor(random: Random, exponent: number, largestResult: number): Layer {
  const [lower, upper] = random.pick(anyClamp);
  const multiplier = drawMultiplier(random);
  return {
    name: `a layer with one multiplier ${multiplier} and shift ${-exponent}`,
    multiplier: new Int32Array(channels).fill(multiplier),
    shift: new Int32Array(channels).fill(-exponent),
    lower,
    upper,
    maxWeight: 128,
    limit: Math.min(
      lower < 0 && random.integer(0, 3) > 0 ? 2 ** 30 : 2 ** 31,
      Math.floor((largestResult * 2 ** (31 + exponent)) / multiplier),
    ),
  };
}

/** Shifts anywhere in [first, last]; some multipliers are flushed to zero. */
function perChannel(random: Random, first: number, last: number, lower: number, upper: number, limit: number): Layer {
  return {
    name: `a layer with shifts ${first}..${last}`,
    multiplier: Int32Array.from({ length: channels }, () => (random.integer(0, 99) === 0 ? 0 : drawMultiplier(random))),
    shift: Int32Array.from({ length: channels }, () => random.integer(first, last)),
    lower,
    upper,
    maxWeight: 128,
    limit,
  };
}

test('accumulators to results equal BigInt in every mode on 10,000,000 values, seed 7', () => {
  const random = new Random(7);
  const counts = new Map<string, number>();
  for (let round = 0; round < 5; round++) {
    // float32 is for results below 2^21 and exponents -8..12; beyond them the integer sequences take over.
    for (let exponent = -10; exponent <= 31; exponent++) checkLayer(perTensor(random, exponent, 2 ** 31), random, counts);
    for (let exponent = -8; exponent <= 12; exponent++) checkLayer(perTensor(random, exponent, 2 ** 21), random, counts);
    // Factors up to 2^7 fit into 8-bit weights. Clamps wider than 8 bits show more of the result.
    for (let last = -29; last <= 8; last += 1) {
      const first = Math.max(last - 7, -29);
      const [lower, upper] = random.pick([...anyClamp, [0, 32767], [-32768, 32767]] as const);
      checkLayer(perChannel(random, first, last, lower, upper, lower < 0 ? 2 ** 30 : 2 ** 31), random, counts);
    }
    for (let first = -29; first <= -3; first += 2) {
      checkLayer(
        perChannel(random, first, Math.min(random.integer(0, 6), first + 26), 0, random.pick([255, 32767]), 2 ** 31),
        random,
        counts,
      );
      checkLayer(perChannel(random, first - 2, random.integer(0, 30), random.pick([0, -128]), 127, 2 ** 62), random, counts);
    }
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  console.log(`  ${total} accumulators: ${[...counts].map(([mode, count]) => `${mode} ${count}`).join(', ')}`);
  assert.ok(total >= 10e6, `only ${total} values`);
  for (const mode of modeNames) assert.ok(counts.get(mode)! >= 400_000, `${mode} met ${counts.get(mode)} values`);
});

const elements = 65536;
const elementwise = new DescriptorRunner(2 * 2 ** 20);
const operands = {
  left: elementwise.reserve(elements * 2),
  right: elementwise.reserve(elements * 2),
  output: elementwise.reserve(elements * 2),
  constants: elementwise.reserve(240),
};
const left = new Int16Array(elementwise.buffer, operands.left, elements);
const right = new Int16Array(elementwise.buffer, operands.right, elements);
const sums = new Int16Array(elementwise.buffer, operands.output, elements);

function runElementwise(operator: 'Add' | 'Multiply', constants: readonly ArrayBuffer[], subtract: boolean, lower: number, upper: number) {
  constants.forEach((buffer, i) => {
    new Uint8Array(elementwise.buffer, operands.constants + i * buffer.byteLength, buffer.byteLength).set(new Uint8Array(buffer));
  });
  const strides = { ImageBytes: 0, RowBytes: 0, PixelBytes: 0, ChannelBytes: 2 };
  const sides = ['left', 'right', 'output'].flatMap((side) => Object.entries(strides).map(([name, value]) => [side + name, value]));
  elementwise.run(operator, {
    ...Object.fromEntries(sides),
    ...operands,
    images: 1,
    rows: 1,
    columns: 1,
    blocks: elements / 8,
    form: ElementwiseForm.Steps,
    subtract: subtract ? 1 : 0,
    lower,
    upper,
  });
}

test('MUL equals BigInt on all pairs of centred values up to 255, for multipliers of every shift, seed 8', () => {
  const random = new Random(8);
  // 65,536 pairs of 0..255 with random signs.
  for (let shift = -31; shift <= 30; shift++) {
    const multiplier = shift === 0 ? 2 ** 31 - 1 : drawMultiplier(random);
    for (let i = 0; i < elements; i++) {
      left[i] = (i & 255) * random.pick([-1, 1]);
      right[i] = (i >> 8) * random.pick([-1, 1]);
    }
    const [lower, upper] = random.pick([...anyClamp, [-32768, 32767]] as const);
    runElementwise('Multiply', [scalarRequantization(multiplier, shift, 0, 255 ** 2)], false, lower, upper);
    for (let i = 0; i < elements; i++) {
      const expected = clamp(multiplyByQuantizedMultiplier(left[i] * right[i], multiplier, shift), lower, upper);
      if (sums[i] !== expected) assert.unreachable(`${left[i]} x ${right[i]}: ${sums[i]}, not ${expected}; ${multiplier}, shift ${shift}`);
    }
  }
  console.log(`  ${62 * elements} products`);
});

test('ADD and SUB equal BigInt for operand scales up to 2^24 apart, seed 9', () => {
  const random = new Random(9);
  const rounds = 30;
  for (let round = 0; round < rounds; round++) {
    const scales = [2 ** (-24 * random.real() * (round % 3)), 1].map(Math.fround);
    if (random.integer(0, 1) === 0) scales.reverse();
    const outputScale = Math.fround((scales[0] + scales[1]) * 2 ** random.pick([0.5 - random.real(), -random.integer(2, 16), 20]));
    const { input1, input2, output } = addMultipliers(scales[0], scales[1], outputScale);
    for (let i = 0; i < elements; i++) {
      left[i] = random.integer(-255, 255);
      right[i] = random.integer(-255, 255);
    }
    const subtract = round % 2 === 1;
    const [lower, upper] = random.pick([...anyClamp, [-32768, 32767]] as const);
    const constants = [
      ...[input1, input2].map(({ multiplier, shift }) => scalarRequantization(multiplier, shift, addLeftShift, 255)),
      scalarRequantization(output.multiplier, output.shift, 0, 2 ** 29),
    ];
    runElementwise('Add', constants, subtract, lower, upper);
    const scaled = (x: number, by: typeof input1) => multiplyByQuantizedMultiplier(x * 2 ** addLeftShift, by.multiplier, by.shift);
    for (let i = 0; i < elements; i++) {
      const sum = scaled(left[i], input1) + (subtract ? -1 : 1) * scaled(right[i], input2);
      const expected = clamp(multiplyByQuantizedMultiplier(sum, output.multiplier, output.shift), lower, upper);
      if (sums[i] !== expected)
        assert.unreachable(`${left[i]}, ${right[i]}: ${sums[i]}, not ${expected}; scales ${scales} to ${outputScale}`);
    }
  }
  console.log(`  ${rounds * elements} sums and differences`);
});

test.run();
