// Owns functions of one operand that are one operator of the graph or a few: Sqrt, Exp, Log, Elu, Selu, Softplus, Mish, Gelu and the like.
import type { OperatorAttributes, OperatorType } from 'zeropoint/graph';
import type { Call, Converter } from '../call';
import { constantOperand, dtypeOf, type Operand } from '../operand';
import { pair, withNumber } from './elementwise';

type WithoutAttributes = { [T in OperatorType]: Record<never, never> extends OperatorAttributes[T] ? T : never }[OperatorType];

/** A function without attributes. */
export function unary<T extends WithoutAttributes>(type: T): Converter {
  return (call) => call.apply(type, {} as OperatorAttributes[T], call.operand(0), call.output);
}

/** Floor, Ceil and Round of integers are those integers. */
export function rounding(type: 'FLOOR' | 'CEIL' | 'ROUND'): Converter {
  return (call) => (dtypeOf(call.operand(0)) === 'float32' ? unary(type)(call) : call.operand(0));
}

/** `a` and `b`, results of this node, in one node of the graph. */
export function joined(call: Call, type: 'ADD' | 'SUB' | 'MUL' | 'DIV', a: Operand, b: Operand, name: string): Operand {
  return pair(call, type, { activation: 'NONE' }, [a, b], [`${name}/left`, `${name}/right`], name);
}

export const reciprocal: Converter = (call) => {
  const one = constantOperand(Float32Array.of(1), []);
  return joined(call, 'DIV', one, call.operand(0), call.output);
};

/** max(x, 0) scaled by `above`, plus `below` (e^(min(x, 0) / width) - 1), by ELU. */
function exponentialBelow(call: Call, above: number, below: number, width = 1): Operand {
  const x = call.operand(0);
  const { output } = call;
  if (above === 1 && below === 1 && width === 1) return call.apply('ELU', {}, x, output);
  const negative = withNumber(call, 'MINIMUM', x, 0, `${output}/negative`);
  const narrowed = width === 1 ? negative : withNumber(call, 'MUL', negative, 1 / width, `${output}/narrowed`);
  const low = withNumber(call, 'MUL', call.apply('ELU', {}, narrowed, `${output}/elu`), below, `${output}/below`);
  const positive = call.apply('RELU', {}, x, `${output}/relu`);
  const high = above === 1 ? positive : withNumber(call, 'MUL', positive, above, `${output}/above`);
  return joined(call, 'ADD', high, low, output);
}

/** x above 0, alpha (e^x - 1) below (the ONNX operator documentation of Elu). */
export const elu: Converter = (call) => exponentialBelow(call, 1, call.float('alpha', 1));

/** gamma x above 0, gamma alpha (e^x - 1) below; the defaults are those of the ONNX operator documentation. */
export const selu: Converter = (call) => {
  const gamma = call.float('gamma', 1.0507009873554805);
  return exponentialBelow(call, gamma, gamma * call.float('alpha', 1.6732632423543772));
};

/** max(x, 0) + min(0, alpha (e^(x / alpha) - 1)) */
export const celu: Converter = (call) => {
  const alpha = call.float('alpha', 1);
  if (!(alpha > 0)) call.fail('bad-option', `alpha is ${alpha}; a number above 0 is needed`);
  return exponentialBelow(call, 1, alpha, alpha);
};

/** ln(1 + e^x) as max(x, 0) + ln(1 + e^-|x|), which does not overflow. */
function softplusOf(call: Call, x: Operand, name: string): Operand {
  const magnitude = call.apply('ABS', {}, x, `${name}/magnitude`);
  const power = call.apply('EXP', {}, call.apply('NEG', {}, magnitude, `${name}/negative`), `${name}/exp`);
  const rest = call.apply('LOG', {}, withNumber(call, 'ADD', power, 1, `${name}/sum`), `${name}/log`);
  return joined(call, 'ADD', call.apply('RELU', {}, x, `${name}/relu`), rest, name);
}

export const softplus: Converter = (call) => softplusOf(call, call.operand(0), call.output);

/** x tanh(ln(1 + e^x)) */
export const mish: Converter = (call) => {
  const { output } = call;
  const gate = call.apply('TANH', {}, softplusOf(call, call.operand(0), `${output}/softplus`), `${output}/gate`);
  return joined(call, 'MUL', call.operand(0), gate, output);
};

/** x / (1 + |x|) */
export const softsign: Converter = (call) => {
  const { output } = call;
  const magnitude = call.apply('ABS', {}, call.operand(0), `${output}/magnitude`);
  return joined(call, 'DIV', call.operand(0), withNumber(call, 'ADD', magnitude, 1, `${output}/sum`), output);
};

export const gelu: Converter = (call) => {
  const approximate = call.text('approximate', 'none');
  if (approximate !== 'none' && approximate !== 'tanh')
    call.fail('bad-option', `approximate is '${approximate}', which ONNX does not define`);
  return call.apply('GELU', { approximate: approximate === 'tanh' }, call.operand(0), call.output);
};
