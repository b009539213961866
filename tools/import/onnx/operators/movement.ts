// Owns operators that move or regroup elements: Reshape, Flatten, Squeeze, Unsqueeze, Transpose, Pad, Concat and Split.
import type { Call, Converter } from '../call';
import { type Atoms, freshAxes, type Operand, reshaped, sameAtoms, shapeOf, sizeOf, transposed } from '../operand';
import { withEdges } from './edge';
import { commonType } from './elementwise';

/** `x` with another shape: without a node where axes only split and join, else with its elements in ONNX's order. */
function reshape(call: Call, x: Operand, shape: readonly number[]): Operand {
  return reshaped(x, shape) ?? reshaped(call.builder.plain(x, call.output), shape) ?? straddling(call, x, shape);
}

/** For new dimensions that straddle old ones: RESHAPE of the elements in ONNX's order. */
function straddling(call: Call, x: Operand, shape: readonly number[]): Operand {
  const { builder, output } = call;
  const axes = freshAxes(shape);
  const plain = builder.plain(x, output);
  if (!plain.value) return { axes, stored: axes, data: plain.data };
  const operand = builder.ints(`${output}/shape`, shape);
  return { axes, stored: axes, value: builder.node('RESHAPE', { newShape: shape }, [plain.value, operand], output) };
}

/** The new shape, where 0 copies a dimension (unless `allowzero`) and one -1 stands for the remaining elements. */
export const reshapeTo: Converter = (call) => {
  const x = call.operand(0);
  const from = shapeOf(x);
  const asked = call.integers(1) ?? call.fail('bad-graph', 'input 1, the shape, is missing');
  const allowZero = call.int('allowzero', 0) === 1;
  const shape = asked.map((size, axis) => (size === 0 && !allowZero ? (from[axis] ?? 0) : size));
  const count = from.reduce((product, size) => product * size, 1);
  const open = shape.indexOf(-1);
  if (open >= 0) shape[open] = count / shape.reduce((product, size, axis) => (axis === open ? product : product * size), 1);
  if (shape.some((size) => !(Number.isInteger(size) && size >= 1)) || shape.reduce((product, size) => product * size, 1) !== count) {
    call.fail('bad-shape', `shape [${asked}] does not hold the ${count} elements of [${from}]`);
  }
  return reshape(call, x, shape);
};

export const flatten: Converter = (call) => {
  const x = call.operand(0);
  const rank = x.axes.length;
  const axis = call.int('axis', 1);
  // Flatten allows axis = rank.
  const at = axis === rank ? rank : call.axis(axis, rank);
  return { ...x, axes: [x.axes.slice(0, at).flat(), x.axes.slice(at).flat()] };
};

export const squeeze: Converter = (call) => {
  const x = call.operand(0);
  const axes = call.axes(1, x.axes.length) ?? x.axes.flatMap((atoms, axis) => (atoms.length === 0 ? [axis] : []));
  for (const axis of axes) {
    if (x.axes[axis].length > 0) call.fail('bad-shape', `axis ${axis} of [${shapeOf(x)}] is squeezed but is not 1`);
  }
  return { ...x, axes: x.axes.filter((_, axis) => !axes.includes(axis)) };
};

export const unsqueeze: Converter = (call) => {
  const x = call.operand(0);
  const asked = call.ints('axes') ?? call.integers(1) ?? call.fail('bad-graph', 'its axes are missing');
  const rank = x.axes.length + asked.length;
  const inserted = new Set(asked.map((axis) => call.axis(axis, rank)));
  if (inserted.size !== asked.length) call.fail('bad-option', `axes [${asked}] repeat`);
  const rest = [...x.axes];
  return { ...x, axes: Array.from({ length: rank }, (_, axis) => (inserted.has(axis) ? [] : rest.shift()!)) };
};

export const transpose: Converter = (call) => {
  const x = call.operand(0);
  const permutation = call.ints('perm') ?? x.axes.map((_, axis) => x.axes.length - 1 - axis);
  const sorted = [...permutation].sort((a, b) => a - b);
  if (sorted.length !== x.axes.length || sorted.some((axis, i) => axis !== i)) {
    call.fail('bad-option', `[${permutation}] is not a permutation of ${x.axes.length} axes`);
  }
  return transposed(x, permutation);
};

/**
 * ONNX axes in the stored order of this operand, where each is a dimension of its own; else channels last for images and ONNX's order
 * for others.
 */
export function storedOrder(x: Operand): number[] {
  const plain = x.axes.map((_, axis) => axis);
  const image = x.axes.length === 4 ? [0, 2, 3, 1] : plain;
  const stored = x.stored.flat();
  const position = (axis: number) => (x.axes[axis].length > 0 ? stored.indexOf(x.axes[axis][0]) : axis === 0 ? -1 : stored.length);
  const sorted = [...plain].sort((a, b) => position(a) - position(b));
  const free = (order: number[]) =>
    sameAtoms(
      stored,
      order.flatMap((axis) => x.axes[axis]),
    );
  return [image, plain, sorted].find(free) ?? image;
}

/** New axes in ONNX's order for dimensions in the graph's order. */
export function axesOf(shape: readonly number[], order: readonly number[]): Pick<Operand, 'axes' | 'stored'> {
  const stored = freshAxes(shape);
  const axes = new Array<Atoms>(order.length);
  for (const [i, axis] of order.entries()) axes[axis] = stored[i];
  return { axes, stored };
}

/** Amounts before and after every axis, from attributes (opset < 11) or inputs, which may name axes (opset >= 18). */
function padAmounts(call: Call, rank: number): { before: number[]; after: number[] } {
  const pads = call.ints('pads') ?? call.integers(1) ?? call.fail('bad-graph', 'its pads are missing');
  const axes = call.integers(3)?.map((axis) => call.axis(axis, rank)) ?? Array.from({ length: rank }, (_, axis) => axis);
  if (pads.length !== 2 * axes.length) call.fail('bad-shape', `${pads.length} pads do not fit ${axes.length} axes`);
  const before = new Array<number>(rank).fill(0);
  const after = new Array<number>(rank).fill(0);
  for (const [i, axis] of axes.entries()) {
    before[axis] = pads[i];
    after[axis] = pads[axes.length + i];
  }
  if (pads.some((pad) => pad < 0)) call.fail('unsupported-feature', `pads [${pads}] cut elements off; only padding is supported`);
  return { before, after };
}

export const pad: Converter = (call) => {
  const x = call.operand(0);
  const { builder, output } = call;
  const { before, after } = padAmounts(call, x.axes.length);
  if ([...before, ...after].every((amount) => amount === 0)) return x;
  const order = storedOrder(x);
  const amounts = builder.ints(
    `${output}/paddings`,
    order.flatMap((axis) => [before[axis], after[axis]]),
    [order.length, 2],
  );
  const value = builder.arrange(
    x,
    order.map((axis) => x.axes[axis]),
    call.inputName(0),
  );
  const mode = call.text('mode', 'constant');
  const fill = call.reals(2)?.[0] ?? call.float('value', 0);
  const result = () => {
    const inOrder = (amounts: readonly number[]) => order.map((axis) => amounts[axis]);
    if (mode === 'edge') return withEdges(call, value, inOrder(before), inOrder(after), output);
    if (mode === 'reflect') return builder.node('MIRROR_PAD', { mode: 'REFLECT' }, [value, amounts], output);
    if (mode !== 'constant') return call.fail('unsupported-feature', `mode '${mode}' is not supported; use constant, edge or reflect`);
    if (fill === 0) return builder.node('PAD', {}, [value, amounts], output);
    return builder.node('PADV2', {}, [value, amounts, builder.floats(`${output}/fill`, [1], () => Float32Array.of(fill))], output);
  };
  const padded = result();
  return { ...axesOf(padded.shape, order), value: padded };
};

/** All inputs are brought into the stored order of the first that is not constant. */
export const concat: Converter = (call) => {
  const operands = Array.from({ length: call.operandCount }, (_, i) => call.operand(i));
  const leader = operands.find(({ value }) => value && !value.data) ?? operands[0];
  const rank = leader.axes.length;
  const axis = call.axis(call.int('axis', 1), rank);
  for (const operand of operands) {
    const [shape, expected] = [shapeOf(operand), shapeOf(leader)];
    if (shape.length !== rank || shape.some((size, i) => i !== axis && size !== expected[i])) {
      call.fail('bad-shape', `[${shape}] does not join [${expected}] along axis ${axis}`);
    }
  }
  if (operands.length === 1) return leader;
  const order = storedOrder(leader);
  const dtype = commonType(call, operands);
  const arrange = (operand: Operand, index: number) => {
    const wanted = order.map((k) => operand.axes[k]);
    return call.builder.arrange(operand, wanted, call.inputName(index), dtype);
  };
  const attributes = { axis: order.indexOf(axis), activation: 'NONE' } as const;
  const value = call.builder.node('CONCATENATION', attributes, operands.map(arrange), call.output);
  return { ...axesOf(value.shape, order), value };
};

/** Sizes from the attribute (opset < 13) or input 1; without them equal parts, the last smaller where they do not fit. */
function partSizes(call: Call, whole: number): readonly number[] {
  const count = call.message.output.length;
  if (call.int('num_outputs', count) !== count) call.fail('bad-option', `num_outputs is not ${count}, the number of its outputs`);
  const even = Math.ceil(whole / count);
  const sizes = call.ints('split') ?? call.integers(1) ?? Array.from({ length: count }, (_, i) => Math.min(even, whole - i * even));
  if (sizes.length !== call.message.output.length || sizes.some((size) => !(size >= 1)) || sizes.reduce((a, b) => a + b, 0) !== whole) {
    call.fail('bad-shape', `parts [${sizes}] do not fit ${whole} elements and ${call.message.output.length} outputs`);
  }
  return sizes;
}

export const split: Converter = (call) => {
  const x = call.operand(0);
  const { builder, output } = call;
  const axis = call.axis(call.int('axis', 0), x.axes.length);
  const sizes = partSizes(call, sizeOf(x.axes[axis]));
  const order = storedOrder(x);
  const value = builder.arrange(
    x,
    order.map((k) => x.axes[k]),
    call.inputName(0),
  );
  const at = builder.ints(`${output}/axis`, [order.indexOf(axis)], []);
  const names = call.message.output.map((name, i) => name || `${output}/part${i}`);
  const parts = sizes.every((size) => size === sizes[0])
    ? builder.nodes('SPLIT', { numSplits: sizes.length }, [at, value], names)
    : builder.nodes('SPLIT_V', { numSplits: sizes.length }, [value, builder.ints(`${output}/sizes`, sizes), at], names);
  return parts.map((part) => ({ ...axesOf(part.shape, order), value: part }));
};
