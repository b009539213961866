// Tests tools/compare/error-sums.ts on values small enough to sum by hand.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decibels, ErrorSums } from '../../../tools/compare/error-sums';
import { Random } from '../../support/random';

const near = (actual: number, expected: number, what: string, tolerance = 1e-9) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual}, expected ${expected}`);

test('SQNR, cosine and largest difference of [3, 4] and [3, 5]', () => {
  const sums = new ErrorSums(2);
  sums.add([3, 4], [3, 5]);
  const { sqnr, cosine, maxAbs } = sums.figures();
  near(sqnr, 10 * Math.log10(25 / 1), 'SQNR');
  near(cosine, (9 + 20) / (5 * Math.sqrt(34)), 'cosine');
  assert.is(maxAbs, 1);
});

test('decibels are limited: no noise, no signal, neither', () => {
  assert.equal([decibels(1, 0), decibels(0, 1), decibels(0, 0), decibels(1, 1e-30)], [150, -150, 150, 150]);
});

test('small errors of large values are not lost: 1e6 with errors of 1e-3', () => {
  const sums = new ErrorSums(1);
  for (let i = 0; i < 1000; i++) sums.add([1e6], [1e6 + 1e-3]);
  near(sums.figures().sqnr, 150, 'SQNR, 180 dB limited');
  near(sums.noise, 1e-3, 'noise', 1e-6);
  near(sums.biasShift(), 1, 'all of it is a shift', 1e-6);
});

test('bias shift: a constant in one of two channels, as large as the noise of the other', () => {
  const sums = new ErrorSums(2);
  sums.add([1, 1], [2, 2]);
  sums.add([1, 1], [2, 0]);
  // Channel 0: errors 1, 1, all shift. Channel 1: errors 1, -1, no shift.
  near(sums.biasShift(), 0.5, 'share');
});

test('dead channels: constant codes under a changing float channel, not where float is constant too', () => {
  const sums = new ErrorSums(3);
  sums.add([1, 5, 1], [0, 5, 1]);
  sums.add([2, 5, 2], [0, 5, 1.5]);
  const { count, noiseShare } = sums.deadChannels();
  assert.is(count, 1);
  near(noiseShare, 5 / 5.25, 'share');
});

test('equalized channels, scaled by 8 and 1/4 and shifted, are estimated and undone', () => {
  const random = new Random(1);
  const sums = new ErrorSums(2);
  for (let i = 0; i < 64; i++) {
    const quantized = [random.normal(), random.normal()];
    sums.add([8 * quantized[0] + 3, quantized[1] / 4], quantized);
  }
  const affine = sums.estimateAffine()!;
  near(affine.gain[0], 8, 'gain 0', 1e-6);
  near(affine.gain[1], 0.25, 'gain 1', 1e-6);
  near(affine.offset[0], 3, 'offset 0', 1e-6);
});

test('a scaling known to be there is undone by the slope of q on f; a shift stays an error unless it is known too', () => {
  const random = new Random(4);
  const sums = new ErrorSums(2);
  for (let i = 0; i < 4000; i++) {
    const value = random.normal();
    // Channel 1 is noise without correlation, so that its gain stays 1.
    sums.add([value, value], [3 * value + 1 + random.normal(), random.normal()]);
  }
  const [scaled, shifted] = [sums.knownAffine(false), sums.knownAffine(true)];
  assert.ok(Math.abs(scaled.gain[0] * 3 - 1) < 0.05, `gain ${scaled.gain[0]}, where least squares of f on q would give 0.3`);
  assert.is(scaled.gain[1], 1);
  assert.equal([...scaled.offset], [0, 0]);
  assert.ok(Math.abs(shifted.offset[0] + 1 / 3) < 0.05, `offset ${shifted.offset[0]}`);
});

test('noise, a shift or a broken layer are not taken for equalization', () => {
  const random = new Random(2);
  const [noisy, shifted, broken] = Array.from({ length: 3 }, () => new ErrorSums(1));
  for (let i = 0; i < 64; i++) {
    const value = random.normal();
    noisy.add([value], [value + 0.1 * random.normal()]);
    shifted.add([value], [value + 7]);
    broken.add([value], [random.normal()]);
  }
  assert.equal(
    [noisy, shifted, broken].map((sums) => sums.estimateAffine()),
    [undefined, undefined, undefined],
  );
});

test('merged and restored, parts have the figures of the whole, the largest difference exactly', () => {
  const random = new Random(3);
  const [whole, merged] = [new ErrorSums(3), new ErrorSums(3)];
  const parts = Array.from({ length: 3 }, () => new ErrorSums(3));
  for (let i = 0; i < 60; i++) {
    const float = Array.from({ length: 6 }, () => random.normal());
    const quantized = float.map((value) => value + random.normal() / 50);
    whole.add(float, quantized);
    parts[i % 3].add(float, quantized);
  }
  for (const part of parts) merged.merge(ErrorSums.from(JSON.parse(JSON.stringify(part.state()))));
  const [expected, found] = [whole.figures(), merged.figures()];
  near(found.sqnr / expected.sqnr, 1, 'SQNR');
  near(found.cosine / expected.cosine, 1, 'cosine');
  assert.is(found.maxAbs, expected.maxAbs);
  near(merged.biasShift() / whole.biasShift(), 1, 'bias shift, which counts values per channel');
});

test.run();
