// Tests tools/model/timing.ts on a clock of its own: what the parts of a cold start and the figures of runs are made of.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mobilenetV1 } from '../../../src/builders/mobilenet-v1';
import { measureColdStart, measureRuns } from '../../../tools/model/timing';
import { percentile } from '../../../tools/statistics';

/** Runs `work` while performance.now() gives `times`, one after the other. */
async function atTimes<T>(times: readonly number[], work: () => T | Promise<T>): Promise<T> {
  const { now } = performance;
  const left = [...times];
  performance.now = () => {
    if (left.length === 0) throw new Error('the clock is read more often');
    return left.shift()!;
  };
  try {
    const result = await work();
    assert.equal(left, [], 'the clock is read less often');
    return result;
  } finally {
    performance.now = now;
  }
}

test('cold start: compile is the first load less the second, and never negative', async () => {
  const bytes = mobilenetV1({ alpha: 0.25, resolution: 32, classes: 10 });
  const [slowFirst, slowSecond] = [
    // First load 0 to 12, first run 20 to 23, second load 30 to 34.
    await atTimes([0, 12, 20, 23, 30, 34], () => measureColdStart(bytes)),
    await atTimes([0, 5, 20, 21, 30, 39], () => measureColdStart(bytes)),
  ];
  assert.equal(slowFirst.coldStart, { compile: 8, load: 4, firstRun: 3 });
  assert.equal(slowSecond.coldStart, { compile: 0, load: 9, firstRun: 1 });
});

test('runs: half a second of warming up is not counted, times are ordered', async () => {
  let runs = 0;
  const model = { run: () => void runs++ };
  // Warming up: starts at 0, three runs; then three runs of 5, 1 and 3 ms.
  const times = await atTimes([0, 200, 499, 500, 600, 605, 610, 611, 620, 623], () => measureRuns(model, 3));
  assert.equal(times, { runs: 3, min: 1, median: 3, p95: 5 });
  assert.is(runs, 6);
});

test('percentiles are nearest ranks', () => {
  const ascending = [1, 2, 3, 4];
  assert.equal(
    [0.01, 0.25, 0.26, 0.5, 0.95, 1].map((share) => percentile(ascending, share)),
    [1, 1, 2, 2, 4, 4],
  );
});

test.run();
