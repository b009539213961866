// Owns one planned model in memory: the core, the packed weights, the float segments, and the steps in turn.
import { Core } from './core/core';
import { allocate, elementCount, type Node, type TensorData, type Value, viewAs } from './graph/graph';
import { emitProgram, packWeights } from './plan/emit';
import type { FloatRunner } from './plan/float-segment';
import type { Plan, Port } from './plan/plan';
import type { Reference } from './plan/region';
import type { Centred, FloatStep, HostStep } from './plan/step';
import { evaluate } from './reference/run';

/** A run of core descriptors, one host operator, or one float segment, with their views. */
type Segment = () => void;

/** What is timed on its own: a core descriptor, a host operator, or a float node. */
export interface TimedStep {
  readonly node: Node | undefined;
  readonly run: () => void;
}

export class Execution {
  private readonly core: Core;
  private readonly segments: readonly Segment[];
  private readonly runners = new Map<FloatStep, FloatRunner>();
  /** Values inside float segments, of plans without reuse. */
  private readonly observed = new Map<Value, TensorData>();

  /** Allocates the plan's memory, writes the program and packs the weights. */
  constructor(
    readonly plan: Plan,
    module: WebAssembly.Module,
  ) {
    this.core = new Core(module, plan.coreBytes);
    emitProgram(plan, this.core.memory);
    packWeights(plan, this.core.memory, (address) => this.core.run(address, 0, 1));
    this.clearPorts();
    for (const step of plan.steps) if (step.kind === 'float') this.runners.set(step, step.segment.create());
    this.segments = this.makeSegments();
  }

  /** Throws `bad-data` when a host operator meets values that it cannot work with; the next run starts afresh. */
  run(): void {
    for (const segment of this.segments) segment();
  }

  /** A live view of a port's elements. */
  view({ value, at }: Port): TensorData {
    return this.viewAt(value, at);
  }

  /** The elements of a value after a run, in the model's own codes; undefined when the plan holds it nowhere. Needs a plan without reuse. */
  read(value: Value): TensorData | undefined {
    const raw = this.plan.rawValues.get(value);
    if (raw) return this.viewAt(value, raw).slice();
    const observed = this.observed.get(value);
    if (observed) return observed;
    const centred = this.plan.centredValues.get(value);
    return centred && this.readCentred(value, centred);
  }

  /** Every step by itself, in order. */
  timedSteps(): TimedStep[] {
    let descriptor = 0;
    return this.plan.steps.flatMap((step): TimedStep[] => {
      if (step.kind === 'host') return [{ node: step.node, run: this.hostRun(step) }];
      if (step.kind === 'float') return this.runners.get(step)!.steps(...this.ends(step));
      return [{ node: step.node, run: this.coreRun(descriptor, ++descriptor) }];
    });
  }

  /** Weights were staged where inputs and outputs lie; users find zeros there. */
  private clearPorts(): void {
    for (const { at } of [...this.plan.inputs, ...this.plan.outputs]) {
      const { kind, address, bytes } = at.region;
      if (kind === 'arena') new Uint8Array(this.core.memory, address, bytes).fill(0);
    }
  }

  private viewAt(value: Value, { region, offset }: Reference): TensorData {
    return viewAs(value.dtype, this.core.memory, region.address + offset, elementCount(value.shape));
  }

  private readCentred(value: Value, { region, layout }: Centred): TensorData {
    const data = allocate(value.dtype, elementCount(value.shape));
    const elements = new Int16Array(this.core.memory);
    const zeroPoint = value.quantization!.zeroPoint[0];
    let to = 0;
    for (let image = 0; image < layout.images; image++) {
      for (let row = 0; row < layout.rows; row++) {
        for (let column = 0; column < layout.columns; column++) {
          const bytes = layout.origin + image * layout.imageBytes + row * layout.rowBytes + column * layout.pixelBytes;
          const from = (region.address + bytes) / 2;
          for (let channel = 0; channel < layout.channels; channel++) data[to++] = elements[from + channel] + zeroPoint;
        }
      }
    }
    return data;
  }

  private coreRun(first: number, last: number): Segment {
    return () => this.core.run(this.plan.programAddress, first, last);
  }

  private hostRun({ node, inputs, outputs }: HostStep): Segment {
    const from = inputs.map((input, i) => (input && 'region' in input ? this.viewAt(node.inputs[i]!, input) : input));
    const to = outputs.map((output, i) => this.viewAt(node.outputs[i], output));
    return () => evaluate(node, from, to);
  }

  /** Views of a float segment's inputs and outputs. */
  private ends({ segment, inputs, outputs }: FloatStep): [TensorData[], TensorData[]] {
    const views = (values: readonly Value[], places: readonly Reference[]) => values.map((value, i) => this.viewAt(value, places[i]));
    return [views(segment.inputs, inputs), views(segment.outputs, outputs)];
  }

  private floatRun(step: FloatStep): Segment {
    const runner = this.runners.get(step)!;
    const [inputs, outputs] = this.ends(step);
    if (this.plan.reuse) return () => runner.run(inputs, outputs);
    return () => runner.run(inputs, outputs, (value, data) => this.observed.set(value, data.slice()));
  }

  private makeSegments(): Segment[] {
    const segments: Segment[] = [];
    let first = 0;
    let next = 0;
    const close = () => {
      if (next > first) segments.push(this.coreRun(first, next));
      first = next;
    };
    for (const step of this.plan.steps) {
      if (step.kind === 'core') next++;
      else {
        close();
        segments.push(step.kind === 'host' ? this.hostRun(step) : this.floatRun(step));
      }
    }
    close();
    return segments;
  }
}
