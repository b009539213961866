// Owns the comparison of the float core with the reference kernels: outputs and every observed value of one graph.
import { allocateMemory } from '../../src/core/core';
import { inlineCores } from '../../src/core/inline';
import { inlineFloats } from '../../src/core/inline-float';
import { Execution } from '../../src/execution';
import type { Graph, Node, TensorData, Value } from '../../src/graph/graph';
import { validate } from '../../src/graph/validate';
import { runPasses } from '../../src/passes';
import { coreBackend } from '../../src/plan/lower';
import { floatBackend } from '../../src/plan/lower-float';
import { makePlan, type Plan } from '../../src/plan/plan';
import type { Step } from '../../src/plan/step';
import { evaluate, runReference } from '../../src/reference/run';
import { assertSameData } from '../support/equal';
import { spreadRegions } from '../support/guard';
import { randomInputs } from '../support/passes';
import { enableRelaxedSimd } from '../support/relaxed-simd';
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
    const isSame = difference <= bound || Object.is(actual[i], value);
    if (!isSame) throw new Error(`element ${i} is ${actual[i]}, expected ${value} within ${bound}; ${context}`);
  });
}

enableRelaxedSimd();
const core = inlineCores().simd.sync();
const floats = inlineFloats();
const floatModules = { simd: floats.simd.sync(), relaxed: floats.relaxed.sync() };

/** Of a result's range: what products that are not rounded change, in sums of any length and in networks. */
const relaxedTolerance = 1e-5;

/** One memory serves all cases: an engine reserves gigabytes of address space for each. */
const memory = allocateMemory(2 ** 26);

/** What linear memory holds from the arena on before a run: a NaN of this pattern. */
const poison = 0x7fc0dead;

/** The same step with the GEMM that other processors run. */
function byLanes(step: Step): Step {
  return step.kind === 'core' && 'byLanes' in step.fields ? { ...step, fields: { ...step.fields, byLanes: 1 } } : step;
}

function arenaOf({ arenaAddress, memory: { total } }: Plan): Int32Array {
  return new Int32Array(memory.buffer, arenaAddress, (total - arenaAddress) >> 2);
}

/** A graph's execution on given inputs, whose memory holds NaN wherever a run has to write before it reads. */
function poisoned(
  graph: Graph,
  inputs: readonly TensorData[],
  isa: keyof typeof floatModules,
  spread: boolean,
): { plan: Plan; execution: Execution } {
  const made = makePlan(graph, { backends: [coreBackend, floatBackend], hostOperators: 'allow', maxBytes: 2 ** 31, scratch });
  const plan = spread ? { ...spreadRegions(made), steps: made.steps.map(byLanes) } : made;
  if (plan.memory.total > memory.buffer.byteLength) throw new Error(`${plan.memory.total} bytes are more than the memory of all cases`);
  new Uint8Array(memory.buffer, 0, plan.memory.total).fill(0);
  const execution = new Execution(plan, { core, float: floatModules[isa] }, memory);
  arenaOf(plan).fill(poison);
  for (const [i, port] of plan.inputs.entries()) (execution.view(port) as Float32Array).set(inputs[i] as Float32Array);
  return { plan, execution };
}

/** Throws where a run has written to memory of the arena that no region has; regions have guards between them. */
function assertGuards(plan: Plan, context: string): void {
  const elements = arenaOf(plan);
  const regions = plan.regions.filter(({ kind }) => kind === 'arena').sort((x, y) => x.address - y.address);
  let from = 0;
  for (const { address, bytes, name } of [...regions, { address: plan.memory.total, bytes: 0, name: 'the end' }]) {
    const to = (address - plan.arenaAddress) / 4;
    for (let i = from; i < to; i++) if (elements[i] !== poison) throw new Error(`a write ${to - i} elements before '${name}'; ${context}`);
    from = to + Math.ceil(bytes / 4);
  }
}

/**
 * Runs a graph observed and not, on seeded inputs in memory full of NaN, and compares every value with the reference kernels. The second
 * run has guards around every region, and the GEMM of ARM. The relaxed binary then gives close outputs, with either GEMM.
 */
export function checkGraph(graph: Graph, tolerance: number, context: string): void {
  validate(graph, { evaluate });
  runPasses(graph, { evaluate });
  const inputs = randomInputs(graph, 1);
  const expected = new Map<Value, TensorData>();
  const outputs = runReference(graph, inputs, (value, data) => expected.set(value, data));
  const seen: Value[] = [...graph.inputs];
  const run = (isa: keyof typeof floatModules, spread: boolean, each?: (execution: Execution, node: Node) => void): TensorData[] => {
    const { plan, execution } = poisoned(graph, inputs, isa, spread);
    if (each) execution.runEach(({ node }) => each(execution, node));
    else execution.run();
    if (spread) assertGuards(plan, context);
    return plan.outputs.map((port) => execution.view(port).slice());
  };
  const observed = run('simd', false, (execution, { outputs: values }) => {
    for (const value of values) {
      seen.push(value);
      assertClose(execution.read(value), expected.get(value)!, tolerance, `${value.name} [${value.shape}] of ${context}`);
    }
  });
  const order = [...expected.keys()];
  if (seen.length !== order.length || seen.some((value, i) => value !== order[i])) {
    throw new Error(`observed ${seen.map(({ name }) => name)}, expected ${order.map(({ name }) => name)}; ${context}`);
  }
  for (const results of [observed, run('simd', true)]) {
    results.forEach((data, i) => {
      assertClose(data, outputs[i], tolerance, `output ${i} of ${context}`);
    });
  }
  for (const results of [run('relaxed', false), run('relaxed', true)]) {
    results.forEach((data, i) => {
      assertClose(data, observed[i], relaxedTolerance, `output ${i} of the relaxed binary, ${context}`);
    });
  }
}
