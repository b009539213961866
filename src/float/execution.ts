// Owns one planned float network in memory: the core, its weights, and the nodes in turn.
import { Core } from '../core/core';
import { elementCount, type Graph, type Node, type TensorData, type Value, viewAs } from '../graph/graph';
import type { FloatRunner, Observe } from '../plan/float-segment';
import type { Reference } from '../plan/region';
import type { HostStep } from '../plan/step';
import { evaluate } from '../reference/run';
import { emitPlan } from './emit';
import { type FloatPlan, programAddress } from './plan';
import { forEachRun } from './runs';
import type { Image, NodeSteps, Place, Step } from './step';

/** Consecutive core descriptors, or one host operator. */
type Segment = () => void;

interface NodeRun {
  readonly node: Node;
  readonly segments: readonly Segment[];
}

export class FloatExecution implements FloatRunner {
  /** From plan.arenaAddress on it holds nothing that outlives a run. */
  readonly memory: ArrayBuffer;
  private readonly core: Core;
  private readonly inputs: readonly TensorData[];
  private readonly outputs: readonly TensorData[];
  /** The whole program in as few calls as possible. */
  private readonly segments: readonly Segment[];
  /** The same, node by node. */
  private readonly nodes: readonly NodeRun[];
  private readonly places: ReadonlyMap<Value, Place>;

  /** Throws `too-large` when the engine refuses the memory. */
  constructor(graph: Graph, plan: FloatPlan, module: WebAssembly.Module) {
    this.core = new Core(module, plan.bytes);
    this.memory = this.core.memory;
    emitPlan(plan, this.memory);
    this.places = plan.places;
    this.inputs = graph.inputs.map((value, i) => this.view(value, plan.inputs[i]));
    this.outputs = graph.outputs.map((value, i) => this.view(value, plan.outputs[i]));
    const descriptors = descriptorIndices(plan.steps);
    this.segments = this.makeSegments(plan.steps, descriptors, 0, plan.steps.length);
    this.nodes = plan.nodes.map(({ node, first, last }: NodeSteps) => ({
      node,
      segments: this.makeSegments(plan.steps, descriptors, first, last),
    }));
  }

  run(inputs: readonly TensorData[], outputs: readonly TensorData[], observe?: Observe): void {
    this.writeInputs(inputs);
    if (observe) this.runObserved(observe);
    else for (const segment of this.segments) segment();
    this.readOutputs(outputs);
  }

  steps(inputs: readonly TensorData[], outputs: readonly TensorData[]): { readonly node: Node; readonly run: () => void }[] {
    return this.nodes.map(({ node, segments }, i) => ({
      node,
      run: () => {
        if (i === 0) this.writeInputs(inputs);
        for (const segment of segments) segment();
        if (i === this.nodes.length - 1) this.readOutputs(outputs);
      },
    }));
  }

  private writeInputs(inputs: readonly TensorData[]): void {
    for (let i = 0; i < inputs.length; i++) copyElements(inputs[i], this.inputs[i]);
  }

  private readOutputs(outputs: readonly TensorData[]): void {
    for (let i = 0; i < outputs.length; i++) copyElements(this.outputs[i], outputs[i]);
  }

  private runObserved(observe: Observe): void {
    for (const { node, segments } of this.nodes) {
      for (const segment of segments) segment();
      for (const value of node.outputs) observe(value, this.read(value));
    }
  }

  /** Dense elements of a value whose node has just run: a view, or a copy out of its image. */
  private read(value: Value): TensorData {
    const place = this.places.get(value)!;
    return 'layout' in place ? this.readImage(value, place) : this.view(value, place);
  }

  private readImage(value: Value, { region, layout }: Image): Float32Array {
    const dense = new Float32Array(elementCount(value.shape));
    const elements = new Float32Array(this.memory, region.address, layout.bytes / 4);
    let to = 0;
    forEachRun(layout, (first, count) => {
      dense.set(elements.subarray(first, first + count), to);
      to += count;
    });
    return dense;
  }

  private view(value: Value, { region, offset }: Reference): TensorData {
    return viewAs(value.dtype, this.memory, region.address + offset, elementCount(value.shape));
  }

  private hostSegment({ node, inputs, outputs }: HostStep): Segment {
    const from = inputs.map((input, i) => (input && 'region' in input ? this.view(node.inputs[i]!, input) : input));
    const to = outputs.map((output, i) => this.view(node.outputs[i], output));
    return () => evaluate(node, from, to);
  }

  private makeSegments(steps: readonly Step[], descriptors: readonly number[], first: number, last: number): Segment[] {
    const segments: Segment[] = [];
    let begin = first;
    const close = (end: number) => {
      const [from, to] = [descriptors[begin], descriptors[end]];
      if (to > from) segments.push(() => this.core.run(programAddress, from, to));
    };
    for (let i = first; i < last; i++) {
      const step = steps[i];
      if (step.kind === 'core') continue;
      close(i);
      begin = i + 1;
      segments.push(this.hostSegment(step));
    }
    close(last);
    return segments;
  }
}

/** For every step, and the end, how many core descriptors come before it. */
function descriptorIndices(steps: readonly Step[]): number[] {
  let next = 0;
  return [...steps.map((step) => (step.kind === 'core' ? next++ : next)), next];
}

/** Both have one dtype and length. */
function copyElements(from: TensorData, to: TensorData): void {
  (to as Float32Array).set(from as Float32Array);
}
