// Owns the entry `zeropoint/reference`: the normative kernels in plain TypeScript, the oracle of the core.
import { readModel } from './custom/read';
import type { TensorData, Value } from './graph/graph';
import { validate } from './graph/validate';
import { checkOptionNames } from './options';
import { removeDead } from './passes/remove-dead';
import { evaluate, runReference as interpret } from './reference/run';
import type { ModelBytes } from './tflite/read';

export type { TensorData, Value } from './graph/graph';
export { float16Values } from './reference/quantize';
export { interpolateFloat, nearestPixel } from './reference/resize';
export { evaluate, requireInputs } from './reference/run';
export { type Window, windowOf } from './reference/window';

export interface ReferenceOptions {
  /** Images per run, as in LoadOptions; default: the file's. */
  batch?: number;
  /** As in LoadOptions. */
  shapes?: Readonly<Record<string, readonly number[]>>;
  /** As in LoadOptions. */
  signature?: string;
}

/** A model that runs through the reference kernels. */
export interface Reference {
  /** The inputs in the file's order, then what the run takes of states. */
  readonly inputs: readonly Value[];
  /** The outputs in the file's order, then what the run leaves of states, which the caller carries to the next run. */
  readonly outputs: readonly Value[];
  /**
   * Computes the elements of all outputs, in order, from those of all inputs, in the order and dtypes of `inputs`. `observe` is called
   * with every input, then with every node output in execution order; it may keep `data` but not change it.
   * @throws ModelError `bad-argument` for inputs of other dtypes or sizes, `bad-data` for elements that an operator cannot take
   */
  run(inputs: readonly TensorData[], observe?: (value: Value, data: TensorData) => void): TensorData[];
}

/**
 * Reads and checks a model as `load` does, without passes but the removal of nodes that no output depends on, which never run, for the
 * interpreter of plain TypeScript kernels.
 * @throws ModelError for a model or options that `load` refuses
 */
export function loadReference(bytes: ModelBytes, options: ReferenceOptions = {}): Reference {
  checkOptionNames<ReferenceOptions>(options, { batch: 1, shapes: 1, signature: 1 }, 'loadReference');
  const { signature, ...shapes } = options;
  const graph = readModel(bytes, undefined, signature);
  validate(graph, { ...shapes, evaluate });
  removeDead(graph);
  return { inputs: graph.inputs, outputs: graph.outputs, run: (inputs, observe) => interpret(graph, inputs, observe) };
}
