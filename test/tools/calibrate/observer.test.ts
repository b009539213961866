// Owns the tests of the observers: against brute force over all data, on odd data, merged, and restored from JSON.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createObserver, type Observer, restoreObserver } from '../../../tools/calibrate/observer';
import type { TensorRange } from '../../../tools/calibrate/ranges';
import { type CalibrationSettings, observerNames } from '../../../tools/calibrate/settings';
import { refuses } from '../../support/errors';
import { Random } from '../../support/random';

const random = new Random(3);
const chunksOf = (next: () => number, chunks = 8, size = 2500) =>
  Array.from({ length: chunks }, () => Float32Array.from({ length: size }, next));

/** What tensors of networks look like. */
const shapes: Record<string, Float32Array[]> = {
  normal: chunksOf(() => 2 * random.normal()),
  'shifted normal': chunksOf(() => 1.5 + random.normal()),
  relu: chunksOf(() => Math.max(0, random.normal())),
  relu6: chunksOf(() => Math.min(6, Math.max(0, 4 * random.normal()))),
  'long tail': chunksOf(() => random.normal() ** 5),
  outliers: chunksOf(() => (random.real() < 2e-4 ? 60 : random.normal())),
  positive: chunksOf(() => 2 + random.real()),
  negative: chunksOf(() => -2 - random.real()),
};

const flatten = (chunks: Float32Array[]): number[] => chunks.flatMap((chunk) => Array.from(chunk));

function observe(settings: CalibrationSettings, chunks: Float32Array[]): Observer {
  const observer = createObserver(settings);
  for (const chunk of chunks) observer.observe(chunk);
  return observer;
}

const span = ({ min, max }: TensorRange) => max - min;

/** Mean squared error of 8-bit asymmetric quantization over a range, number by number. */
function squaredError(data: readonly number[], range: TensorRange): number {
  const [low, high] = [Math.min(range.min, 0), Math.max(range.max, 0)];
  const scale = (high - low) / 255;
  const zero = Math.round(-low / scale);
  let sum = 0;
  for (const x of data) {
    const code = Math.min(255, Math.max(0, Math.round(x / scale) + zero));
    sum += (x - (code - zero) * scale) ** 2;
  }
  return sum / data.length;
}

for (const [name, chunks] of Object.entries(shapes)) {
  const data = flatten(chunks);
  const extremes = { min: Math.min(...data), max: Math.max(...data) };

  test(`min-max of ${name}`, () => {
    assert.equal(observe({ observer: 'min-max' }, chunks).range(), extremes);
  });

  test(`moving average of ${name} weighs chunk i of n by 0.99^(n - i)`, () => {
    const weights = chunks.map((_, i) => 0.99 ** (chunks.length - 1 - i));
    const average = (of: (chunk: Float32Array) => number) =>
      chunks.reduce((sum, chunk, i) => sum + weights[i] * of(chunk), 0) / weights.reduce((a, b) => a + b);
    const { min, max } = observe({ observer: 'moving-average' }, chunks).range();
    assert.ok(Math.abs(min - average((chunk) => Math.min(...chunk))) < 1e-12);
    assert.ok(Math.abs(max - average((chunk) => Math.max(...chunk))) < 1e-12);
  });

  for (const percentile of [99.99, 99.9, 99, 75, 100]) {
    test(`percentile ${percentile} of ${name} is that of the sorted data, to one bin`, () => {
      const sorted = [...data].sort((a, b) => a - b);
      const range = observe({ observer: 'percentile', percentile }, chunks).range();
      const bin = span(extremes) / 1024;
      const rank = (share: number) => sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
      assert.ok(Math.abs(range.max - rank(percentile / 100)) <= bin, `${range.max}, not ${rank(percentile / 100)}`);
      assert.ok(Math.abs(range.min - rank(1 - percentile / 100)) <= bin, `${range.min}, not ${rank(1 - percentile / 100)}`);
    });
  }

  test(`mse of ${name}: no range of a grid over the full data is better by more than 2 %`, () => {
    const found = observe({ observer: 'mse' }, chunks).range();
    let best = squaredError(data, extremes);
    for (let i = 1; i <= 16; i++) {
      for (let j = 1; j <= 16; j++)
        best = Math.min(best, squaredError(data, { min: (extremes.min * i) / 16, max: (extremes.max * j) / 16 }));
    }
    assert.ok(squaredError(data, found) <= best * 1.02, `${squaredError(data, found)} of ${JSON.stringify(found)}, ${best} is possible`);
  });

  for (const observer of observerNames) {
    test(`${observer} of ${name}: within the extremes; merged and restored it is the same`, () => {
      const settings = { observer };
      const whole = observe(settings, chunks);
      const range = whole.range();
      assert.ok(range.min >= extremes.min && range.max <= extremes.max && range.min <= range.max, JSON.stringify(range));
      const restored = restoreObserver(settings, JSON.parse(JSON.stringify(whole.state())));
      assert.equal(restored.range(), range);
      if (observer === 'moving-average') return;
      const merged = observe(settings, chunks.slice(0, 3));
      merged.merge(observe(settings, chunks.slice(3)));
      assert.equal(merged.state(), whole.state());
      assert.equal(merged.range(), range);
    });

    test(`${observer} of ${name} restored in the middle goes on as if nothing had happened`, () => {
      const half = observe({ observer }, chunks.slice(0, 4));
      const restored = restoreObserver({ observer }, JSON.parse(JSON.stringify(half.state())));
      for (const chunk of chunks.slice(4)) restored.observe(chunk);
      assert.equal(restored.range(), observe({ observer }, chunks).range());
    });
  }
}

test('entropy cuts off what min-max does not: a lone outlier costs less than a tenth of the codes', () => {
  const { max } = observe({ observer: 'entropy' }, shapes.outliers).range();
  assert.ok(max > 2 && max < 30, `${max}`);
});

test('entropy keeps ReLU6, whose data end at a spike', () => {
  const { min, max } = observe({ observer: 'entropy' }, shapes.relu6).range();
  assert.equal([min, max], [0, 6]);
});

const odd: [string, number[][], TensorRange][] = [
  ['nothing', [], { min: 0, max: 0 }],
  ['empty chunks', [[], []], { min: 0, max: 0 }],
  ['zeros', [[0, 0], [0]], { min: 0, max: 0 }],
  ['one number', [[3]], { min: 3, max: 3 }],
  ['a negative constant', [[-3, -3, -3]], { min: -3, max: -3 }],
  ['NaN and infinities alone', [[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]], { min: 0, max: 0 }],
];

for (const observer of observerNames) {
  for (const [title, chunks, expected] of odd) {
    test(`${observer} of ${title}`, () => {
      const seen = observe(
        { observer },
        chunks.map((chunk) => Float32Array.from(chunk)),
      );
      assert.equal(seen.range(), expected);
      assert.equal(restoreObserver({ observer }, JSON.parse(JSON.stringify(seen.state()))).range(), expected);
      assert.is(seen.nonFinite, chunks.flat().filter((x) => !Number.isFinite(x)).length);
    });
  }

  test(`${observer} ignores what is not finite among 1000 numbers`, () => {
    const data = Float32Array.from({ length: 1000 }, () => random.normal());
    const dirty = Float32Array.from([Number.NaN, ...data, Number.POSITIVE_INFINITY]);
    const seen = observe({ observer }, [dirty]);
    assert.equal(seen.range(), observe({ observer }, [data]).range());
    assert.is(seen.nonFinite, 2);
  });
}

test('percentiles that are none are refused', async () => {
  for (const percentile of [50, 101, Number.NaN, -1]) {
    await refuses(async () => createObserver({ observer: 'percentile', percentile }), 'bad-argument', /give a number above 50/);
  }
});

test.run();
