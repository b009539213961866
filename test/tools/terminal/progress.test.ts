// Owns the tests of tools/terminal/progress.ts where there is no terminal; test/tools/commands/calibrate.test.ts sees a bar drawn.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { showProgress } from '../../../tools/terminal/progress';

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

test.run();
