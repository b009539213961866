// Tests validation and shape inference on every golden case of every operator: stock kernels accepted them all.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import { validate } from '../../src/graph/validate';
import { evaluate } from '../../src/reference/run';
import { caseGraph, vectorFiles } from '../support/case-graph';
import { sharedTest } from '../support/shared';
import { describeCase, loadVectors } from '../support/vectors';

for (const file of vectorFiles) {
  sharedTest(test, `${file}: every case validates and has its golden output shapes`, () => {
    const cases = loadVectors(file);
    assert.ok(cases.length > 0);
    cases.forEach((vectorCase, index) => {
      const { graph, shapes } = caseGraph(file, vectorCase);
      const message = describeCase(file, index, vectorCase);
      try {
        validate(graph, { evaluate });
      } catch (error) {
        throw new Error(`${error instanceof ModelError ? `${error.code}: ` : ''}${error}; ${message}`);
      }
      assert.equal(
        graph.outputs.map(({ shape }) => [...shape]),
        shapes,
        message,
      );
    });
  });
}

test.run();
