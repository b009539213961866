// Owns operators along axes: reductions, global pools, Softmax and LogSoftmax.
import type { OperatorAttributes } from 'zeropoint/graph';
import type { Call, Converter } from '../call';
import { type Atom, dtypeOf, type Operand } from '../operand';
import { joined } from './unary';

type Reduction = 'MEAN' | 'SUM' | 'REDUCE_MAX' | 'REDUCE_MIN' | 'REDUCE_PROD';

/** A reduction over the given ONNX axes. */
export function reduced(call: Call, type: Reduction, x: Operand, axes: readonly number[], keepDims: boolean, name = call.output): Operand {
  const along = new Set<Atom>(axes.flatMap((axis) => x.axes[axis]));
  const left = x.axes.flatMap((atoms, axis) => (axes.includes(axis) ? (keepDims ? [[]] : []) : [atoms]));
  if (along.size === 0) return { ...x, axes: left };
  const mixed = x.stored.some((group) => group.some((atom) => along.has(atom)) && group.some((atom) => !along.has(atom)));
  const groups = mixed ? x.stored.flat().map((atom) => [atom]) : x.stored;
  const value = call.builder.arrange(x, groups, `${name}/input`);
  const isReduced = groups.map((group) => group.length > 0 && along.has(group[0]));
  const indices = call.builder.ints(
    `${name}/axes`,
    groups.flatMap((_, axis) => (isReduced[axis] ? [axis] : [])),
  );
  const result = call.builder.node(type, { keepDims } as OperatorAttributes[Reduction], [value, indices], name);
  const stored = groups.flatMap((group, axis) => (isReduced[axis] ? (keepDims ? [[]] : []) : [group]));
  return { axes: left, stored, value: result };
}

interface Steps {
  /** Before and after the reduction: the function of its operand. */
  readonly before?: 'ABS' | 'SQUARE' | 'EXP';
  readonly after?: 'SQRT' | 'LOG';
}

/** A reduction over the axes of the node, all of them where it names none. */
export function reduction(type: Reduction, { before, after }: Steps = {}): Converter {
  return (call) => {
    const x = call.operand(0);
    const { output } = call;
    const rank = x.axes.length;
    const named = call.axes(1, rank);
    const keepDims = call.int('keepdims', 1) === 1;
    // ONNX computes the functions of sums of no axes, too.
    const isNone = !named?.length && call.int('noop_with_empty_axes', 0) === 1;
    if (isNone && !before && !after) return x;
    const axes = isNone ? [] : named?.length ? named : x.axes.map((_, axis) => axis);
    const prepared = before ? call.apply(before, {}, x, `${output}/${before}`) : x;
    const result = reduced(call, type, prepared, axes, keepDims, after ? `${output}/sum` : output);
    return after ? call.apply(after, {}, result, output) : result;
  };
}

/** max + ln(sum(e^(x - max))), which does not overflow. */
export const reduceLogSumExp: Converter = (call) => {
  const x = call.operand(0);
  const { output } = call;
  const named = call.axes(1, x.axes.length);
  const axes = named?.length ? named : x.axes.map((_, axis) => axis);
  const keepDims = call.int('keepdims', 1) === 1;
  const most = reduced(call, 'REDUCE_MAX', x, axes, true, `${output}/max`);
  const powers = call.apply('EXP', {}, joined(call, 'SUB', x, most, `${output}/difference`), `${output}/exp`);
  const log = call.apply('LOG', {}, reduced(call, 'SUM', powers, axes, true, `${output}/sum`), `${output}/log`);
  const result = joined(call, 'ADD', log, most, output);
  return keepDims ? result : { ...result, axes: result.axes.filter((_, axis) => !axes.includes(axis)) };
};

/** The mean over all axes but batch and channels. */
export const globalAveragePool: Converter = (call) => {
  const x = call.operand(0);
  if (x.axes.length < 3) call.fail('bad-shape', 'its input needs 3 dimensions or more');
  return reduced(
    call,
    'MEAN',
    x,
    x.axes.flatMap((_, axis) => (axis < 2 ? [] : [axis])),
    true,
  );
};

/** Softmax or its logarithm along one axis since operator set 13; before, over all axes from the given one on. */
export function softmaxLike(type: 'SOFTMAX' | 'LOG_SOFTMAX'): Converter {
  return (call) => {
    const x = call.operand(0);
    if (dtypeOf(x) !== 'float32') call.fail('bad-dtype', 'it takes floats');
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
    const { builder, output } = call;
    const result = type === 'SOFTMAX' ? builder.node(type, { beta: 1 }, [value], output) : builder.node(type, {}, [value], output);
    return { axes: x.axes, stored, value: result };
  };
}
