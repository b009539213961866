// Owns the inputs of an ONNX graph: their shapes, their open batch, and whether their images come channels first or last.
import { type ErrorCode, ModelError } from 'zeropoint';
import { shapeFault, type Value } from 'zeropoint/graph';
import type { OnnxBuilder } from './builder';
import { freshAxes } from './operand';
import type { DimensionMessage, GraphMessage, NodeMessage, ValueInfoMessage } from './proto';
import { floatTypes } from './tensor';
import type { Tensors } from './tensors';

/** Operators that keep the order of dimensions. */
const orderKeeping: ReadonlySet<string> = new Set(['Add', 'Cast', 'Clip', 'Div', 'Dropout', 'Identity', 'Mul', 'Pad', 'Relu', 'Sub']);

/** The nodes that read each tensor. */
function readersOf({ node }: GraphMessage): Map<string, NodeMessage[]> {
  const readers = new Map<string, NodeMessage[]>();
  for (const reader of node) {
    for (const name of new Set(reader.input)) {
      const known = readers.get(name);
      if (known) known.push(reader);
      else readers.set(name, [reader]);
    }
  }
  return readers;
}

/** Whether the file transposes `name` from [n, h, w, c] to [n, c, h, w], at once or after elementwise preprocessing. */
function isChannelsLast(name: string, readers: ReadonlyMap<string, readonly NodeMessage[]>): boolean {
  const seen = new Set([name]);
  let isTurned = false;
  for (const tensor of seen) {
    for (const { opType, attribute, output } of readers.get(tensor) ?? []) {
      const permutation = attribute.find(({ name }) => name === 'perm')?.ints.join();
      if (opType === 'Transpose' && permutation === '0,3,1,2') isTurned = true;
      else if (orderKeeping.has(opType)) seen.add(output[0]);
      else return false;
    }
  }
  return isTurned;
}

/** Adds the inputs to the graph. Initializers may be listed as inputs too (before IR version 4 they had to be). */
export function readInputs(builder: OnnxBuilder, source: GraphMessage, tensors: Tensors): { name: string; value: Value }[] {
  const inputs = source.input.filter(({ name }) => !tensors.has(name));
  const readers = readersOf(source);
  return inputs.map((info) => {
    const { name } = info;
    const { shape, isBatchOpen } = inputShape(info);
    const isImage = shape.length === 4 && !isChannelsLast(name, readers);
    const order = isImage ? [0, 2, 3, 1] : shape.map((_, axis) => axis);
    const value = builder.value(
      name,
      'float32',
      order.map((axis) => shape[axis]),
    );
    if (isBatchOpen) value.shapeSignature = [-1, ...value.shape.slice(1)];
    const axes = freshAxes(shape);
    builder.graph.inputs.push(value);
    tensors.define(name, { axes, stored: order.map((axis) => axes[axis]), value });
    return { name, value };
  });
}

/** Exporters write an open dimension as a name, as nothing, as 0 or as -1. */
function sizeOfDimension({ value }: DimensionMessage): number | undefined {
  return value.case === 'dimValue' && value.value > 0 ? Number(value.value) : undefined;
}

function inputShape({ name, type }: ValueInfoMessage): { shape: number[]; isBatchOpen: boolean } {
  const fail = (code: ErrorCode, message: string): never => {
    throw new ModelError(code, message, { where: `input '${name}'` });
  };
  const { elemType, shape } = type?.tensorType ?? fail('unsupported-feature', 'it is no tensor');
  if (!floatTypes.includes(elemType)) fail('bad-dtype', `it has element type ${elemType}; only inputs of floats are supported`);
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
