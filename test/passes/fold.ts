// Owns what tests of folding into float layers share: constants, attributes, and the proof that outputs stay equal to rounding.
import * as assert from 'uvu/assert';
import { elementCount, type Graph, type Value } from '../../src/graph/graph';
import { printGraph } from '../../src/graph/print';
import { validate } from '../../src/graph/validate';
import type { PassRecord } from '../../src/passes/pass';
import { evaluate, runReference } from '../../src/reference/run';
import type { GraphBuilder } from '../support/build';
import { randomInputs } from '../support/passes';
import { Random } from '../support/random';

export const float = { dtype: 'float32' } as const;
export const none = { activation: 'NONE' } as const;

/** A float constant of normal elements around 2. */
export function constant(builder: GraphBuilder, seed: number, ...shape: number[]): Value {
  const random = new Random(seed);
  const elements = Float32Array.from({ length: elementCount(shape) }, () => random.normal() + 2);
  return builder.constant('float32', shape, elements);
}

export interface Folded {
  /** Of the nodes that are left. */
  readonly types: string;
  readonly records: readonly PassRecord[];
  /** Why nodes were left as they are. */
  readonly reasons: string;
}

/** Folds and asserts that outputs stay within 1e-5 of their range. */
export function checkFold(graph: Graph, fold: (graph: Graph) => readonly PassRecord[]): Folded {
  validate(graph, { evaluate });
  const context = printGraph(graph);
  const data = randomInputs(graph, 3);
  const before = runReference(graph, data) as Float32Array[];
  const records = fold(graph);
  validate(graph, { evaluate });
  const after = runReference(graph, data) as Float32Array[];
  for (const [k, values] of before.entries()) {
    const range = Math.max(...values.map(Math.abs));
    const worst = Math.max(...values.map((value, i) => Math.abs(value - after[k][i])));
    assert.ok(worst <= 1e-5 * range, `output ${k} differs by ${worst} of ${range}; ${context}`);
  }
  const declined = records.filter(({ changed }) => !changed);
  return {
    types: graph.nodes.map(({ type }) => type).join(' '),
    records,
    reasons: declined.map(({ reason }) => reason).join(),
  };
}
