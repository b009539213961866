// Owns the comparison of single 8-bit operators with tfjs-tflite (XNNPACK, SIMD): interleaved in one process, one thread, medians; on
// request instructions per output element on arm64.
//   npx tsx bench/code-peers.ts [--only WORD] [--dtype int8|uint8] [--rounds N] [--arm64]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pc from 'picocolors';
import { inlineCores } from '../src/core/inline';
import { Scratch } from '../src/core/scratch';
import { Execution } from '../src/execution';
import { elementCount } from '../src/graph/graph';
import { validate } from '../src/graph/validate';
import { coreBackend } from '../src/plan/lower';
import { makePlan } from '../src/plan/plan';
import { evaluate } from '../src/reference/run';
import { readModel } from '../src/tflite/read';
import { writeModel } from '../src/tflite/write';
import { fillRandom } from '../tools/random';
import { renderTable } from '../tools/report/table';
import { type CountInferences, totalInstructions, withInferenceCounter } from './arm64/inferences';
import { type CodeCase, codeCases } from './code-operators';
import { describeMachine } from './peers/engines';
import { type Contestant, interleave } from './peers/interleave';
import type { Peer } from './peers/peer';
import { createTfjsTflite } from './peers/tfjs-tflite';
import { createZeropoint } from './peers/zeropoint';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    dtype: { type: 'string', default: 'int8' },
    rounds: { type: 'string', default: '15' },
    arm64: { type: 'boolean', default: false },
  },
});
if (values.dtype !== 'int8' && values.dtype !== 'uint8') throw new Error(`${values.dtype} is neither int8 nor uint8`);

const core = inlineCores().simd;

/** The operator's own descriptors: in a network its operands are already centred, and its results stay so. */
function kernel(bytes: Uint8Array): Contestant {
  const graph = readModel(bytes);
  validate(graph, { evaluate });
  const plan = makePlan(graph, { backends: [coreBackend], hostOperators: 'allow', maxBytes: 2 ** 30, scratch: new Scratch(core.sync()) });
  const execution = new Execution(plan, { core: core.sync(), float: undefined });
  fillRandom(plan.inputs.map((input) => execution.view(input)));
  execution.run();
  const isConversion = (i: number) => {
    const step = plan.steps[i];
    return step.kind === 'core' && (step.operator === 'Center' || step.operator === 'Uncenter');
  };
  const steps = execution.timedSteps().filter((_, i) => !isConversion(i));
  return {
    name: 'kernel',
    run() {
      for (const step of steps) step.run();
    },
  };
}

async function enter(engine: Peer, bytes: Uint8Array): Promise<Contestant> {
  const model = await engine.load(bytes);
  fillRandom(model.inputs.map((input) => input.data()));
  return { name: engine.name, run: () => model.run() };
}

const engines = [createZeropoint(), createTfjsTflite()];

/** Microseconds of the whole model, of its operator alone, and of the peer; and how much faster than the peer the first two are. */
async function timeRow({ name, graph }: CodeCase): Promise<string[]> {
  const bytes = writeModel(graph);
  try {
    const contestants = [await enter(engines[0], bytes), kernel(bytes), await enter(engines[1], bytes)];
    const times = await interleave(contestants, Number(values.rounds));
    const ratios = times.slice(0, 2).map((time) => `${(times[2] / time).toFixed(2)}x`);
    return [name, ...times.map((milliseconds) => (1000 * milliseconds).toFixed(1)), ...ratios];
  } catch (error) {
    return [name, '', '', '', '', (error as Error).message.split('\n')[0].slice(0, 60)];
  }
}

/** Instructions per output element of whole models, conversions of inputs and outputs included. */
function countRow({ name, graph }: CodeCase, count: CountInferences, folder: string): string[] {
  const file = join(folder, 'operator.tflite');
  writeFileSync(file, writeModel(graph));
  const elements = elementCount(graph.outputs[0].shape);
  const cell = (engine: 'zeropoint' | 'simd' | 'tfjs-tflite') => {
    try {
      return (totalInstructions(count(engine, file, 2)) / 2 / elements).toFixed(2);
    } catch {
      return 'refused';
    }
  };
  return [name, cell('zeropoint'), cell('simd'), cell('tfjs-tflite')];
}

const cases = codeCases(values.dtype).filter(({ name }) => name.includes(values.only));
const rows: string[][] = [];
if (values.arm64) {
  const folder = mkdtempSync(join(tmpdir(), 'operators-'));
  await withInferenceCounter((count) => {
    for (const each of cases) rows.push(countRow(each, count, folder));
  });
  rmSync(folder, { recursive: true });
} else {
  for (const each of cases) rows.push(await timeRow(each));
}
const heads = values.arm64
  ? ['zeropoint', 'zeropoint, simd', 'tfjs-tflite']
  : ['model, us', 'operator, us', `${engines[1].name}, us`, 'model is faster', 'operator is faster'];
const columns = [{ head: values.dtype }, ...heads.map((head) => ({ head, align: 'right' as const }))];
console.log(renderTable(columns, rows, { colors: pc.createColors(process.stdout.isTTY === true) }));
const unit = 'arm64 instructions per output element, conversions included; Node 24.21.0 under QEMU, one thread';
console.log(values.arm64 ? unit : `${describeMachine()}; median of ${values.rounds} interleaved rounds`);
