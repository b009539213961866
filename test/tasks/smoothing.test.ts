// Tests filters over time by MediaPipe's published figures and by the formulas of the One Euro filter's paper.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { LowPassFilter, OneEuroFilter, type OneEuroOptions } from '../../src/tasks/smoothing';

const close = (actual: number, expected: number, tolerance = 1e-6) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, expected ${expected}`);

// low_pass_filter_test.cc: 2, then 100.
for (const [alpha, expected] of [
  [1, 100],
  [0, 2],
  [0.5, 51],
] as const) {
  test(`a low-pass filter with alpha ${alpha}`, () => {
    const filter = new LowPassFilter();
    assert.is(filter.apply(2, alpha), 2);
    assert.is(filter.apply(100, alpha), expected);
  });
}

// one_euro_filter_test.cc, OneEuroFilterValidValueFilter.
test('One Euro: 2, 3, 4 a second apart, without beta', () => {
  const filter = new OneEuroFilter({ minCutoff: 0.1, beta: 0, derivateCutoff: 0.1 });
  close(filter.apply(2, 1), 2);
  close(filter.apply(3, 2), 2.4, 0.1);
  close(filter.apply(4, 3), 3, 0.1);
});

/** The filter as the paper's appendix writes it, with the rate of the newest two values, and 30 Hz for the first one. */
function paper(
  values: readonly number[],
  times: readonly number[],
  { minCutoff, beta, derivateCutoff }: OneEuroOptions,
  scale: number,
): number[] {
  const alpha = (rate: number, cutoff: number) => {
    const tau = 1 / (2 * Math.PI * cutoff);
    const te = 1 / rate;
    return 1 / (1 + tau / te);
  };
  let [x, dx] = [values[0], 0];
  return values.map((value, i) => {
    if (i === 0) return x;
    const rate = 1 / (times[i] - times[i - 1]);
    const speed = (value - values[i - 1]) * rate * scale;
    dx += alpha(rate, derivateCutoff) * (speed - dx);
    x += alpha(rate, minCutoff + beta * Math.abs(dx)) * (value - x);
    return x;
  });
}

for (const [options, scale] of [
  [{ minCutoff: 0.05, beta: 80, derivateCutoff: 1 }, 1 / 300],
  [{ minCutoff: 0.01, beta: 10, derivateCutoff: 1 }, 1 / 300],
  [{ minCutoff: 0.1, beta: 40, derivateCutoff: 1 }, 1],
] as const) {
  test(`One Euro ${JSON.stringify(options)}, scale ${scale}, as the paper, at changing rates`, () => {
    const values = [10, 12, 11, 40, 41, 41, 41, 20];
    const times = [0, 0.03, 0.07, 0.1, 0.2, 0.23, 0.26, 0.3];
    const filter = new OneEuroFilter(options);
    const expected = paper(values, times, options, scale);
    for (const [i, value] of values.entries()) close(filter.apply(value, times[i], scale), expected[i], 1e-9);
  });
}

test.run();
