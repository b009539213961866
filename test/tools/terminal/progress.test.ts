// Owns the tests of tools/terminal/progress.ts where there is no terminal; test/tools/commands/calibrate.test.ts sees a bar drawn.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { joinStages, type Shares, sharesWithin, showProgress, showStages } from '../../../tools/terminal/progress';

/** What is written when updates come at these milliseconds. */
function linesAt(times: readonly number[], total: number | undefined): string {
  const lines: string[] = [];
  const { now } = performance;
  let clock = 0;
  performance.now = () => clock;
  try {
    const progress = showProgress('calibrate', { warn: (line) => void lines.push(line) });
    for (const [i, time] of times.entries()) {
      clock = time;
      progress.update(i + 1, total);
    }
    progress.stop();
  } finally {
    performance.now = now;
  }
  return lines.join('');
}

test('without a terminal: a line every ten seconds, none for short work', () => {
  assert.is(linesAt([1, 5000, 9999], 3), '');
  assert.is(linesAt([1, 10_000, 15_000, 20_000], 99), 'calibrate: 2 of 99\ncalibrate: 4 of 99\n');
  assert.is(linesAt([10_000], undefined), 'calibrate: 1\n');
});

test('stages: each has its own title and its own ten seconds; stopping before the first does nothing', () => {
  const lines: string[] = [];
  const { now } = performance;
  let clock = 0;
  performance.now = () => clock;
  try {
    const progress = showStages({ warn: (line) => void lines.push(line) });
    progress.stop();
    for (const [stage, time] of [
      ['calibrate', 0],
      ['calibrate', 10_000],
      ['refine', 15_000],
      ['refine', 24_999],
      ['refine', 25_000],
    ] as const) {
      clock = time;
      progress.update(stage, 1, 2);
    }
    progress.stop();
  } finally {
    performance.now = now;
  }
  assert.equal(lines, ['calibrate: 1 of 2\n', 'refine: 1 of 2\n']);
});

test('one bar: runs one after the other fill their parts of it, stages theirs of each run, and none takes the bar back', () => {
  const updates: string[] = [];
  const progress = { update: (title: string, done: number, total?: number) => void updates.push(`${title} ${done}/${total}`) };
  const shares: Shares = { calibrate: [0, 25], refine: [25, 100] };
  for (const [begin, end] of [
    [0, 40],
    [40, 80],
  ]) {
    const update = joinStages(progress, 'quantize', sharesWithin(shares, begin, end));
    update('calibrate', 1, 2);
    update('refine', 0, 4);
    update('refine', 4, 4);
    update('calibrate', 1, 2);
  }
  joinStages(progress, 'quantize', { measure: [80, 100] })('measure', 1, 2);
  const percents = [5, 10, 40, 40, 45, 50, 80, 80, 90];
  assert.equal(
    updates,
    percents.map((percent) => `quantize, % ${percent}/100`),
  );
});

test.run();
