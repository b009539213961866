// Owns the execution of one plan: linear memory, the binaries' instances, the packed weights, and the steps in order.
import { gatherFailureBytes } from './core/abi';
import { allocateMemory, Core } from './core/core';
import type { WasmMemory, WasmModule } from './core/isa';
import { elementCount, type Node, type TensorData, type Value, viewAs } from './graph/graph';
import { emitProgram, packWeights } from './plan/emit';
import { type PackingQueue, singleQueue } from './plan/pack';
import type { Plan } from './plan/plan';
import type { Address } from './plan/region';
import type { CoreStep, HostStep, NodeSteps, Port, Step } from './plan/step';
import { evaluate } from './reference/run';

/** Consecutive descriptors of one binary. */
export interface CoreSegment {
  readonly binary: CoreStep['binary']['name'];
  readonly begin: number;
  readonly end: number;
}

/** Runs consecutive descriptors of one binary, or one host operator. */
interface Segment {
  readonly core?: CoreSegment;
  /** Throws what its descriptors have recorded. */
  readonly check?: () => void;
  readonly run: () => void;
}

/** A compiled module for every binary that a plan names. */
export type Modules = Readonly<Record<CoreStep['binary']['name'], WasmModule | undefined>>;

/** A Carry in memory. */
interface CarriedBytes {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  readonly between: Uint8Array;
}

/** A step that is timed by itself. `node`: the operator it belongs to, if any. */
interface TimedStep {
  readonly node: Node | undefined;
  readonly run: () => void;
}

export class Execution {
  /** From plan.arenaAddress on, a run overwrites everything but inputs. */
  readonly memory: ArrayBufferLike;
  private readonly cores: ReadonlyMap<string, Core>;
  /** See descriptorIndices. */
  private readonly descriptors: readonly number[];
  private segments: readonly Segment[];
  private readonly carries: readonly CarriedBytes[];

  /** Allocates the plan's memory, writes the program and packs the weights, by `queue` where several threads do. */
  constructor(
    private readonly plan: Plan,
    modules: Modules,
    memory: WasmMemory = allocateMemory(plan.memory.total),
    queue?: PackingQueue,
  ) {
    const present = Object.entries(modules).filter((entry): entry is [string, WasmModule] => entry[1] !== undefined);
    this.memory = memory.buffer;
    this.cores = new Map(present.map(([name, module]) => [name, new Core(module, memory)]));
    this.descriptors = descriptorIndices(plan.steps);
    emitProgram(plan, this.memory);
    packWeights(plan, this.memory, queue ?? singleQueue((address) => this.cores.get('core')!.run(address, 0, 1)));
    this.clearPorts();
    this.carries = plan.carries.map(({ from, to, bytes }) => ({
      from: this.bytes(from, bytes),
      to: this.bytes(to, bytes),
      between: new Uint8Array(bytes),
    }));
    this.reset();
    this.segments = this.segmentsOf(0, plan.steps.length);
  }

  /** Throws `bad-data` when an operator gets elements that it cannot take; the model can run again afterwards. */
  run(): void {
    for (const segment of this.segments) segment.run();
    this.carry();
  }

  /** As run, with segments of binaries executed elsewhere. */
  async runAsync(execute: (segment: CoreSegment) => Promise<void>): Promise<void> {
    for (const { core, run, check } of this.segments) {
      if (core) {
        await execute(core);
        check?.();
      } else run();
    }
    this.carry();
  }

  /** From now on `run` has `execute` execute segments of binaries. */
  delegate(execute: (segment: CoreSegment) => void): void {
    this.segments = this.segments.map((segment) => {
      const { core, check } = segment;
      if (!core) return segment;
      const run = () => {
        execute(core);
        check?.();
      };
      return { core, check, run };
    });
  }

  /** A live view of a port's elements. */
  view({ value, at }: Port): TensorData {
    return this.viewAt(value, at);
  }

  /** Puts every state back to what the first run began with. */
  reset(): void {
    for (const { state, input } of this.plan.states) {
      const elements = this.view(input);
      if (state.initial) elements.set(state.initial as never);
      else elements.fill((typeof elements[0] === 'bigint' ? 0n : 0) as never);
    }
  }

  /** Makes what the run left of every state what the next one begins with; see Carry. */
  private carry(): void {
    for (const { from, between } of this.carries) between.set(from);
    for (const { to, between } of this.carries) to.set(between);
  }

  /** Runs node by node; `visit` is called after each, when `read` gives its outputs. */
  runEach(visit: (steps: NodeSteps) => void): void {
    for (const steps of this.plan.nodes) {
      for (const segment of this.segmentsOf(steps.begin, steps.end)) segment.run();
      visit(steps);
    }
    this.carry();
  }

  /** A copy of a value's codes or elements; valid only from the end of its node to the start of the next. */
  read(value: Value): TensorData {
    const place = this.plan.places.get(value)!;
    return 'format' in place ? place.format.read(this.memory, value, place.image) : this.viewAt(value, place).slice();
  }

  /** Every step by itself, in order. States begin every run as they are. */
  timedSteps(): TimedStep[] {
    return this.plan.steps.map(({ node }, i) => ({ node, run: this.segmentsOf(i, i + 1)[0].run }));
  }

  /** Zeroes what users see: weights were staged in the arena. */
  private clearPorts(): void {
    for (const { at } of [...this.plan.inputs, ...this.plan.outputs]) {
      const { kind, address, bytes } = at.region;
      if (kind === 'arena') new Uint8Array(this.memory, address, bytes).fill(0);
    }
  }

  private bytes({ region, offset }: Address, bytes: number): Uint8Array {
    return new Uint8Array(this.memory, region.address + offset, bytes);
  }

  private viewAt(value: Value, { region, offset }: Address): TensorData {
    return viewAs(value.dtype, this.memory, region.address + offset, elementCount(value.shape));
  }

  private hostSegment({ node, inputs, outputs }: HostStep): () => void {
    const from = inputs.map((input, i) => (input && 'region' in input ? this.viewAt(node.inputs[i]!, input) : input));
    const to = outputs.map((output, i) => this.viewAt(node.outputs[i], output));
    return () => evaluate(node, from, to);
  }

  /** Throws for the first of `steps` that has recorded a failure; undefined where none of them can. */
  private failureCheck(steps: readonly Step[]): (() => void) | undefined {
    const failures = steps.flatMap((step) => (step.kind === 'core' && step.failure ? [step.failure] : []));
    if (failures.length === 0) return undefined;
    const records = failures.map(({ at }) => new BigInt64Array(this.memory, at.region.address + at.offset, gatherFailureBytes / 8));
    return () => {
      failures.forEach(({ throwFor }, i) => {
        const axis = Number(BigInt.asIntN(32, records[i][0]));
        if (axis !== 0) throwFor(axis, records[i][1]);
      });
    };
  }

  /** Steps [begin, end) in as few calls as possible: neighbouring descriptors of one binary are one call. */
  private segmentsOf(begin: number, end: number): Segment[] {
    const { steps, programAddress } = this.plan;
    const segments: Segment[] = [];
    let next = begin;
    while (next < end) {
      const first = next++;
      const step = steps[first];
      if (step.kind === 'host') {
        segments.push({ run: this.hostSegment(step) });
        continue;
      }
      while (next < end && isOf(step.binary, steps[next])) next++;
      const core = this.cores.get(step.binary.name)!;
      const [from, to] = [this.descriptors[first], this.descriptors[next]];
      const check = this.failureCheck(steps.slice(first, next));
      const run = () => {
        core.run(programAddress, from, to);
        check?.();
      };
      segments.push({ core: { binary: step.binary.name, begin: from, end: to }, check, run });
    }
    return segments;
  }
}

function isOf(binary: CoreStep['binary'], step: Step): boolean {
  return step.kind === 'core' && step.binary === binary;
}

/** For every step, and the end of all, the number of descriptors before it: the index of a core step's own descriptor. */
function descriptorIndices(steps: readonly Step[]): number[] {
  let next = 0;
  return [...steps.map((step) => (step.kind === 'core' ? next++ : next)), next];
}
