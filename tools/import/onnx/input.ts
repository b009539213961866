// Owns the inputs of an ONNX graph: their shapes, their open batch, and whether their images come channels first or last.
import { type ErrorCode, ModelError } from 'zeropoint';
import { elementCount, shapeFault, type Value } from 'zeropoint/graph';
import { quote } from '../../quote';
import { type ImportOptions, requireInputNames, shapesOf } from '../options';
import type { OnnxBuilder } from './builder';
import { constantOperand, freshAxes, type Operand } from './operand';
import type { DimensionMessage, GraphMessage, ValueInfoMessage } from './proto';
import { codesOfInput, dequantizedInput } from './quantized/tensors';
import { dataTypes, floatTypes, integerTypes } from './tensor';

import type { Tensors } from './tensors';

/** Operators that keep the order of dimensions. */
const orderKeeping: ReadonlySet<string> = new Set([
  'Add',
  'Cast',
  'Clip',
  'DequantizeLinear',
  'Div',
  'Dropout',
  'Identity',
  'Mul',
  'Pad',
  'QuantizeLinear',
  'Relu',
  'Sub',
]);

/** What the readers of a tensor do with its order, themselves and through operators that keep it. */
interface Order {
  /** Some transpose it from [n, h, w, c] to [n, c, h, w]. */
  isTurned: boolean;
  /** Some are neither such a Transpose nor keep the order. */
  isUsed: boolean;
}

/** By tensor, in one walk against the order of execution, so that a tensor's readers are known before its producer is looked at. */
function ordersOf({ node }: GraphMessage): Map<string, Order> {
  const orders = new Map<string, Order>();
  for (let i = node.length - 1; i >= 0; i--) {
    const { opType, attribute, input, output } = node[i];
    const permutation = opType === 'Transpose' && attribute.find(({ name }) => name === 'perm')?.ints;
    const isTurning = permutation && permutation.length === 4 && permutation.join() === '0,3,1,2';
    const passed = orderKeeping.has(opType) ? orders.get(output[0]) : { isTurned: false, isUsed: true };
    const own = isTurning ? { isTurned: true, isUsed: false } : passed;
    for (const name of input) {
      const known = orders.get(name);
      if (known && own) {
        known.isTurned ||= own.isTurned;
        known.isUsed ||= own.isUsed;
      } else if (own) orders.set(name, { ...own });
    }
  }
  return orders;
}

/**
 * Adds the inputs to the graph. Initializers may be listed as inputs too (before IR version 4 they had to be).
 * @throws ModelError `bad-argument` for options that do not fit, `dynamic-shape`, `bad-shape`, `bad-dtype`, `unsupported-feature`
 */
export function readInputs(
  builder: OnnxBuilder,
  source: GraphMessage,
  tensors: Tensors,
  options: ImportOptions,
): { name: string; value: Value }[] {
  const all = source.input.filter(({ name }) => !tensors.has(name));
  const names = all.map(({ name }) => name);
  const shapes = shapesOf(options);
  const constants = new Map(Object.entries(options.constants ?? {}));
  requireInputNames(shapes.keys(), names, 'shapes');
  requireInputNames(constants.keys(), names, 'constants');
  const inputs = all.filter((info) => {
    const given = constants.get(info.name);
    if (given === undefined) return true;
    tensors.define(info.name, constantInput(builder, info, given, shapes.get(info.name)));
    return false;
  });
  const orders = ordersOf(source);
  return inputs.map((info) => {
    const { name } = info;
    const codes = codesOfInput(info, source, tensors);
    const { shape, isBatchOpen } = inputShape(info, shapes.get(name), codes !== undefined);
    const order = orders.get(name);
    const isImage = shape.length === 4 && !(order?.isTurned && !order.isUsed);
    const axisOrder = isImage ? [0, 2, 3, 1] : shape.map((_, axis) => axis);
    const value = builder.value(
      name,
      'float32',
      axisOrder.map((axis) => shape[axis]),
    );
    if (isBatchOpen) value.shapeSignature = [-1, ...value.shape.slice(1)];
    const axes = freshAxes(shape);
    builder.graph.inputs.push(value);
    const stored = axisOrder.map((axis) => axes[axis]);
    const reals = codes ? dequantizedInput(builder, value, codes) : value;
    tensors.define(name, { axes, stored, value: reals, codes });
    return { name, value };
  });
}

function failAt(name: string): (code: ErrorCode, message: string) => never {
  return (code, message) => {
    throw new ModelError(code, quote(message, 600), { where: `input '${quote(name)}'` });
  };
}

/** An input that has always the same elements; one number stands for all of them. */
function constantInput(
  builder: OnnxBuilder,
  { name, type }: ValueInfoMessage,
  given: number | readonly number[],
  asked: readonly number[] | undefined,
): Operand {
  const fail = failAt(name);
  const numbers = typeof given === 'number' ? [given] : given;
  const isFloat = floatTypes.includes(type?.tensorType?.elemType ?? 0);
  if (!Array.isArray(numbers) || numbers.some((number) => !(isFloat ? Number.isFinite(number) : Number.isSafeInteger(number)))) {
    fail('bad-argument', `its constant value is not made of ${isFloat ? 'numbers' : 'whole numbers'}`);
  }
  const declared = type?.tensorType?.shape?.dim.map((dimension) => sizeOfDimension(dimension) ?? 1) ?? [];
  const shape = asked ?? (elementCount(declared) === 1 && numbers.length > 1 && declared.length === 1 ? [numbers.length] : declared);
  const fault = shapeFault(shape);
  if (fault) fail('bad-shape', `it has shape [${shape}], ${fault}`);
  const count = elementCount(shape);
  if (numbers.length !== 1 && numbers.length !== count)
    fail('bad-argument', `its constant value has ${numbers.length} elements for shape [${shape}]`);
  builder.account.charge(count);
  const elements = numbers.length === count ? [...numbers] : new Array<number>(count).fill(numbers[0]);
  return constantOperand(isFloat ? Float32Array.from(elements) : elements, shape);
}

/** Exporters write an open dimension as a name, as nothing, as 0 or as -1. */
function sizeOfDimension({ value }: DimensionMessage): number | undefined {
  return value.case === 'dimValue' && value.value > 0 ? Number(value.value) : undefined;
}

/** How messages name a dimension. */
function dimensionText({ value }: DimensionMessage): string {
  return value.case === 'dimParam' && value.value !== ''
    ? value.value
    : value.case === 'dimValue' && value.value > 0
      ? `${value.value}`
      : '?';
}

function inputShape(
  { name, type }: ValueInfoMessage,
  asked: readonly number[] | undefined,
  isCodes: boolean,
): { shape: readonly number[]; isBatchOpen: boolean } {
  const fail = failAt(name);
  const { elemType, shape } = type?.tensorType ?? fail('unsupported-feature', 'it is no tensor');
  if (!isCodes && !floatTypes.includes(elemType)) {
    const advice =
      integerTypes.includes(elemType) || elemType === dataTypes.BOOL
        ? `; where it has always one value, give that: --constant ${name}=N`
        : '';
    fail('bad-dtype', `it has element type ${elemType}; only inputs of floats are supported${advice}`);
  }
  if (!shape && !asked) fail('dynamic-shape', `it has no shape; give one, as --shape ${name}=1x3x224x224`);
  const dimensions = shape?.dim ?? [];
  const text = `[${dimensions.map(dimensionText)}]`;
  const sizes = dimensions.map(sizeOfDimension);
  if (asked && shape && (asked.length !== sizes.length || sizes.some((size, axis) => size !== undefined && size !== asked[axis]))) {
    fail('bad-argument', `the shape [${asked}] does not fit ${text}; only free dimensions can be chosen`);
  }
  if (!asked && sizes.slice(1).includes(undefined)) {
    const free = dimensions.flatMap((dimension, axis) => (sizes[axis] === undefined ? [dimensionText(dimension)] : []));
    const example = sizes.map((size, axis) => size ?? (axis === 0 ? 1 : sizes.length === 4 ? 224 : 'N')).join('x');
    fail(
      'dynamic-shape',
      `its shape ${text} leaves dimensions free (${free.join(', ')}); fix them: --shape ${name}=${example}, or the option shapes`,
    );
  }
  const result = asked ?? sizes.map((size) => size ?? 1);
  const fault = shapeFault(result);
  if (fault) fail('bad-shape', `it has shape [${result}], ${fault}`);
  // A batch that was asked for is not replaced.
  return { shape: result, isBatchOpen: sizes.length > 0 && sizes[0] === undefined && result[0] === 1 };
}
