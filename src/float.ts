// Owns the entry `zeropoint/float`: float and mixed networks, fast, and float ones with every intermediate tensor open to observation.
import { inlineCore } from './core/inline';
import { inlineFloatCore } from './core/inline-float';
import { chooseIsa } from './core/isa';
import { ModelError } from './errors';
import { dequantizeWeights } from './float/dequantize-weights';
import { FloatExecution } from './float/execution';
import { makeFloatPlan } from './float/plan';
import { floatSegments } from './float/segment';
import { allocate, elementCount, type Graph, type TensorData, type Value } from './graph/graph';
import { validate } from './graph/validate';
import { bindCore } from './model';
import { runPasses } from './passes';
import { evaluate, requireInputs } from './reference/run';
import { readModel } from './tflite/read';

export type { Graph, TensorData, Value } from './graph/graph';

export interface FloatOptions {
  /** Leading dimension of every input; default: the file's. */
  batch?: number;
}

/** A float network ready to run. */
export interface FloatModel {
  /**
   * The graph that is run: constants folded, pads and activations fused, quantized weights of float layers dequantized. Values are
   * those that `observe` sees. Constants were copied at load: changing their data changes nothing here.
   */
  readonly graph: Graph;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /**
   * Elements of every input, in order, to copies of those of every output. `observe` sees every input and every node's outputs, in
   * execution order, in views that hold only until it returns. Throws `bad-argument` when an input does not fit, `disposed` after dispose.
   */
  run(inputs: readonly TensorData[], observe?: (value: Value, data: TensorData) => void): TensorData[];
  /** Lets go of the memory. */
  dispose(): void;
}

const core = inlineFloatCore();

/**
 * `load` and `loadSync` of the entry `zeropoint` for networks that are float32 in part or as a whole, hybrid ones (int8 weights, float
 * activations) among them: float operators run on a SIMD core of their own, where that entry runs them through the reference kernels.
 */
export const { load, loadSync } = bindCore(inlineCore(), {
  admit: dequantizeWeights,
  segments: (graph, maxBytes) => floatSegments(graph, maxBytes, core),
});

/** Loads a float `.tflite`, or takes a graph as it is (it is edited by the passes). Throws ModelError. */
export function loadFloat(source: Uint8Array | Graph, options: FloatOptions = {}): FloatModel {
  chooseIsa();
  const graph = source instanceof Uint8Array ? readModel(source) : source;
  dequantizeWeights(graph);
  validate(graph, { ...options, evaluate });
  runPasses(graph, { evaluate });
  let execution: FloatExecution | undefined = new FloatExecution(graph, makeFloatPlan(graph), core());
  return {
    graph,
    inputs: graph.inputs,
    outputs: graph.outputs,
    run(inputs, observe) {
      if (!execution) throw new ModelError('disposed', 'the model was disposed; load it again');
      requireInputs(graph, inputs);
      for (const [i, value] of graph.inputs.entries()) observe?.(value, inputs[i]);
      const results = graph.outputs.map(({ dtype, shape }) => allocate(dtype, elementCount(shape)));
      execution.run(inputs, results, observe);
      return results;
    },
    dispose() {
      execution = undefined;
    },
  };
}
