// Owns float networks ready to run in the tools: whole runs, with every intermediate tensor open to observation.
import { loadFloat as loadNetwork } from 'zeropoint/float';
import type { Graph, TensorData, Value } from 'zeropoint/tflite';

export interface FloatModelOptions {
  /** Leading dimension of every input; default: the file's. */
  batch?: number;
}

/** A float network ready to run. */
export interface FloatModel {
  /** The graph that runs: constants folded, pads and activations fused. Its values are those that `observe` receives. */
  readonly graph: Graph;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /**
   * Takes the elements of every input, in order, and returns copies of those of every output. `observe` is called with every input
   * and then with every node's outputs, in execution order; its data are valid until it returns.
   * @throws ModelError `bad-argument` when an input does not fit, `disposed` after dispose
   */
  run(inputs: readonly TensorData[], observe?: (value: Value, data: TensorData) => void): TensorData[];
  /** Releases the memory. */
  dispose(): void;
}

/** Loads the bytes of a float `.tflite`, or a graph, which the passes edit in place. @throws ModelError */
export function loadFloat(source: Uint8Array | Graph, options: FloatModelOptions = {}): FloatModel {
  return loadNetwork(source, options);
}
