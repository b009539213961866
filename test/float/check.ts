// Owns the comparison of the float core with the reference kernels: outputs and every observed value of one graph.
import { floatText } from '../../src/core/float-wasm';
import { inlineCores, inlineModule } from '../../src/core/inline';
import { Execution } from '../../src/execution';
import type { Graph, Node, TensorData, Value } from '../../src/graph/graph';
import { validate } from '../../src/graph/validate';
import { runPasses } from '../../src/passes';
import { coreBackend } from '../../src/plan/lower';
import { floatBackend } from '../../src/plan/lower-float';
import { makePlan, type Plan } from '../../src/plan/plan';
import { evaluate, runReference } from '../../src/reference/run';
import { assertSameData } from '../support/equal';
import { randomInputs } from '../support/passes';
import { scratch } from '../support/scratch';

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

const modules = { core: inlineCores().simd.sync(), float: inlineModule(floatText).sync() };

/** A graph's execution on given inputs, whose memory holds NaN wherever a run has to write before it reads. */
function poisoned(graph: Graph, inputs: readonly TensorData[]): { plan: Plan; execution: Execution } {
  const plan = makePlan(graph, { backends: [coreBackend, floatBackend], hostOperators: 'allow', maxBytes: 2 ** 31, scratch });
  const execution = new Execution(plan, modules);
  new Float32Array(execution.memory, plan.arenaAddress).fill(Number.NaN);
  for (const [i, port] of plan.inputs.entries()) (execution.view(port) as Float32Array).set(inputs[i] as Float32Array);
  return { plan, execution };
}

/** Runs a graph observed and not, on seeded inputs in memory full of NaN, and compares every value with the reference kernels. */
export function checkGraph(graph: Graph, tolerance: number, context: string): void {
  validate(graph, { evaluate });
  runPasses(graph, { evaluate });
  const inputs = randomInputs(graph, 1);
  const expected = new Map<Value, TensorData>();
  const outputs = runReference(graph, inputs, (value, data) => expected.set(value, data));
  const seen: Value[] = [...graph.inputs];
  const run = (each?: (execution: Execution, node: Node) => void): TensorData[] => {
    const { plan, execution } = poisoned(graph, inputs);
    if (each) execution.runEach(({ node }) => each(execution, node));
    else execution.run();
    return plan.outputs.map((port) => execution.view(port));
  };
  const observed = run((execution, { outputs: values }) => {
    for (const value of values) {
      seen.push(value);
      assertClose(execution.read(value), expected.get(value)!, tolerance, `${value.name} [${value.shape}] of ${context}`);
    }
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
