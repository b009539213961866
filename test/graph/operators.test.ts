// Tests that every operator validates in exactly the dtypes that the reference computes, on one small example each.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import type { OperatorType, TensorData, Value } from '../../src/graph/graph';
import { allocate, elementCount } from '../../src/graph/graph';
import { validate } from '../../src/graph/validate';
import { evaluate, runReference } from '../../src/reference/run';
import { dtypes, exampleGraph, examples } from '../support/operator-examples';

/** Small positive elements, so that every operator is defined on them. */
function sample(value: Value): TensorData {
  const data = allocate(value.dtype, elementCount(value.shape));
  for (let i = 0; i < data.length; i++) {
    const element = value.dtype === 'bool' ? i & 1 : 1 + (i % 7);
    data[i] = value.dtype === 'int64' ? BigInt(element) : element;
  }
  return data;
}

for (const [type, [supported]] of Object.entries(examples)) {
  test(`${type}: ${supported} validate and run in the reference, other dtypes are refused`, () => {
    for (const dtype of dtypes) {
      const graph = exampleGraph(type as OperatorType, dtype);
      if (!supported.includes(dtype)) {
        assert.throws(
          () => validate(graph, { evaluate }),
          (error: unknown) => error instanceof ModelError && error.code === 'bad-dtype',
          dtype,
        );
        continue;
      }
      validate(graph, { evaluate });
      try {
        runReference(graph, graph.inputs.map(sample));
      } catch (error) {
        assert.unreachable(`${dtype}: ${error}`);
      }
    }
  });
}

test.run();
