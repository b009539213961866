// Owns the inputs of a TensorFlow.js model: dimensions that the file leaves open, and shapes that the caller gives for them.
import { type ErrorCode, ModelError } from 'zeropoint';
import { type DType, shapeFault, type Value } from 'zeropoint/graph';
import { quote } from '../../quote';
import type { GraphBuilder } from '../graph-builder';

/** Shapes by the names of inputs, NHWC. */
export type InputShapes = ReadonlyMap<string, readonly number[]>;

/** An input as the file declares it. */
export interface InputSpec {
  readonly name: string;
  /** undefined: open. */
  readonly dimensions: readonly (number | undefined)[] | undefined;
  readonly dtype: DType;
}

/** A shape that could be given, for messages. */
function exampleOf(dimensions: InputSpec['dimensions'] = [1, undefined, undefined, 3]): string {
  return dimensions.map((size, axis) => size ?? (axis === 0 ? 1 : 224)).join('x');
}

function shapeOf({ name, dimensions }: InputSpec, given: readonly number[] | undefined): number[] {
  const fail = (code: ErrorCode, message: string): never => {
    throw new ModelError(code, quote(message, 400), { where: `input '${quote(name)}'` });
  };
  const text = dimensions?.map((size) => size ?? '?').join(', ');
  if (given) {
    const isFitting = given.length === (dimensions?.length ?? given.length) && given.every((size, i) => (dimensions?.[i] ?? size) === size);
    if (!isFitting) fail('bad-argument', `its shape is [${text}]; the given [${given}] does not fit`);
    return [...given];
  }
  if (!dimensions || dimensions.slice(1).includes(undefined)) {
    fail(
      'dynamic-shape',
      `its shape ${dimensions ? `[${text}] ` : ''}leaves more open than the batch: fix it by --shape ${name}=${exampleOf(dimensions)}, or the option shapes`,
    );
  }
  return dimensions!.map((size) => size ?? 1);
}

/** Adds an input to the graph; an open batch becomes 1 and stays open for the option `batch`, unless another is given. @throws ModelError
 * `dynamic-shape` */
export function addInput(builder: GraphBuilder, spec: InputSpec, shapes: InputShapes): Value {
  const shape = shapeOf(spec, shapes.get(spec.name));
  const fault = shapeFault(shape);
  if (fault) throw new ModelError('bad-shape', `it has shape [${shape}], ${fault}`, { where: `input '${quote(spec.name)}'` });
  const value = builder.value(spec.name, spec.dtype, shape);
  const isBatchOpen = spec.dimensions !== undefined && spec.dimensions.length > 0 && spec.dimensions[0] === undefined;
  if (isBatchOpen && shape[0] === 1) value.shapeSignature = [-1, ...shape.slice(1)];
  builder.graph.inputs.push(value);
  return value;
}
