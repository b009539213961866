// Owns the entry `zeropoint/float`: float networks, fast, with every intermediate tensor open to observation.
import { elementCount, type Graph, type TensorData, type Value } from './graph/graph';
import { validate } from './graph/validate';
import { runPasses } from './passes';
import { evaluate, runReference } from './reference/run';
import { readModel } from './tflite/read';

export type { Graph, TensorData, Value } from './graph/graph';

export interface FloatOptions {
  /** Leading dimension of every input; default: the file's. */
  batch?: number;
}

/** A float network ready to run. */
export interface FloatModel {
  /** The graph that is run: constants folded, pads and activations fused. Values are those that `observe` sees. */
  readonly graph: Graph;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /**
   * Elements of every input, in order, to copies of those of every output. `observe` sees every input and every node's outputs, in
   * execution order, in views that hold only until it returns.
   */
  run(inputs: readonly TensorData[], observe?: (value: Value, data: TensorData) => void): TensorData[];
  dispose(): void;
}

/** Loads a float `.tflite`, or takes a graph as it is (it is edited by the passes). Throws ModelError. */
export function loadFloat(source: Uint8Array | Graph, options: FloatOptions = {}): FloatModel {
  const graph = source instanceof Uint8Array ? readModel(source) : source;
  validate(graph, { ...options, evaluate });
  runPasses(graph, { evaluate });
  return {
    graph,
    inputs: graph.inputs,
    outputs: graph.outputs,
    run: (inputs, observe) => runReference(graph, inputs, observe).map((data, i) => data.slice(0, elementCount(graph.outputs[i].shape))),
    dispose: () => {},
  };
}
