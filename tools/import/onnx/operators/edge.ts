// Owns padding that repeats the outermost elements (mode edge).
import type { Value } from 'zeropoint/graph';
import type { Call } from '../call';

/**
 * `value` with `before` and `after` copies of its outermost elements at the ends of every dimension, by MIRROR_PAD: first one element,
 * which makes two equal ones, then those two, and so on.
 */
export function withEdges(call: Call, value: Value, before: readonly number[], after: readonly number[], name: string): Value {
  let rest = value.shape.map((_, axis) => [before[axis], after[axis]]);
  let result = value;
  for (let equal = 1; rest.flat().some((amount) => amount > 0); equal *= 2) {
    const step = rest.map((ends) => ends.map((amount) => Math.min(amount, equal)));
    const amounts = call.builder.ints(`${name}/edges`, step.flat(), [step.length, 2]);
    result = call.builder.node('MIRROR_PAD', { mode: 'SYMMETRIC' }, [result, amounts], name);
    rest = rest.map((ends, axis) => ends.map((amount, end) => amount - step[axis][end]));
  }
  return result;
}
