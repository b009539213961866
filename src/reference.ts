// Owns the entry `zeropoint/reference`: the normative kernels in plain TypeScript, the oracle of the core.
import type { TensorData, Value } from './graph/graph';
import { validate } from './graph/validate';
import { checkOptionNames } from './options';
import { evaluate, runReference as interpret } from './reference/run';
import { type ModelBytes, readModel } from './tflite/read';

export type { TensorData, Value } from './graph/graph';
export { float16Values } from './reference/quantize';
export { interpolateFloat, nearestPixel } from './reference/resize';
export { evaluate, requireInputs } from './reference/run';
export { type Window, windowOf } from './reference/window';

export interface ReferenceOptions {
  /** Leading dimension of every input; default: the file's. */
  batch?: number;
}

/** What runs a model through the reference kernels. */
export interface Reference {
  /** Shapes and dtypes of the inputs, in order. */
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Elements of every input, in the order and dtypes of `inputs`, to those of the outputs; `observe` sees every value once it exists. */
  run(inputs: readonly TensorData[], observe?: (value: Value, data: TensorData) => void): TensorData[];
}

/** Reads and checks a model as `load` does, and interprets it slowly and obviously. Throws what `load` throws. */
export function loadReference(bytes: ModelBytes, options: ReferenceOptions = {}): Reference {
  checkOptionNames<ReferenceOptions>(options, { batch: 1 }, 'loadReference');
  const graph = readModel(bytes);
  validate(graph, { ...options, evaluate });
  return { inputs: graph.inputs, outputs: graph.outputs, run: (inputs, observe) => interpret(graph, inputs, observe) };
}
