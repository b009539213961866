// Owns elementwise operators of graph models, of one operand and of several, and those that are compositions.
import type { Value } from 'zeropoint/graph';
import { activationOf, clipped } from '../../activation';
import type { Binary, Unary } from '../../builder';
import type { Converter, NodeCall } from '../call';

export function unary(type: Unary): Converter {
  return (call) => call.builder.unary(type, call.input(0), call.name);
}

export function binary(type: Binary): Converter {
  return (call) => call.builder.binary(type, call.input(0), call.input(1), call.name);
}

/** A function that layers have as an activation, too. */
export function activation(name: string): Converter {
  return (call) => activationOf(name)!(call.builder, call.input(0), call.name);
}

export const identity: Converter = (call) => call.input(0);
export const identities: Converter = (call) => [...call.inputs];

/** TensorFlow's default is 0.2. */
export const leakyRelu: Converter = (call) =>
  call.builder.node('LEAKY_RELU', { alpha: call.float('alpha', 0.2) }, [call.input(0)], call.name);

/** The sum of any number of operands. */
export const addN: Converter = (call) => {
  call.input(0);
  const last = call.inputs.length - 1;
  return call.inputs.reduce((sum, value, i) => call.builder.binary('ADD', sum, value, i === last ? call.name : `${call.name}/${i}`));
};

/** a / b, and 0 where b is 0. */
export const divNoNan: Converter = (call) => {
  const { builder, name } = call;
  const [a, b] = [call.input(0), call.input(1)];
  const divisors = b.data;
  if (divisors && (divisors as Float32Array).every((divisor) => Number(divisor) !== 0)) return builder.binary('DIV', a, b, name);
  const isZero = builder.binary('EQUAL', b, 0, `${name}/zero`);
  const quotient = builder.binary('DIV', a, b, `${name}/quotient`);
  return builder.node('SELECT_V2', {}, [isZero, builder.number(0, `${name}/none`), quotient], name);
};

/** log(1 + x) and e^x - 1; no operator keeps the digits of small x as these functions are meant to. */
export const log1p: Converter = (call) =>
  call.builder.unary('LOG', call.builder.binary('ADD', call.input(0), 1, `${call.name}/sum`), call.name);
export const expm1: Converter = (call) =>
  call.builder.binary('SUB', call.builder.unary('EXP', call.input(0), `${call.name}/exp`), 1, call.name);

export const reciprocal: Converter = (call) => call.builder.binary('DIV', 1, call.input(0), call.name);

/** Constant bounds as RELU or RELU6 where they are theirs. */
export const clipByValue: Converter = (call) => {
  const [low, high] = [1, 2].map((index) => {
    const [bound, ...more] = call.numbers(index);
    return more.length === 0 && bound !== undefined ? bound : call.fail('unsupported-feature', `input ${index} must be one number`);
  });
  return clipped(call.builder, call.input(0), low, high, call.name);
};

/** Condition and choices broadcast, as in TensorFlow.js. */
export const select: Converter = (call) => call.builder.node('SELECT_V2', {}, [call.input(0), call.input(1), call.input(2)], call.name);

export const biasAdd: Converter = (call) => {
  call.requireChannelsLast();
  return call.builder.binary('ADD', call.input(0), call.input(1), call.name);
};

/** A value of another type; float to int truncates. */
export const cast: Converter = (call) => castTo(call, call.input(0));

function castTo(call: NodeCall, x: Value): Value {
  const dtype = call.dtype('DstT');
  return dtype === x.dtype ? x : call.builder.nodes('CAST', {}, [x], [call.name], dtype)[0];
}
