// Owns the proof that a pass keeps every bit: a graph is run in the reference before and after it.
import type { Graph, TensorData } from '../../src/graph/graph';
import { allocate, elementCount } from '../../src/graph/graph';
import { printGraph } from '../../src/graph/print';
import { validate } from '../../src/graph/validate';
import type { Pass, PassRecord } from '../../src/passes/pass';
import { evaluate, runReference } from '../../src/reference/run';
import { assertSameData } from './equal';
import { Random } from './random';

/** Seeded elements for every graph input: codes over their whole range, floats normal, other integers small. */
export function randomInputs(graph: Graph, seed: number): TensorData[] {
  const random = new Random(seed);
  return graph.inputs.map(({ dtype, shape }) => {
    const data = allocate(dtype, elementCount(shape));
    for (let i = 0; i < data.length; i++) {
      if (dtype === 'int64') data[i] = BigInt(random.integer(-5, 5));
      else data[i] = dtype === 'float32' ? 3 * random.normal() : dtype === 'int32' ? random.integer(-5, 5) : random.next();
    }
    return data;
  });
}

/**
 * Validates `graph`, runs `pass` on it and asserts that outputs keep their ids, names and bits for `seeds` random inputs, and that the
 * result validates again with the same shapes. Returns the records, as `PAD #0 changed`.
 */
export function checkPass(graph: Graph, pass: Pass, seeds = 3): string[] {
  validate(graph, { evaluate });
  const context = printGraph(graph);
  const inputs = Array.from({ length: seeds }, (_, seed) => randomInputs(graph, seed + 1));
  const before = inputs.map((input) => runReference(graph, input));
  const ends = describeEnds(graph);
  const records = pass(graph, { evaluate });
  if (describeEnds(graph) !== ends) throw new Error(`inputs and outputs changed from ${ends} to ${describeEnds(graph)}; ${context}`);
  validate(graph, { evaluate });
  inputs.forEach((input, i) => {
    runReference(graph, input).forEach((data, k) => {
      assertSameData(data, before[i][k], `output ${k}, seed ${i + 1} of the graph\n${context}`);
    });
  });
  return records.map(describeRecord);
}

function describeRecord({ node, changed }: PassRecord): string {
  return `${node} ${changed ? 'changed' : 'declined'}`;
}

function describeEnds({ inputs, outputs }: Graph): string {
  return [...inputs, ...outputs].map(({ id, name, dtype, shape }) => `%${id} ${name} ${dtype}[${shape}]`).join(', ');
}
