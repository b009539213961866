// Owns operators along axes: ReduceMean, GlobalAveragePool and Softmax.
import type { Call, Converter } from '../call';
import type { Atom, Operand } from '../operand';

/** The mean over the given ONNX axes. */
function mean(call: Call, x: Operand, axes: readonly number[], keepDims: boolean): Operand {
  const reduced = new Set<Atom>(axes.flatMap((axis) => x.axes[axis]));
  const left = x.axes.flatMap((atoms, axis) => (axes.includes(axis) ? (keepDims ? [[]] : []) : [atoms]));
  if (reduced.size === 0) return { ...x, axes: left };
  const mixed = x.stored.some((group) => group.some((atom) => reduced.has(atom)) && group.some((atom) => !reduced.has(atom)));
  const groups = mixed ? x.stored.flat().map((atom) => [atom]) : x.stored;
  const value = call.builder.arrange(x, groups, `${call.output}/input`);
  const isReduced = groups.map((group) => group.length > 0 && reduced.has(group[0]));
  const indices = call.builder.ints(
    `${call.output}/axes`,
    groups.flatMap((_, axis) => (isReduced[axis] ? [axis] : [])),
  );
  const result = call.builder.node('MEAN', { keepDims }, [value, indices], call.output);
  const stored = groups.flatMap((group, axis) => (isReduced[axis] ? (keepDims ? [[]] : []) : [group]));
  return { axes: left, stored, value: result };
}

export const reduceMean: Converter = (call) => {
  const x = call.operand(0);
  const rank = x.axes.length;
  const named = call.axes(1, rank);
  if (!named?.length && call.int('noop_with_empty_axes', 0) === 1) return x;
  const axes = named?.length ? named : x.axes.map((_, axis) => axis);
  return mean(call, x, axes, call.int('keepdims', 1) === 1);
};

export const globalAveragePool: Converter = (call) => mean(call, call.image(0), [2, 3], true);

/** Along one axis since operator set 13; before, over all axes from the given one on. */
export const softmax: Converter = (call) => {
  const x = call.operand(0);
  const rank = x.axes.length;
  const axis = call.axis(call.int('axis', call.opset < 13 ? 1 : -1), rank);
  const along = new Set<Atom>((call.opset < 13 ? x.axes.slice(axis) : [x.axes[axis]]).flat());
  const isLast = x.stored.at(-1)?.length === along.size && x.stored.at(-1)!.every((atom) => along.has(atom));
  const [batch = []] = x.axes;
  const first = batch.filter((atom) => !along.has(atom));
  const rest = x.stored.flat().filter((atom) => !along.has(atom) && !first.includes(atom));
  const inner = x.stored.flat().filter((atom) => along.has(atom));
  const stored = isLast ? x.stored : [first, ...rest.map((atom) => [atom]), inner];
  const value = call.builder.arrange(x, stored, `${call.output}/input`);
  return { axes: x.axes, stored, value: call.builder.node('SOFTMAX', { beta: 1 }, [value], call.output) };
};
