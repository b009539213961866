// Owns the inputs of an ONNX graph: their shapes, their open batch, and whether their images come channels first or last.
import { type ErrorCode, ModelError } from 'zeropoint';
import { shapeFault, type Value } from 'zeropoint/graph';
import { quote } from '../../quote';
import type { OnnxBuilder } from './builder';
import { freshAxes } from './operand';
import type { DimensionMessage, GraphMessage, ValueInfoMessage } from './proto';
import { codesOfInput, dequantizedInput } from './quantized/tensors';
import { floatTypes } from './tensor';
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

/** Adds the inputs to the graph. Initializers may be listed as inputs too (before IR version 4 they had to be). */
export function readInputs(builder: OnnxBuilder, source: GraphMessage, tensors: Tensors): { name: string; value: Value }[] {
  const inputs = source.input.filter(({ name }) => !tensors.has(name));
  const orders = ordersOf(source);
  return inputs.map((info) => {
    const { name } = info;
    const codes = codesOfInput(info, source, tensors);
    const { shape, isBatchOpen } = inputShape(info, codes !== undefined);
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

/** Exporters write an open dimension as a name, as nothing, as 0 or as -1. */
function sizeOfDimension({ value }: DimensionMessage): number | undefined {
  return value.case === 'dimValue' && value.value > 0 ? Number(value.value) : undefined;
}

function inputShape({ name, type }: ValueInfoMessage, isCodes: boolean): { shape: number[]; isBatchOpen: boolean } {
  const fail = (code: ErrorCode, message: string): never => {
    throw new ModelError(code, quote(message, 400), { where: `input '${quote(name)}'` });
  };
  const { elemType, shape } = type?.tensorType ?? fail('unsupported-feature', 'it is no tensor');
  if (!isCodes && !floatTypes.includes(elemType)) fail('bad-dtype', `it has element type ${elemType}; only inputs of floats are supported`);
  const dimensions = (shape ?? fail('dynamic-shape', 'it has no shape; export the model with static shapes')).dim;
  const sizes = dimensions.map(sizeOfDimension);
  if (sizes.slice(1).includes(undefined)) {
    const text = dimensions.map(({ value }) => value.value ?? '?');
    fail('dynamic-shape', `its shape [${text}] leaves more open than the batch; export the model with static shapes`);
  }
  const isBatchOpen = sizes.length > 0 && sizes[0] === undefined;
  const result = sizes.map((size) => size ?? 1);
  const fault = shapeFault(result);
  if (fault) fail('bad-shape', `it has shape [${result}], ${fault}`);
  return { shape: result, isBatchOpen };
}
