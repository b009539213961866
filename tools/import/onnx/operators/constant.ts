// Owns constants, and the shape arithmetic that exporters write as nodes, which is computed at import.
import { elementCount, shapeFault } from 'zeropoint/graph';
import type { Call, Converter } from '../call';
import { type ConstantData, constantOperand, type Operand, shapeOf } from '../operand';
import { floatTypes } from '../tensor';

export const constant: Converter = (call) => {
  const tensor = call.tensor('value');
  if (tensor) return tensor;
  if (call.has('value_float')) return constantOperand(Float32Array.of(call.float('value_float', 0)), []);
  if (call.has('value_int')) return constantOperand([call.int('value_int', 0)], []);
  const floats = call.floats('value_floats');
  call.charge((floats ?? call.ints('value_ints') ?? []).length);
  if (floats) return constantOperand(Float32Array.from(floats), [floats.length]);
  const ints = call.ints('value_ints');
  if (ints) return constantOperand(ints, [ints.length]);
  return call.fail('unsupported-feature', 'its value is neither a dense tensor nor a list of numbers');
};

/** Dimensions as ONNX sees them; a batch that the file leaves open counts as 1. */
export const shape: Converter = (call) => {
  const dimensions = shapeOf(call.operand(0));
  const slice = dimensions.slice(call.int('start', 0), call.has('end') ? call.int('end', 0) : undefined);
  return constantOperand(slice, [slice.length]);
};

/** The identity between integer types and between float types; between the two kinds, constants only. */
export const cast: Converter = (call) => {
  const x = call.operand(0);
  const isFloat = floatTypes.includes(call.int('to', 0));
  if (isFloat === !isIntegers(x)) return x;
  const elements = call.elements(0);
  if (!elements) return call.fail('unsupported-feature', 'the network computes with integers; only float32 networks are supported');
  call.charge(elements.length);
  return constantOperand(isFloat ? Float32Array.from(elements) : Array.from(elements, Math.trunc), shapeOf(x));
};

/** Floor and Ceil of constants, which exporters use to compute sizes from factors. */
export function rounded(round: (value: number) => number): Converter {
  return (call) => {
    const elements = call.elements(0);
    if (!elements)
      return call.fail('unsupported-feature', `${call.message.opType} of what depends on the network's input is not supported`);
    call.charge(elements.length);
    return constantOperand(elements.map(round) as ConstantData, shapeOf(call.operand(0)));
  };
}

export const constantOfShape: Converter = (call) => {
  const dimensions = call.integers(0) ?? call.fail('bad-graph', 'input 0, the shape, is missing');
  const fault = shapeFault(dimensions);
  if (fault) call.fail('bad-shape', `it has shape [${dimensions}], ${fault}`);
  const length = elementCount(dimensions);
  call.charge(length);
  const data = call.tensor('value')?.data ?? Float32Array.of(0);
  const [fill = 0] = data;
  return constantOperand(
    data instanceof Float32Array ? new Float32Array(length).fill(fill) : new Array<number>(length).fill(fill),
    dimensions,
  );
};

function isIntegers({ data }: Operand): boolean {
  return data !== undefined && !(data instanceof Float32Array);
}

const arithmetics: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => Math.trunc(a / b),
};

/** The node's result where its operands are lists of integers, else undefined. */
export function foldIntegers(call: Call): Operand | undefined {
  const operands = Array.from({ length: call.operandCount }, (_, i) => call.optional(i));
  if (!operands.every((operand) => operand && isIntegers(operand) && operand.axes.length <= 1)) return undefined;
  const lists = operands.map((_, i) => call.integers(i)!);
  if (call.message.opType === 'Concat') {
    call.charge(lists.reduce((sum, { length }) => sum + length, 0));
    const joined = lists.flat();
    return constantOperand(joined, [joined.length]);
  }
  const compute = arithmetics[call.message.opType];
  if (!compute || lists.length !== 2) return undefined;
  const [a, b] = lists;
  const length = Math.max(a.length, b.length);
  if ((a.length !== length && a.length !== 1) || (b.length !== length && b.length !== 1)) return undefined;
  call.charge(length);
  const data = Array.from({ length }, (_, i) => compute(a[a.length === 1 ? 0 : i], b[b.length === 1 ? 0 : i]));
  return constantOperand(data, operands.some((operand) => operand!.axes.length === 1) ? [length] : []);
}
