// Owns the comparison of the float core with the reference kernels: outputs and every observed value of one graph.
import { inlineFloatCore } from '../../src/core/inline-float';
import { FloatExecution } from '../../src/float/execution';
import { makeFloatPlan } from '../../src/float/plan';
import { allocate, elementCount, type Graph, type TensorData, type Value } from '../../src/graph/graph';
import { validate } from '../../src/graph/validate';
import { runPasses } from '../../src/passes';
import type { Observe } from '../../src/plan/float-segment';
import { evaluate, runReference } from '../../src/reference/run';
import { assertSameData } from '../support/equal';
import { randomInputs } from '../support/passes';

/** Throws where two float tensors differ by more than `tolerance` of the expected one's range; 0 asks for the same bits. */
export function assertClose(actual: TensorData, expected: TensorData, tolerance: number, context: string): void {
  if (tolerance === 0 || !(expected instanceof Float32Array)) {
    assertSameData(actual, expected, context);
    return;
  }
  if (actual.length !== expected.length) throw new Error(`length ${actual.length}, expected ${expected.length}; ${context}`);
  const magnitude = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const bound = tolerance * (magnitude || 1);
  expected.forEach((value, i) => {
    const difference = Math.abs((actual[i] as number) - value);
    if (!(difference <= bound)) throw new Error(`element ${i} is ${actual[i]}, expected ${value} within ${bound}; ${context}`);
  });
}

const module = inlineFloatCore()();

/** A graph's execution whose memory holds NaN wherever a run has to write before it reads. */
function poisoned(graph: Graph): FloatExecution {
  const plan = makeFloatPlan(graph);
  const execution = new FloatExecution(graph, plan, module);
  new Float32Array(execution.memory, plan.arenaAddress).fill(Number.NaN);
  return execution;
}

/** Runs a graph observed and not, on seeded inputs in memory full of NaN, and compares every value with the reference kernels. */
export function checkGraph(graph: Graph, tolerance: number, context: string): void {
  validate(graph, { evaluate });
  runPasses(graph, { evaluate });
  const inputs = randomInputs(graph, 1);
  const expected = new Map<Value, TensorData>();
  const outputs = runReference(graph, inputs, (value, data) => expected.set(value, data));
  const seen: Value[] = [...graph.inputs];
  const run = (observe?: Observe): TensorData[] => {
    const results = graph.outputs.map(({ dtype, shape }) => allocate(dtype, elementCount(shape)));
    poisoned(graph).run(inputs, results, observe);
    return results;
  };
  const observed = run((value, data) => {
    seen.push(value);
    assertClose(data, expected.get(value)!, tolerance, `${value.name} [${value.shape}] of ${context}`);
  });
  const order = [...expected.keys()];
  if (seen.length !== order.length || seen.some((value, i) => value !== order[i])) {
    throw new Error(`observed ${seen.map(({ name }) => name)}, expected ${order.map(({ name }) => name)}; ${context}`);
  }
  for (const results of [observed, run()]) {
    results.forEach((data, i) => {
      assertClose(data, outputs[i], tolerance, `output ${i} of ${context}`);
    });
  }
}
