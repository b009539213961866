// Owns what a plan executes, descriptors for a binary and nodes for the host, and the places of values.
import type { Node, State, TensorData, Value } from '../graph/graph';
import type { Binary, DescriptorShape, Fields } from './descriptor';
import type { Layout } from './layout';
import type { Address, Region } from './region';

/** A value in its format: NHWC with padded channels and a border. */
export interface Image {
  readonly region: Region;
  readonly layout: Layout;
}

/** Where a graph input or output lies: dense codes or elements. */
export interface Port {
  readonly value: Value;
  readonly at: Address;
}

/** Where a state lies when a run begins, and where the run leaves it. */
export interface StatePorts {
  readonly state: State;
  readonly input: Port;
  readonly output: Port;
}

/** Bytes that are copied when a run ends; all carries of a plan at once, since one may read where another writes. */
export interface Carry {
  readonly from: Address;
  readonly to: Address;
  readonly bytes: number;
}

/** Where a descriptor records what only a run can show. */
export interface Failure {
  /** A GatherFailure; its region is pinned. */
  readonly at: Address;
  /** Throws `bad-data`; `axis` is the record's, not 0. */
  readonly throwFor: (axis: number, index: bigint) => void;
}

/** One descriptor. `node` is the operator that it serves, conversions for it included. */
export interface CoreStep {
  readonly kind: 'core';
  readonly binary: Binary;
  readonly operator: string;
  readonly shape: DescriptorShape;
  readonly fields: Fields;
  readonly node: Node | undefined;
  readonly failure?: Failure;
}

/** One node run by its reference kernel on dense tensors: constants as they are, everything else in linear memory. */
export interface HostStep {
  readonly kind: 'host';
  readonly node: Node;
  readonly inputs: readonly (Address | TensorData | undefined)[];
  readonly outputs: readonly Address[];
}

export type Step = CoreStep | HostStep;

/** A node with its steps [begin, end); none when its outputs are other names for memory that exists. */
export interface NodeSteps {
  readonly node: Node;
  /** The name of a core kernel, `float` or `float-relaxed` on a float32 binary, `alias`, or `host`. */
  readonly kernel: string;
  readonly begin: number;
  readonly end: number;
}
