// Owns running a plan where stray writes show: guard bytes around every region, stale memory everywhere, one or more threads.
import { Requantization } from '../../src/core/abi';
import { inlineCores } from '../../src/core/inline';
import type { Isa } from '../../src/core/isa';
import { Scratch } from '../../src/core/scratch';
import type { Graph, Node, TensorData } from '../../src/graph/graph';
import { elementCount, type Value, viewAs } from '../../src/graph/graph';
import { validate } from '../../src/graph/validate';
import { emitProgram, packWeights } from '../../src/plan/emit';
import { coreBackend } from '../../src/plan/lower';
import { singleQueue } from '../../src/plan/pack';
import { makePlan, type Plan } from '../../src/plan/plan';
import type { Address, Region } from '../../src/plan/region';
import type { HostStep, Port } from '../../src/plan/step';
import { evaluate, runReference } from '../../src/reference/run';
import { assertSameData } from './equal';
import { realSemantics, relaxedCore } from './semantics';

/** One memory and one instance serve all cases: an engine reserves gigabytes of address space for each. */
const memoryBytes = 32 * 2 ** 20;
/** On both sides of every region; a multiple of 64, so that regions keep their alignment. */
const guardBytes = 64;

const modeNames = Object.keys(Requantization);

type Run = (program: number, begin: number, end: number, thread: number, threads: number) => void;

const memory = new WebAssembly.Memory({ initial: memoryBytes / 65536, maximum: memoryBytes / 65536 });
const bytes = new Uint8Array(memory.buffer);
/** The shipped core, and relaxed ones with the dot products of every kind of processor. */
const modules = new Map<Isa, WebAssembly.Module>([['simd', inlineCores().simd.sync() as WebAssembly.Module]]);
for (const semantics of Object.values(realSemantics)) modules.set(semantics.isa, await relaxedCore(semantics));
const cores = new Map(
  [...modules].map(([isa, module]) => {
    const run = new WebAssembly.Instance(module, { env: { memory } }).exports.run as Run;
    return [isa, { run, scratch: new Scratch(module) }];
  }),
);

/** The same plan with every region in memory of its own, so that each can have guards and keeps what was written to it. */
export function spreadRegions(plan: Plan): Plan {
  let next = plan.programAddress + plan.memory.program + guardBytes;
  const place = (region: Region) => {
    region.address = next;
    next = Math.ceil((next + region.bytes + guardBytes) / 64) * 64;
  };
  plan.regions.filter((region) => region.kind !== 'arena').forEach(place);
  const arenaAddress = next;
  next += guardBytes;
  plan.regions.filter((region) => region.kind === 'arena').forEach(place);
  const arena = Math.max(next - arenaAddress, plan.memory.arena);
  return { ...plan, arenaAddress, memory: { ...plan.memory, arena, total: arenaAddress + arena + guardBytes } };
}

/** Fills [0, end) but the program and the regions of these kinds. */
function fillExcept(plan: Plan, kept: readonly Region[], end: number, pattern: number): void {
  let from = 0;
  const spans = kept.map(({ address, bytes }) => ({ address, bytes }));
  spans.push({ address: plan.programAddress, bytes: plan.memory.program });
  for (const { address, bytes: length } of spans.sort((a, b) => a.address - b.address)) {
    bytes.fill(pattern, from, address);
    from = address + length;
  }
  bytes.fill(pattern, from, end);
}

/** Where a byte lies, for messages: `3 bytes behind 't4 (panels)'`. */
function describeAddress(plan: Plan, address: number): string {
  for (const region of plan.regions) {
    if (address >= region.address && address < region.address + region.bytes) {
      return `byte ${address - region.address} of the ${region.kind} region '${region.name}'`;
    }
  }
  const before = plan.regions.filter((region) => region.address <= address).sort((a, b) => b.address - a.address)[0];
  if (before) return `${address - before.address - before.bytes + 1} bytes behind the ${before.kind} region '${before.name}'`;
  return `byte ${address} of the program or before it`;
}

export interface GuardedRun {
  /** Byte that guards and arena hold before the run. */
  readonly pattern: number;
  /** Convolutions are run once for each of these, the last thread first. */
  readonly threads: number;
  /** Whether regions share memory, as planned; otherwise each has its own. */
  readonly reuse: boolean;
  /** What the plan is for, and which core runs it. */
  readonly isa: Isa;
}

/** One plan placed, written and packed in the shared memory. */
class GuardedExecution {
  private readonly plan: Plan;
  private readonly end: number;
  private readonly core: Run;

  constructor(
    graph: Graph,
    private readonly options: GuardedRun,
  ) {
    const { isa, threads } = options;
    const { run, scratch } = cores.get(isa)!;
    const limits = { hostOperators: 'allow', maxBytes: memoryBytes / 2 } as const;
    const plan = makePlan(graph, { backends: [coreBackend], ...limits, isa, threads, scratch });
    this.core = run;
    this.plan = options.reuse ? plan : spreadRegions(plan);
    this.end = this.plan.memory.total + guardBytes;
    if (this.end > memoryBytes) throw new Error(`${this.end} bytes are more than the ${memoryBytes} of the test's memory`);
  }

  /** The kernel of every node, with the way it requantizes: `pointwise Signed`. */
  kernels(): string[] {
    const modes = new Map<Node | undefined, string>();
    for (const step of this.plan.steps) {
      if (step.kind === 'core' && 'mode' in step.fields) modes.set(step.node, ` ${modeNames[step.fields.mode as number]}`);
    }
    return this.plan.nodes.map(({ node, kernel }) => kernel + (modes.get(node) ?? ''));
  }

  /** Writes the program and packs the weights; packing must not leave its regions and the staging area. */
  load(context: string): void {
    const { plan, end, options } = this;
    bytes.fill(options.pattern, 0, end);
    emitProgram(plan, memory.buffer);
    const before = bytes.slice(0, end);
    packWeights(
      plan,
      memory.buffer,
      singleQueue((address) => this.core(address, 0, 1, 0, 1)),
    );
    const packed = plan.regions.filter((region) => region.kind === 'packed');
    const staging = { address: plan.arenaAddress, bytes: plan.memory.arena };
    this.assertUnchanged(before, [...packed, staging], `packing; ${context}`);
  }

  /** The graph's outputs; fails when anything but the arena's regions changed, or an input did. */
  run(inputs: readonly TensorData[], context: string): TensorData[] {
    const { plan, end, options } = this;
    const arena = plan.regions.filter((region) => region.kind === 'arena');
    fillExcept(
      plan,
      plan.regions.filter((region) => region.kind !== 'arena'),
      end,
      options.pattern,
    );
    plan.inputs.forEach((port, i) => {
      (this.view(port.value, port.at) as Uint8Array).set(inputs[i] as Uint8Array);
    });
    const before = bytes.slice(0, end);
    this.runSteps();
    this.assertUnchanged(before, arena, `running; ${context}`);
    plan.inputs.forEach((port, i) => {
      assertSameData(this.view(port.value, port.at), inputs[i], `input ${i} after the run; ${context}`);
    });
    return this.results();
  }

  /** The outputs of one more run on what the last one left behind. */
  runAgain(): TensorData[] {
    this.runSteps();
    return this.results();
  }

  private results(): TensorData[] {
    return this.plan.outputs.map((port: Port) => this.view(port.value, port.at).slice());
  }

  private view(value: Value, { region, offset }: Address): TensorData {
    return viewAs(value.dtype, memory.buffer, region.address + offset, elementCount(value.shape));
  }

  private runSteps(): void {
    let descriptor = 0;
    for (const step of this.plan.steps) {
      if (step.kind === 'host') {
        this.runHost(step);
        continue;
      }
      for (let thread = this.options.threads - 1; thread >= 0; thread--) {
        this.core(this.plan.programAddress, descriptor, descriptor + 1, thread, this.options.threads);
      }
      descriptor++;
    }
  }

  private runHost({ node, inputs, outputs }: HostStep): void {
    evaluate(
      node,
      inputs.map((input, i) => (input && 'region' in input ? this.view(node.inputs[i]!, input) : input)),
      outputs.map((output, i) => this.view(node.outputs[i], output)),
    );
  }

  /** Every byte outside `writable`, up to the guard behind the plan. */
  private assertUnchanged(before: Uint8Array, writable: readonly { address: number; bytes: number }[], context: string): void {
    const spans = [...writable].sort((a, b) => a.address - b.address);
    let from = 0;
    for (const { address, bytes: length } of [...spans, { address: this.end, bytes: 0 }]) {
      if (address > from && Buffer.compare(before.subarray(from, address), bytes.subarray(from, address)) !== 0) {
        while (before[from] === bytes[from]) from++;
        throw new Error(`a write to ${describeAddress(this.plan, from)} (now ${bytes[from]}, was ${before[from]}) while ${context}`);
      }
      from = Math.max(from, address + length);
    }
  }
}

/** What every case goes through: both patterns, with and without reuse of memory, one to three threads. */
const runs: readonly GuardedRun[] = [
  { pattern: 0xa5, threads: 1, reuse: false, isa: 'simd' },
  { pattern: 0x5a, threads: 2, reuse: false, isa: 'simd' },
  { pattern: 0xa5, threads: 3, reuse: true, isa: 'simd' },
  { pattern: 0x5a, threads: 1, reuse: false, isa: 'relaxed-signed' },
  { pattern: 0xa5, threads: 2, reuse: true, isa: 'relaxed-signed-wrapping' },
  { pattern: 0x5a, threads: 3, reuse: false, isa: 'relaxed-unsigned' },
  { pattern: 0xa5, threads: 1, reuse: true, isa: 'relaxed-saturating' },
];

/**
 * Plans and runs `graph`, which is validated here, in all ways above and asserts the reference's bits. Returns the nodes' kernels;
 * a node on the host fails unless `allowHost`. `context` must reproduce the case.
 */
export function checkGuarded(graph: Graph, inputs: readonly TensorData[], context: string, allowHost = false): string[] {
  validate(graph, { evaluate });
  const expected = runReference(graph, inputs);
  const kernels: string[] = [];
  for (const options of runs) {
    const where = `${JSON.stringify(options)} ${context}`;
    const execution = new GuardedExecution(graph, options);
    const planned = execution.kernels();
    if (!allowHost && planned.includes('host')) throw new Error(`no core kernel: ${planned}; ${where}`);
    for (const kernel of planned) if (!kernels.includes(kernel)) kernels.push(kernel);
    execution.load(where);
    const compare = (outputs: TensorData[], run: string) => {
      outputs.forEach((data, i) => {
        assertSameData(data, expected[i], `output ${i} of the ${run} run; ${where}`);
      });
    };
    compare(execution.run(inputs, where), 'first');
    if (options.reuse) compare(execution.runAgain(), 'second');
  }
  return kernels;
}
