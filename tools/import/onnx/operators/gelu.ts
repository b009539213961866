// Owns recognizing x (1 + erf(x / sqrt(2))) / 2, which exporters write for Gelu below operator set 20.
import type { Node, Value } from 'zeropoint/graph';
import type { OnnxBuilder } from '../builder';
import type { Call } from '../call';
import type { Operand } from '../operand';

/** The one element of a constant. */
function numberOf(value: Value): number | undefined {
  return value.data?.length === 1 ? Number(value.data[0]) : undefined;
}

/** A node of `type` of a value and a number, the number second unless the operator commutes. */
function withConstant(node: Node | undefined, type: 'ADD' | 'MUL' | 'DIV'): { value: Value; number: number } | undefined {
  if (node?.type !== type) return undefined;
  const [first, second] = node.inputs as [Value, Value];
  const number = numberOf(second);
  if (number !== undefined) return { value: first, number };
  const other = type === 'DIV' ? undefined : numberOf(first);
  return other === undefined ? undefined : { value: second, number: other };
}

const near = (value: number, expected: number): boolean => Math.abs(value / expected - 1) < 1e-5;

/** x where `value` is 1 + erf(x / sqrt(2)). */
function gateOf(builder: OnnxBuilder, value: Value): Value | undefined {
  const sum = withConstant(builder.producer(value), 'ADD');
  const argument = sum && near(sum.number, 1) ? builder.errorFunctions.get(sum.value) : undefined;
  const producer = argument && builder.producer(argument);
  const scaled = withConstant(producer, 'MUL') ?? withConstant(producer, 'DIV');
  if (!scaled) return undefined;
  return near(producer!.type === 'MUL' ? scaled.number : 1 / scaled.number, Math.SQRT1_2) ? scaled.value : undefined;
}

/** Factors of a product of up to three levels: values, and the product of its numbers. */
function factorsOf(builder: OnnxBuilder, value: Value, depth: number): { values: Value[]; number: number } {
  const number = numberOf(value);
  if (number !== undefined) return { values: [], number };
  const node = depth > 0 ? builder.producer(value) : undefined;
  if (node?.type === 'DIV') {
    const quotient = withConstant(node, 'DIV');
    if (!quotient) return { values: [value], number: 1 };
    const rest = factorsOf(builder, quotient.value, depth - 1);
    return { values: rest.values, number: rest.number / quotient.number };
  }
  if (node?.type !== 'MUL') return { values: [value], number: 1 };
  const [left, right] = (node.inputs as Value[]).map((input) => factorsOf(builder, input, depth - 1));
  return { values: [...left.values, ...right.values], number: left.number * right.number };
}

/** GELU for a product or quotient that completes the pattern in any order of its factors, else undefined. */
export function asGelu(call: Call): Operand | undefined {
  const { builder } = call;
  if (builder.errorFunctions.size === 0) return undefined;
  const isDiv = call.message.opType === 'Div';
  const parts = [call.operand(0), call.operand(1)].map(({ value, data }) => {
    if (value) return factorsOf(builder, value, 2);
    return { values: [], number: data!.length === 1 ? data![0] : Number.NaN };
  });
  const values = parts.flatMap((part) => part.values);
  const number = isDiv ? parts[0].number / parts[1].number : parts[0].number * parts[1].number;
  if (values.length !== 2 || !near(number, 0.5) || (isDiv && parts[1].values.length > 0)) return undefined;
  const [x, gate] = gateOf(builder, values[1]) === values[0] ? values : [values[1], values[0]];
  if (gateOf(builder, gate) !== x) return undefined;
  // The product has the shape of x, and so has an operand that is no number.
  const like = [call.operand(0), call.operand(1)].find(({ value }) => value && !value.data && value.shape.join() === x.shape.join());
  return like && call.alike('GELU', { approximate: false }, like, [x]);
}
