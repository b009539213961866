// Tests bootstrap intervals: their coverage, and that they do not depend on the order or the shards of samples.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BootstrapSums, pairedEstimate, percentileInterval, ratio, resampleWeights } from '../../../../tools/compare/tasks/bootstrap';
import { Random } from '../../../support/random';

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value));

test('weights of resamples are Poisson numbers of mean and variance 1, the same for the same sample', () => {
  const weights = Array.from({ length: 400 }, (_, index) => [...resampleWeights(index)]).flat();
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  const variance = weights.reduce((sum, weight) => sum + (weight - mean) ** 2, 0) / weights.length;
  assert.ok(Math.abs(mean - 1) < 0.01 && Math.abs(variance - 1) < 0.02, `${mean}, ${variance}`);
  const zeros = weights.filter((weight) => weight === 0).length / weights.length;
  assert.ok(Math.abs(zeros - Math.exp(-1)) < 0.005, `${zeros}`);
  assert.equal(resampleWeights(17), resampleWeights(17));
  assert.not.equal(resampleWeights(17), resampleWeights(18));
});

test('the interval of a mean is about 1.96 standard errors on either side', () => {
  const random = new Random(9);
  const values = Array.from({ length: 400 }, () => random.normal());
  const sums = new BootstrapSums(2);
  for (const [index, value] of values.entries()) sums.add(index, [value, 1]);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const error = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0)) / values.length;
  const { value, interval } = sums.estimate(ratio(0, 1));
  assert.ok(Math.abs(value - mean) < 1e-12);
  const width = (interval!.high - interval!.low) / (2 * 1.96 * error);
  assert.ok(width > 0.85 && width < 1.15, `${width}`);
  assert.ok(interval!.low < mean && interval!.high > mean);
});

test('samples in any order, in shards through JSON: the same sums', () => {
  const random = new Random(2);
  const rows = Array.from({ length: 30 }, () => [random.integer(0, 9), random.integer(1, 5), 0]);
  const whole = new BootstrapSums(3);
  for (const [index, row] of rows.entries()) whole.add(index, row);
  const parts = [0, 1, 2].map(() => new BootstrapSums(3));
  for (const [index, row] of [...rows.entries()].reverse()) parts[index % 3].add(index, row);
  const merged = BootstrapSums.from(copy(parts[2].state()));
  for (const part of parts.slice(0, 2)) merged.merge(BootstrapSums.from(copy(part.state())));
  assert.equal(merged.state(), whole.state());
  assert.equal(merged.estimate(ratio(0, 1)), whole.estimate(ratio(0, 1)));
  assert.ok(whole.state().sums.length <= 2 * 501, 'columns of zeros are left out');
});

test('both figures are resampled together: an equal gain on every sample has no spread', () => {
  const random = new Random(5);
  const sums = new BootstrapSums(3);
  for (let index = 0; index < 50; index++) {
    const value = random.integer(0, 100);
    sums.add(index, [value, value - 3, 1]);
  }
  const { drop, interval } = pairedEstimate(sums, ratio(0, 2), ratio(1, 2));
  for (const value of [drop, interval!.low, interval!.high]) assert.ok(Math.abs(value - 3) < 1e-9, `${value}`);
});

test('one sample has no interval; NaN of empty resamples is left out', () => {
  const sums = new BootstrapSums(2);
  sums.add(0, [3, 2]);
  assert.equal(sums.estimate(ratio(0, 1)), { value: 1.5 });
  assert.equal(percentileInterval([Number.NaN, 2, 1, Number.NaN]), { low: 1, high: 2 });
  assert.is(percentileInterval([Number.NaN]), undefined);
});

test.run();
