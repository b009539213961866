// Tests validation and shape inference on every golden case of every operator: stock kernels accepted them all.
import { readdirSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import type { Graph, Value } from '../../src/graph/graph';
import { validate } from '../../src/graph/validate';
import { evaluate } from '../../src/reference/run';
import { hasShared, sharedPath, sharedTest } from '../support/shared';
import type { VectorCase } from '../support/vectors';
import { caseNode, describeCase, loadVectors, operatorOf } from '../support/vectors';

/** Inputs of a case that are not its data: constants, as they are in models. */
const dataInput: Record<string, number> = { TRANSPOSE_CONV: 2 };

/** The case as a graph whose outputs have no shape yet. */
function caseGraph(file: string, vectorCase: VectorCase): { graph: Graph; expected: (readonly number[])[] } {
  const { node, inputs } = caseNode(operatorOf(file, vectorCase), vectorCase);
  const expected = node.outputs.map(({ shape }) => shape);
  const data = node.inputs[dataInput[node.type] ?? 0] as Value;
  node.inputs.forEach((value, i) => {
    if (value !== data) value!.data = inputs[i];
  });
  for (const output of node.outputs) output.shape = [];
  const graph: Graph = {
    name: file,
    description: '',
    values: [...(node.inputs as Value[]), ...node.outputs],
    inputs: [data],
    outputs: node.outputs,
    nodes: [node],
    signatures: [],
    metadata: [],
    trailer: new Uint8Array(0),
  };
  return { graph, expected };
}

const files = hasShared ? readdirSync(sharedPath('vectors')).filter((file) => file.endsWith('.json') && file !== 'primitives.json') : [];

for (const file of files) {
  sharedTest(test, `${file}: every case validates and has its golden output shapes`, () => {
    const cases = loadVectors(file);
    assert.ok(cases.length > 0);
    cases.forEach((vectorCase, index) => {
      const { graph, expected } = caseGraph(file, vectorCase);
      const message = describeCase(file, index, vectorCase);
      try {
        validate(graph, { evaluate });
      } catch (error) {
        throw new Error(`${error instanceof ModelError ? `${error.code}: ` : ''}${error}; ${message}`);
      }
      assert.equal(
        graph.outputs.map(({ shape }) => [...shape]),
        expected,
        message,
      );
    });
  });
}

test.run();
