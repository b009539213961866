// Tests that hostile files, loaded and run, end in success or a fitting ModelError, soon, and never disturb a healthy model.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadSync, ModelError } from '../../src/index';
import { runCampaign } from './campaign';
import { hostileCases } from './cases';
import { loadAndRun } from './check';
import { HealthyModel } from './healthy';
import { seedModels, truncated } from './seeds';

/** Everything about one file may take this long; a good one of these sizes takes milliseconds. */
const limitMs = 1000;

const healthy = new HealthyModel();

/** Loads, then loads again and runs, so that the outcome says which of the two failed. */
function attempt(file: Uint8Array): { outcome: string; message: string; ms: number } {
  const start = performance.now();
  let stage = '';
  try {
    loadSync(file, { maxBytes: 64 * 2 ** 20 });
    stage = 'run: ';
    loadAndRun(file);
    return { outcome: 'success', message: '', ms: performance.now() - start };
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return { outcome: stage + error.code, message: error.message, ms: performance.now() - start };
  }
}

for (const [name, make, expected] of hostileCases) {
  test(`${name}: ${expected}`, () => {
    const file = make();
    let { outcome, message, ms } = attempt(file);
    // A machine that was busy with something else is not a bug.
    if (ms > limitMs) ({ outcome, message, ms } = attempt(file));
    assert.is(outcome, expected, message);
    assert.ok(ms < limitMs, `took ${ms.toFixed(0)} ms`);
    healthy.assertExact(`after ${name}`);
  });
}

test('short campaign of mutations, truncations and random files, seed 40', () => {
  const report = runCampaign({
    models: seedModels(),
    mutations: 2400,
    random: 500,
    truncated,
    truncationStep: 13,
    seed: 40,
    check: loadAndRun,
  });
  assert.equal(report.bugs, []);
  assert.ok(report.accepted > 300, `${report.accepted} of ${report.files} files run: the mutations are too coarse`);
  healthy.assertExact(`after a campaign of ${report.files} files`);
});

test.run();
