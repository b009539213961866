// Owns constants, and the shape arithmetic that exporters write as nodes, which is computed at import.
import { elementCount, shapeFault } from 'zeropoint/graph';
import type { Call, Converter } from '../call';
import { constantOperand, dtypeOf, type Operand, shapeOf } from '../operand';
import { dataTypes, floatTypes, integerTypes } from '../tensor';

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

export const size: Converter = (call) => constantOperand([elementCount(shapeOf(call.operand(0)))], []);

/** Floats are float32 in the graph, integers int32. */
function castType(call: Call, target: number): 'float32' | 'int32' | 'bool' {
  if (floatTypes.includes(target)) return 'float32';
  if (target === dataTypes.BOOL) return 'bool';
  return integerTypes.includes(target) ? 'int32' : call.fail('unsupported-feature', `it casts to element type ${target}`);
}

/** Constants become constants; the identity where the graph has one dtype for both types. */
export const cast: Converter = (call) => {
  const x = call.operand(0);
  const to = castType(call, call.int('to', 0));
  const from = dtypeOf(x);
  if (from === to) return x;
  const elements = call.elements(0);
  if (elements) {
    call.charge(elements.length);
    if (to === 'float32') return constantOperand(Float32Array.from(elements), shapeOf(x));
    const round = to === 'bool' ? (element: number) => Number(element !== 0) : Math.trunc;
    return constantOperand(Array.from(elements, round), shapeOf(x));
  }
  const value = call.builder.node('CAST', {}, [x.value], call.output, to);
  return { axes: x.axes, stored: x.stored, value };
};

/** Numbers from start to limit, which is left out; all constant. */
export const range: Converter = (call) => {
  const bounds = [0, 1, 2].map((index) => call.elements(index)?.[0]);
  if (bounds.includes(undefined)) call.fail('dynamic-shape', 'its bounds depend on the input of the network; export with static shapes');
  const [start, limit, delta] = bounds as number[];
  const count = Math.max(Math.ceil((limit - start) / delta), 0);
  if (!(count <= 2 ** 24)) call.fail('bad-option', `steps of ${delta} do not lead from ${start} to ${limit}`);
  call.charge(count);
  const numbers = Array.from({ length: count }, (_, i) => start + i * delta);
  return constantOperand(dtypeOf(call.operand(0)) === 'float32' ? Float32Array.from(numbers) : numbers, [count]);
};

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

const truth = (holds: boolean): number => Number(holds);

/** Functions of integers, by operators of ONNX. */
const functions: Readonly<Record<string, (...numbers: number[]) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => Math.trunc(a / b),
  Mod: (a, b) => a - Math.floor(a / b) * b,
  Max: (...all) => Math.max(...all),
  Min: (...all) => Math.min(...all),
  Neg: (a) => -a,
  Abs: Math.abs,
  Equal: (a, b) => truth(a === b),
  Less: (a, b) => truth(a < b),
  LessOrEqual: (a, b) => truth(a <= b),
  Greater: (a, b) => truth(a > b),
  GreaterOrEqual: (a, b) => truth(a >= b),
  And: (a, b) => a & b,
  Or: (a, b) => a | b,
  Xor: (a, b) => a ^ b,
  Not: (a) => truth(a === 0),
  Where: (condition, a, b) => (condition ? a : b),
};

/** Whether `operand` is a constant of integers of at most one dimension. */
function isIntegerList({ data, value, axes }: Operand): boolean {
  const elements = data ?? value?.data;
  return elements !== undefined && !(elements instanceof Float32Array) && axes.length <= 1;
}

/** The node's result where its operands are lists of integers, else undefined; integers of 64 bits stay exact up to 2^53. */
export function foldIntegers(call: Call): Operand | undefined {
  const operands = Array.from({ length: call.operandCount }, (_, i) => call.optional(i));
  if (operands.length === 0 || !operands.every((operand) => operand && isIntegerList(operand))) return undefined;
  const lists = operands.map((_, i) => call.integers(i)!);
  if (call.message.opType === 'Concat') {
    call.charge(lists.reduce((sum, { length }) => sum + length, 0));
    const joined = lists.flat();
    return constantOperand(joined, [joined.length]);
  }
  const compute = functions[call.message.opType];
  if (!compute || lists.length < compute.length) return undefined;
  const length = lists.reduce(
    (most, list) => (list.length === 1 ? most : Math.max(most, list.length)),
    lists.some((list) => list.length > 0) ? 1 : 0,
  );
  if (lists.some((list) => list.length !== length && list.length !== 1)) return undefined;
  call.charge(length * lists.length);
  const data = Array.from({ length }, (_, i) => compute(...lists.map((list) => list[list.length === 1 ? 0 : i])));
  return constantOperand(data, operands.some((operand) => operand!.axes.length === 1) ? [length] : []);
}
