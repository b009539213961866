// Tests that hostile files, loaded and run, end in success or a fitting ModelError, with little work, and never disturb a healthy model.
// First of all, so that work is counted in every function.
import '../support/steps';

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadSync, ModelError } from '../../src/index';
import { takeSteps } from '../support/steps';
import { runCampaign } from './campaign';
import { hostileCases } from './cases';
import { loadAndRun, loadAndRunFloat } from './check';
import { HealthyModel } from './healthy';
import { customSeeds, seedModels, truncated } from './seeds';

/** As takeSteps counts; the chain of 2,000 nodes executes 1.8e7, files of a few KB less than 1e5. */
const limitSteps = 5e7;

const healthy = new HealthyModel();

/** Loads, then loads again and runs, so that the outcome says which of the two failed. */
function attempt(file: Uint8Array): { outcome: string; message: string } {
  let stage = '';
  try {
    loadSync(file, { maxBytes: 64 * 2 ** 20 });
    stage = 'run: ';
    loadAndRun(file);
    return { outcome: 'success', message: '' };
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return { outcome: stage + error.code, message: error.message };
  }
}

for (const [name, make, expected] of hostileCases) {
  test(`${name}: ${expected}`, () => {
    const file = make();
    takeSteps();
    const { outcome, message } = attempt(file);
    const steps = takeSteps();
    assert.is(outcome, expected, message);
    assert.ok(steps < limitSteps, `executes ${steps} blocks of code`);
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
  assert.ok(report.mostSteps < limitSteps, `a lot executes ${report.mostSteps} blocks of code`);
  assert.ok(report.accepted > 300, `${report.accepted} of ${report.files} files run: the mutations are too coarse`);
  healthy.assertExact(`after a campaign of ${report.files} files`);
});

test('short campaign of custom operators, seed 41: every truncation, mutations of options and shapes', () => {
  const models = customSeeds();
  const report = runCampaign({
    models,
    mutations: 1800,
    random: 0,
    truncated: [...models.keys()],
    truncationStep: 7,
    seed: 41,
    check: loadAndRunFloat,
  });
  assert.equal(report.bugs, []);
  assert.ok(report.mostSteps < limitSteps, `a lot executes ${report.mostSteps} blocks of code`);
  assert.ok(report.accepted > 150, `${report.accepted} of ${report.files} files run: the mutations are too coarse`);
  healthy.assertExact(`after a campaign of ${report.files} files`);
});

test.run();
