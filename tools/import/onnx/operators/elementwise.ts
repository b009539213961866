// Owns operators of several operands with broadcasting: arithmetic, comparisons, logic, Max, Min, Pow, PRelu, BatchNormalization.
import type { DType, OperatorAttributes, Value } from 'zeropoint/graph';
import type { Call, Converter } from '../call';
import { type Aligned, type Atom, type Atoms, align, dtypeOf, type Operand, shapeOf } from '../operand';
import { asGelu } from './gelu';
import { asHardSwish } from './hard-swish';

type Comparison = 'EQUAL' | 'LESS' | 'LESS_EQUAL' | 'GREATER' | 'GREATER_EQUAL';
type Paired =
  | ('ADD' | 'SUB' | 'MUL' | 'DIV' | 'MAXIMUM' | 'MINIMUM' | 'PRELU' | 'POW' | 'FLOOR_MOD')
  | (Comparison | 'NOT_EQUAL' | 'LOGICAL_AND' | 'LOGICAL_OR');

/** The dtype in which operands meet: constants of integers take that of a computed operand. */
export function commonType(call: Call, operands: readonly Operand[]): DType {
  const isFree = (operand: Operand) => operand.value === undefined && dtypeOf(operand) === 'int32';
  const types = new Set(operands.filter((operand) => !isFree(operand)).map(dtypeOf));
  const [type = 'int32'] = types;
  if (types.size > 1 || (type === 'float32' && operands.some(isFree))) {
    call.fail('bad-dtype', `it combines floats and integers (${operands.map(dtypeOf)}); only Cast may change between them`);
  }
  return type;
}

function aligned(call: Call, a: Operand, b: Operand, name: string): Aligned {
  let result = align(a, b);
  if (result === 'atoms') result = align(call.builder.plain(a, `${name}/left`), call.builder.plain(b, `${name}/right`));
  if (typeof result === 'object') return result;
  return call.fail('bad-shape', `shapes [${shapeOf(a)}] and [${shapeOf(b)}] do not broadcast`);
}

/** The stored dimensions of the result: those of the operand that has every atom, else channels last for images. */
function resultAxes({ a, b, pairs }: Aligned): Atoms[] {
  const flat = pairs.flat();
  const complete = [
    { operand: a, atom: (pair: (typeof flat)[number]) => pair.a, counterpart: (pair: (typeof flat)[number]) => pair.b },
    { operand: b, atom: (pair: (typeof flat)[number]) => pair.b, counterpart: (pair: (typeof flat)[number]) => pair.a },
  ].filter(({ atom }) => flat.every((pair) => atom(pair)));
  // Constants are brought into the order of data, since that needs no node.
  const reference = complete.find(({ operand }) => operand.value && !operand.value.data) ?? complete[0];
  const axes = pairs.map((axis) => axis.map(({ result }) => result));
  if (!reference) return axes.length === 4 ? [axes[0], axes[2], axes[3], axes[1]] : axes;
  const { operand, atom, counterpart } = reference;
  const byAtom = new Map(flat.map((pair) => [atom(pair)!, pair]));
  const stored = operand.stored.map((group) => group.map((piece) => byAtom.get(piece)!));
  // A dimension along a part of which the other operand repeats is split there.
  const mixed = stored.some((group) => group.some((pair) => counterpart(pair)) && group.some((pair) => !counterpart(pair)));
  const groups = mixed ? stored.flat().map((pair) => [pair]) : stored;
  return groups.map((group) => group.map(({ result }) => result));
}

/** The operand over the dimensions of the result, 1 where it repeats; leading dimensions of 1 of constants are dropped. */
function spread(
  call: Call,
  operand: Operand,
  axes: readonly Atoms[],
  counterpart: (result: Atom) => Atom | undefined,
  name: string,
  dtype: DType,
): Value {
  const wanted = axes.map((group) => group.flatMap((atom) => counterpart(atom) ?? []));
  if (operand.data) while (wanted.length > 1 && wanted[0].length === 0) wanted.shift();
  return call.builder.arrange(operand, wanted, name, dtype);
}

/** One node of `a` and `b`; `names` are those of their constants. */
export function pair<T extends Paired>(
  call: Call,
  type: T,
  attributes: OperatorAttributes[T],
  [a, b]: readonly [Operand, Operand],
  [nameA, nameB]: readonly [string, string],
  name = call.output,
): Operand {
  const dtype = commonType(call, [a, b]);
  const found = aligned(call, a, b, name);
  const stored = resultAxes(found);
  const pairs = new Map(found.pairs.flat().map((entry) => [entry.result, entry]));
  const left = spread(call, found.a, stored, (atom) => pairs.get(atom)!.a, nameA, dtype);
  const right = spread(call, found.b, stored, (atom) => pairs.get(atom)!.b, nameB, dtype);
  const value = call.builder.node(type, attributes, [left, right], name);
  // Leading dimensions that both operands dropped are missing in the result, too.
  const kept = stored.slice(stored.length - value.shape.length);
  return { axes: found.pairs.map((axis) => axis.map(({ result }) => result)), stored: kept, value };
}

/** Add, Sub, Mul and Div of floats. */
export function arithmetic(type: 'ADD' | 'SUB' | 'MUL' | 'DIV'): Converter {
  return (call) => {
    const pattern = type === 'MUL' || type === 'DIV' ? (asHardSwish(call) ?? asGelu(call)) : undefined;
    return pattern ?? pair(call, type, { activation: 'NONE' }, [call.operand(0), call.operand(1)], [call.inputName(0), call.inputName(1)]);
  };
}

/** Both operands in one node without attributes. */
export function binary(type: Exclude<Paired, 'ADD' | 'SUB' | 'MUL' | 'DIV'>): Converter {
  return (call) => pair(call, type, {}, [call.operand(0), call.operand(1)], [call.inputName(0), call.inputName(1)]);
}

/** All operands, of which there may be any number, joined one after the other. */
export function variadic(type: 'ADD' | 'MAXIMUM' | 'MINIMUM'): Converter {
  return (call) => {
    const last = call.operandCount - 1;
    let result = call.operand(0);
    for (let i = 1; i <= last; i++) {
      const name = i === last ? call.output : `${call.output}/${i}`;
      const names = [i === 1 ? call.inputName(0) : name, call.inputName(i)] as const;
      const operands = [result, call.operand(i)] as const;
      result =
        type === 'ADD' ? pair(call, type, { activation: 'NONE' }, operands, names, name) : pair(call, type, {}, operands, names, name);
    }
    return result;
  };
}

/** The mean of all operands. */
export const meanOf: Converter = (call) => {
  const sum = variadic('ADD')(call) as Operand;
  return call.operandCount === 1 ? sum : withNumber(call, 'MUL', sum, 1 / call.operandCount, `${call.output}/mean`);
};

/** x^y; squares and roots have operators of their own. */
export const pow: Converter = (call) => {
  const x = call.operand(0);
  const { data, value } = call.operand(1);
  const constant = data ?? value?.data;
  const exponent = constant?.length === 1 ? Number(constant[0]) : undefined;
  if (dtypeOf(x) !== 'float32') return binary('POW')(call);
  const { output } = call;
  // A constant of one element may have more dimensions than x.
  const isPlain = exponent !== undefined && call.operand(1).axes.length <= x.axes.length;
  if (isPlain && exponent === 1) return x;
  if (isPlain && exponent === 2) return call.apply('SQUARE', {}, x, output);
  if (isPlain && exponent === 0.5) return call.apply('SQRT', {}, x, output);
  if (isPlain && exponent === -0.5) return call.apply('RSQRT', {}, x, output);
  if (isPlain) return withNumber(call, 'POW', x, exponent, output);
  return binary('POW')(call);
};

/** The remainder with the divisor's sign; that of `fmod` has the dividend's. */
export const mod: Converter = (call) => {
  if (call.int('fmod', 0) !== 0) call.fail('unsupported-feature', 'fmod 1, with the sign of the dividend, is not supported');
  return binary('FLOOR_MOD')(call);
};

/** A node of `operand` and one number. */
export function withNumber(
  call: Call,
  type: 'ADD' | 'MUL' | 'MAXIMUM' | 'MINIMUM' | 'POW',
  operand: Operand,
  number: number,
  name: string,
): Operand {
  const value = call.builder.arrange(operand, operand.stored, `${name}/input`);
  const constant = call.builder.floats(`${name}/constant`, [1], () => Float32Array.of(number));
  const inputs = [value, constant];
  if (type === 'ADD' || type === 'MUL') return call.alike(type, { activation: 'NONE' }, operand, inputs, name);
  return call.alike(type, {}, operand, inputs, name);
}

/** PRelu broadcasts the slopes to the input, not the input to the slopes (unidirectional broadcasting). */
export const prelu: Converter = (call) =>
  pair(call, 'PRELU', {}, [call.operand(0), call.operand(1)], [call.inputName(0), call.inputName(1)]);

/**
 * Inputs: x [n, c, ..], scale, bias, mean, variance [c]: one product and one sum per channel, which folding moves into a
 * convolution (the ONNX operator documentation of BatchNormalization).
 */
export const batchNormalization: Converter = (call) => {
  if (call.int('training_mode', 0) !== 0 || call.message.output.slice(1).some(Boolean)) {
    call.fail('unsupported-feature', 'it is exported for training; export the model for inference');
  }
  const x = call.operand(0);
  const channels = shapeOf(x)[1] ?? 1;
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map((index) => {
    const data = call.reals(index) ?? call.fail('bad-graph', `input ${index} is missing`);
    if (data.length !== channels) call.fail('bad-shape', `input ${index} has ${data.length} elements for ${channels} channels`);
    return data;
  });
  call.charge(2 * channels);
  const epsilon = call.float('epsilon', 1e-5);
  const factors = Float32Array.from({ length: channels }, (_, c) => scale[c] / Math.sqrt(variance[c] + epsilon));
  const offsets = Float32Array.from({ length: channels }, (_, c) => bias[c] - (mean[c] * scale[c]) / Math.sqrt(variance[c] + epsilon));
  const perChannel = (data: Float32Array): Operand => {
    const channel: Atoms = channels === 1 ? [] : [{ size: channels }];
    const rest = new Array<Atoms>(Math.max(x.axes.length - 2, 0)).fill([]);
    return { axes: [channel, ...rest], stored: [channel], data };
  };
  const { output } = call;
  const none = { activation: 'NONE' } as const;
  const scaled = pair(call, 'MUL', none, [x, perChannel(factors)], [call.inputName(0), `${output}/factor`], `${output}/scaled`);
  return pair(call, 'ADD', none, [scaled, perChannel(offsets)], [`${output}/scaled`, `${output}/offset`]);
};
