// Owns float networks ready to run in the tools: whole runs, with every intermediate tensor open to observation.
import { ModelError } from 'zeropoint';
import { loadSync } from 'zeropoint/float';
import { requireInputs } from 'zeropoint/reference';
import type { Graph, TensorData, Value } from 'zeropoint/tflite';
import { readOptions } from '../options';

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
   * and then with every node's outputs, in execution order; its data are the sample's and copies that nobody else holds.
   * @throws ModelError `bad-argument` when an input does not fit, `disposed` after dispose
   */
  run(inputs: readonly TensorData[], observe?: (value: Value, data: TensorData) => void): TensorData[];
  /** Releases the memory. */
  dispose(): void;
}

/** The beginning of requireFloat's message. */
export const quantizedAlready = 'the network is quantized already';

/** @throws ModelError `bad-argument` for a network whose activations are quantized */
export function requireFloat({ inputs, nodes }: Graph, where?: string): void {
  const results = [...inputs, ...nodes.flatMap((node) => node.outputs)];
  if (!results.some(({ dtype, quantization }) => (dtype === 'int8' || dtype === 'uint8') && quantization)) return;
  const message =
    `${quantizedAlready}; use it as it is (run, inspect, bench, compare), make a .tflite of a quantized ONNX file by zeropoint convert, ` +
    'or quantize the float one it was made of';
  throw new ModelError('bad-argument', message, { where });
}

/** All that WebAssembly can address: whoever quantizes a network trusts it. */
export const maxBytes = 2 ** 32;

/** Loads the bytes of a float `.tflite`, or a graph, which is copied. @throws ModelError `unsupported-feature` for a graph with states */
export function loadFloat(source: Uint8Array | Graph, options: FloatModelOptions = {}): FloatModel {
  const { batch } = readOptions(options, { batch: 1 }, 'loadFloat');
  const model = loadSync(source, { maxBytes, batch });
  const { graph } = model;
  if (graph.states) {
    model.dispose();
    throw new ModelError('unsupported-feature', 'the network keeps a state from run to run; the tools take samples one by one');
  }
  return {
    graph,
    inputs: graph.inputs,
    outputs: graph.outputs,
    run(inputs, observe) {
      const tensors = model.inputs;
      requireInputs(graph, inputs);
      for (const [i, { data }] of tensors.entries()) (data as Float32Array).set(inputs[i] as Float32Array);
      if (observe) {
        for (const [i, value] of graph.inputs.entries()) observe(value, inputs[i]);
        model.trace(({ operator, output }, data) => observe(graph.nodes[operator].outputs[output], data));
      } else model.run();
      return model.outputs.map(({ data }) => data.slice());
    },
    dispose: () => model.dispose(),
  };
}

/**
 * Images per run in the tools: one, unless the inputs of a network have different leading dimensions, which then are no batch.
 */
export function sampleBatch({ inputs }: Graph): 1 | undefined {
  const leading = new Set(inputs.map(({ shape: [first = 1], shapeSignature }) => ((shapeSignature?.[0] ?? 0) < 0 ? 1 : first)));
  return leading.size > 1 ? undefined : 1;
}
