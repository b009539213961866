// Owns Erf, by a formula of other operators; gelu.ts finds it in the pattern of Gelu.
import type { Converter } from '../call';
import { withNumber } from './elementwise';
import { joined } from './unary';

/**
 * erf(|x|) = 1 - (a1 t + .. + a5 t^5) e^(-x^2) with t = 1 / (1 + p |x|), to 1.5e-7: formula 7.1.26 of Abramowitz and Stegun, Handbook of
 * Mathematical Functions.
 */
const p = 0.3275911;
const a = [0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429] as const;

export const erf: Converter = (call) => {
  const x = call.operand(0);
  const { builder, output } = call;
  const part = (name: string) => `${output}/${name}`;
  const magnitude = call.apply('ABS', {}, x, part('magnitude'));
  const below = withNumber(call, 'ADD', withNumber(call, 'MUL', magnitude, p, part('scaled')), 1, part('below'));
  const one = builder.floats(part('one'), [1], () => Float32Array.of(1));
  const t = call.alike('DIV', { activation: 'NONE' }, below, [one, builder.arrange(below, below.stored, part('t'))], part('t'));
  let sum = withNumber(call, 'MUL', t, a[4], part('a5'));
  for (let k = 3; k >= 0; k--) sum = joined(call, 'MUL', t, withNumber(call, 'ADD', sum, a[k], part(`sum${k}`)), part(`a${k + 1}`));
  const power = call.apply('EXP', {}, call.apply('NEG', {}, call.apply('SQUARE', {}, x, part('square')), part('negative')), part('exp'));
  const rest = withNumber(call, 'MUL', joined(call, 'MUL', sum, power, part('tail')), -1, part('rest'));
  const positive = withNumber(call, 'ADD', rest, 1, part('positive'));
  const result = joined(call, 'MUL', positive, call.apply('SIGN', {}, x, part('sign')), output);
  builder.errorFunctions.set(result.value!, builder.arrange(x, x.stored, part('input')));
  return result;
};
