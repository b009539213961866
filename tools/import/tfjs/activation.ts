// Owns activation functions by their names, as operators of the graph: those without one of their own as compositions.
import type { Value } from 'zeropoint/graph';
import type { TfjsBuilder } from './builder';

type Activate = (builder: TfjsBuilder, x: Value, name: string) => Value;

/** max(x, 0) + alpha * min(elu(x), 0): ELU with another factor of its negative part. */
export function elu(builder: TfjsBuilder, x: Value, alpha: number, name: string): Value {
  if (alpha === 1) return builder.unary('ELU', x, name);
  const negative = builder.binary('MINIMUM', builder.unary('ELU', x, `${name}/elu`), 0, `${name}/negative`);
  const scaled = builder.binary('MUL', negative, alpha, `${name}/scaled`);
  return builder.binary('ADD', builder.unary('RELU', x, `${name}/positive`), scaled, name);
}

/** Factor and slope of SELU (Klambauer et al., Self-Normalizing Neural Networks, 2017). */
const seluScale = 1.0507009873554805;
const seluAlpha = 1.6732632423543772;

const selu: Activate = (builder, x, name) => builder.binary('MUL', elu(builder, x, seluAlpha, `${name}/elu`), seluScale, name);

/** log(1 + e^x) as max(x, 0) + log(1 + e^-|x|), whose exponential cannot overflow. */
const softplus: Activate = (builder, x, name) => {
  const negative = builder.unary('NEG', builder.unary('ABS', x, `${name}/abs`), `${name}/neg`);
  const sum = builder.binary('ADD', builder.unary('EXP', negative, `${name}/exp`), 1, `${name}/sum`);
  return builder.binary('ADD', builder.unary('RELU', x, `${name}/positive`), builder.unary('LOG', sum, `${name}/log`), name);
};

/** x / (1 + |x|) */
const softsign: Activate = (builder, x, name) =>
  builder.binary('DIV', x, builder.binary('ADD', builder.unary('ABS', x, `${name}/abs`), 1, `${name}/sum`), name);

/** max(0, min(1, 0.2 x + 0.5)) as relu6(1.2 x + 3) / 6: RELU6 fuses into the addition before it. */
const hardSigmoid: Activate = (builder, x, name) => {
  const shifted = builder.binary('ADD', builder.binary('MUL', x, 1.2, `${name}/scaled`), 3, `${name}/shifted`);
  return builder.binary('MUL', builder.unary('RELU6', shifted, `${name}/clipped`), 1 / 6, name);
};

/** x * sigmoid(x) */
const swish: Activate = (builder, x, name) => builder.binary('MUL', x, builder.unary('LOGISTIC', x, `${name}/sigmoid`), name);

/** x * tanh(log(1 + e^x)) */
const mish: Activate = (builder, x, name) =>
  builder.binary('MUL', x, builder.unary('TANH', softplus(builder, x, `${name}/softplus`), `${name}/tanh`), name);

const softmax: Activate = (builder, x, name) => builder.node('SOFTMAX', { beta: 1 }, [x], name);
const unary =
  (type: Parameters<TfjsBuilder['unary']>[0]): Activate =>
  (builder, x, name) =>
    builder.unary(type, x, name);

/** By the names of Keras and of fused operators, in small letters and without underscores. */
const activations: ReadonlyMap<string, Activate> = new Map(
  Object.entries({
    elu: unary('ELU'),
    exponential: unary('EXP'),
    gelu: (builder, x, name) => builder.node('GELU', { approximate: false }, [x], name),
    gelunew: (builder, x, name) => builder.node('GELU', { approximate: true }, [x], name),
    hardsigmoid: hardSigmoid,
    hardswish: unary('HARD_SWISH'),
    linear: (_, x) => x,
    logsoftmax: unary('LOG_SOFTMAX'),
    mish,
    relu: unary('RELU'),
    relu6: unary('RELU6'),
    selu,
    sigmoid: unary('LOGISTIC'),
    silu: swish,
    softmax,
    softplus,
    softsign,
    swish,
    tanh: unary('TANH'),
  } satisfies Record<string, Activate>),
);

/** The activation of that name, in any spelling; undefined for one that is not supported. */
export function activationOf(name: string): Activate | undefined {
  return activations.get(name.replaceAll('_', '').toLowerCase());
}

/** min(max(x, low), high), as RELU or RELU6 where the bounds are theirs. */
export function clipped(builder: TfjsBuilder, x: Value, low: number, high: number, name: string): Value {
  if (low === 0 && high === 6) return builder.unary('RELU6', x, name);
  const isBounded = high < Number.POSITIVE_INFINITY;
  const first = isBounded ? `${name}/low` : name;
  const atLeast = low === 0 ? builder.unary('RELU', x, first) : builder.binary('MAXIMUM', x, low, first);
  return isBounded ? builder.binary('MINIMUM', atLeast, high, name) : atLeast;
}
