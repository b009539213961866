// Owns what a plan knows of the float32 binary: runs of neighbouring nodes that it computes, in memory of its own.
import type { Graph, Node, TensorData, Value } from '../graph/graph';

/** Dense elements of one value. */
export type Observe = (value: Value, data: TensorData) => void;

/** A segment in memory. */
export interface FloatRunner {
  /** Dense elements of the segment's inputs to those of its outputs, in place. `observe` sees every node's outputs, in views. */
  run(inputs: readonly TensorData[], outputs: readonly TensorData[], observe?: Observe): void;
  /** The same node by node, for timing. */
  steps(inputs: readonly TensorData[], outputs: readonly TensorData[]): { readonly node: Node; readonly run: () => void }[];
}

/** Neighbouring nodes whose activations are float32. */
export interface FloatSegment {
  readonly nodes: readonly Node[];
  /** What the segment reads from before it, and what the graph reads of it behind it. */
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** The kernel of every node: `float`, `alias`, or `host` where the binary has none. */
  readonly kernels: readonly string[];
  /** Linear memory that `create` allocates. */
  readonly bytes: number;
  /** Throws `too-large` when the engine refuses the memory. */
  create(): FloatRunner;
}

/** The float32 binary, where an entry carries it. */
export interface FloatBinary {
  /** Makes a graph, just read, one that can be validated: hybrid layers become float ones. */
  admit(graph: Graph): void;
  /** Segments of a validated graph, in order. Throws `too-large` for one that takes more than `maxBytes`. */
  segments(graph: Graph, maxBytes: number): FloatSegment[];
}
