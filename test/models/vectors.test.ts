// Tests every golden case of every operator as a model of its own: written to a file, loaded and run through the public API.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadSync } from '../../src/index';
import { poisonArena } from '../api/poison';
import { vectorFiles } from '../support/case-graph';
import { assertSameData } from '../support/equal';
import { sharedTest } from '../support/shared';
import { describeCase, loadVectors } from '../support/vectors';
import { type OneOperatorModel, oneOperatorModels } from './one-operator';

/** Runs twice, since a run that damaged its inputs or left something behind would show in the second one only. */
function check({ file, inputs, expected }: OneOperatorModel, message: string): void {
  const model = loadSync(file);
  poisonArena(model);
  model.inputs.forEach(({ data }, i) => {
    (data as Uint8Array).set(inputs[i] as Uint8Array);
  });
  for (const run of ['first', 'second']) {
    model.run();
    model.outputs.forEach(({ data }, i) => {
      assertSameData(data, expected[i], `output ${i} of the ${run} run; ${message}`);
    });
  }
  model.dispose();
}

for (const file of vectorFiles) {
  sharedTest(test, `${file}: every case as a model gives the golden elements`, () => {
    const cases = loadVectors(file);
    assert.ok(cases.length > 0);
    cases.forEach((vectorCase, index) => {
      for (const model of oneOperatorModels(file, vectorCase)) {
        const message = `${describeCase(file, index, vectorCase)}, ${model.variant}`;
        try {
          check(model, message);
        } catch (error) {
          throw error instanceof Error && error.message.includes(message) ? error : new Error(`${error}; ${message}`, { cause: error });
        }
      }
    });
  });
}

test.run();
