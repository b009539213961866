// Owns the tests of tools/calibrate/histogram.ts: exact counts, independence of order and parts, edges of float32.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Histogram } from '../../../tools/calibrate/histogram';
import { Random } from '../../support/random';

const f32 = Math.fround;

function histogramOf(...chunks: ArrayLike<number>[]): Histogram {
  const histogram = new Histogram();
  for (const chunk of chunks) histogram.observe(Float32Array.from(chunk));
  return histogram;
}

/** Counts by bin number, from the definition. */
function bruteForce(data: readonly number[], width: number): Map<number, number> {
  const counts = new Map<number, number>();
  for (const x of data) {
    const bin = Math.floor(f32(x) / width);
    if (Number.isFinite(x) && x !== 0) counts.set(bin, (counts.get(bin) ?? 0) + 1);
  }
  return counts;
}

const random = new Random(11);
const normals = (count: number, scale: number) => Array.from({ length: count }, () => f32(random.normal() * scale));

const cases: [string, number[]][] = [
  ['normal', normals(5000, 3)],
  ['relu', normals(5000, 1).map((x) => Math.max(x, 0))],
  ['negative', normals(1000, 1).map((x) => -Math.abs(x) - 5)],
  ['outlier', [...normals(1000, 1), 1e6]],
  ['tiny beside large', [1e-40, -1e-45, 3e38, -1e30]],
  ['the largest float32 of both signs', [f32(3.4028234663852886e38), f32(-3.4028234663852886e38), 1]],
  ['neighbours', [1, 1 + 2 ** -23, 1 + 2 ** -22]],
  ['growing inside the last bins', [-1, 1, 1.0001, 1.0002, -1.0001, -1.0002].map(f32)],
  ['constant', [0.1, 0.1, 0.1].map(f32)],
  ['subnormal', [1e-45, 2e-45, 3e-45].map(f32)],
];

for (const [title, data] of cases) {
  test(`${title}: every bin counts what lies in it, with 2048 to 4096 bins over the range`, () => {
    const { width, first, counts } = histogramOf(data).shape;
    assert.is(Math.log2(width) % 1, 0);
    assert.ok(counts.length <= 4096, `${counts.length} bins`);
    const span = Math.max(...data.filter((x) => x)) - Math.min(...data.filter((x) => x));
    if (span > 4096 * 2 ** -149) assert.ok(counts.length > 2047, `${counts.length} bins of ${width} for ${span}`);
    const expected = bruteForce(data, width);
    counts.forEach((count, i) => {
      if (count > 0 || expected.has(first + i)) assert.is(count, expected.get(first + i), `bin ${first + i}`);
    });
    assert.is(
      counts.reduce((sum, count) => sum + count, 0),
      [...expected.values()].reduce((sum, count) => sum + count, 0),
    );
  });

  test(`${title}: order, chunks, merging and JSON change nothing`, () => {
    const whole = histogramOf(data);
    const reversed = histogramOf(...data.toReversed().map((x) => [x]));
    assert.equal(reversed.state(), whole.state());
    const merged = histogramOf(data.slice(1));
    merged.merge(histogramOf(data.slice(0, 1)));
    merged.merge(new Histogram());
    assert.equal(merged.state(), whole.state());
    assert.equal(Histogram.from(JSON.parse(JSON.stringify(whole.state()))).state(), whole.state());
    const resumed = Histogram.from(JSON.parse(JSON.stringify(histogramOf(data.slice(0, 2)).state())));
    resumed.observe(Float32Array.from(data.slice(2)));
    assert.equal(resumed.state(), whole.state());
  });
}

test('zeros of both signs, NaN and infinities are counted apart', () => {
  const histogram = histogramOf([0, -0, Number.NaN, 2, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  assert.equal([histogram.zeros, histogram.nonFinite, histogram.min, histogram.max], [2, 3, 0, 2]);
  assert.equal(Array.from(histogram.shape.counts), [1]);
});

test('extremes include zeros, and are 0 without data', () => {
  const extremes = (...data: number[]) => [histogramOf(data).min, histogramOf(data).max];
  assert.equal(extremes(), [0, 0]);
  assert.equal(extremes(Number.NaN), [0, 0]);
  assert.equal(extremes(0), [0, 0]);
  assert.equal(extremes(2, 3), [2, 3]);
  assert.equal(extremes(0, 2), [0, 2]);
  assert.equal(extremes(-2, -3), [-3, -2]);
  assert.equal(extremes(-2, 0), [-2, 0]);
});

test('a million numbers in growing ranges take no more than 4096 bins', () => {
  const histogram = new Histogram();
  for (let i = 0; i < 100; i++) histogram.observe(Float32Array.from(normals(10000, 1.3 ** i)));
  assert.ok(histogram.shape.counts.length <= 4096);
  assert.is(histogram.shape.counts.reduce((sum, count) => sum + count, 0) + histogram.zeros, 1e6);
});

test.run();
