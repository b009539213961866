// Owns constants, and the arithmetic of shapes that exporters leave in their files: it is computed here and never reaches the graph.
import type { Call, Converter } from '../call';
import { constantOperand, type Operand, shapeOf } from '../operand';

export const constant: Converter = (call) => {
  const tensor = call.tensor('value');
  if (tensor) return tensor;
  if (call.has('value_float')) return constantOperand(Float32Array.of(call.float('value_float', 0)), []);
  if (call.has('value_int')) return constantOperand([call.int('value_int', 0)], []);
  const floats = call.floats('value_floats');
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

/** Integers stay what they are, floats too; between them only constants can change. */
export const cast: Converter = (call) => {
  const x = call.operand(0);
  const to = call.int('to', 0);
  const isFloat = to === 1 || to === 10 || to === 11;
  const floats = x.value ? true : x.data instanceof Float32Array;
  if (isFloat === floats) return x;
  if (!x.data) return call.fail('unsupported-feature', 'the network computes with integers; only float32 networks are supported');
  const data = isFloat ? Float32Array.from(x.data) : Array.from(x.data, Math.trunc);
  return { ...x, data };
};

/** Elements of a list of integers. */
export const gather: Converter = (call) => {
  const list = integersOf(call, 0);
  const indices = call.operand(1);
  if (call.int('axis', 0) !== 0 || call.operand(0).axes.length !== 1)
    call.fail('unsupported-feature', 'only elements of lists can be gathered');
  const picked = integersOf(call, 1).map(
    (index) => list[index < 0 ? index + list.length : index] ?? call.fail('bad-data', `index ${index}`),
  );
  return constantOperand(picked, shapeOf(indices));
};

/** A range of a list of integers, one step at a time. */
export const slice: Converter = (call) => {
  const list = call.operand(0).axes.length === 1 && call.operand(0).data ? integersOf(call, 0) : undefined;
  const part = (name: string, index: number) => (call.ints(name) ?? call.integers(index))?.[0];
  if (!list || (part('steps', 4) ?? 1) !== 1) return call.fail('unsupported-feature', 'only lists of integers can be sliced');
  const picked = list.slice(part('starts', 1), part('ends', 2));
  return constantOperand(picked, [picked.length]);
};

function integersOf(call: Call, index: number): readonly number[] {
  return call.integers(index) ?? call.fail('bad-graph', `input ${index} is missing`);
}

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
  const lists = operands.map((operand) => operand!.data as readonly number[]);
  if (call.message.opType === 'Concat') {
    const joined = lists.flat();
    return constantOperand(joined, [joined.length]);
  }
  const compute = arithmetics[call.message.opType];
  if (!compute) return undefined;
  const [a, b] = lists;
  const length = Math.max(a.length, b.length);
  if ((a.length !== length && a.length !== 1) || (b.length !== length && b.length !== 1)) return undefined;
  const data = Array.from({ length }, (_, i) => compute(a[a.length === 1 ? 0 : i], b[b.length === 1 ? 0 : i]));
  return constantOperand(data, operands.some((operand) => operand!.axes.length === 1) ? [length] : []);
}
