// Owns Slice and Gather, of constant shapes as well as of the network's tensors.
import { elementCount } from 'zeropoint/graph';
import type { Call, Converter } from '../call';
import { type ConstantData, constantOperand, dtypeOf, freshAxes, type Operand, reshaped, shapeOf } from '../operand';
import { axesOf, storedOrder } from './movement';

/** Elements `first`, `first + step`, .. along one axis. */
interface Range {
  readonly first: number;
  readonly step: number;
  readonly count: number;
}

/** Per axis; from attributes (opset < 10) or inputs. Bounds beyond the ends are those ends (the ONNX operator documentation of Slice). */
function ranges(call: Call, shape: readonly number[]): Range[] {
  const starts = call.ints('starts') ?? call.integers(1) ?? call.fail('bad-graph', 'its starts are missing');
  const ends = call.ints('ends') ?? call.integers(2) ?? call.fail('bad-graph', 'its ends are missing');
  const axes = call.axes(3, shape.length) ?? starts.map((_, axis) => call.axis(axis, shape.length));
  const steps = call.integers(4) ?? starts.map(() => 1);
  if ([ends, axes, steps].some(({ length }) => length !== starts.length)) {
    call.fail('bad-shape', `starts [${starts}], ends [${ends}], axes [${axes}] and steps [${steps}] differ in length`);
  }
  const result = shape.map((count) => ({ first: 0, step: 1, count }));
  for (const [i, axis] of axes.entries()) {
    const size = shape[axis];
    const step = steps[i];
    if (step === 0) call.fail('bad-option', 'its step is 0');
    const bound = (value: number, low: number, high: number) => Math.min(Math.max(value < 0 ? value + size : value, low), high);
    const first = step > 0 ? bound(starts[i], 0, size) : bound(starts[i], 0, size - 1);
    const end = step > 0 ? bound(ends[i], 0, size) : bound(ends[i], -1, size - 1);
    result[axis] = { first, step, count: Math.max(Math.ceil((end - first) / step), 0) };
  }
  return result;
}

/** Positions of a range's elements along their axis. */
function positionsOf({ first, step, count }: Range): number[] {
  return Array.from({ length: count }, (_, i) => first + i * step);
}

/** The part of a constant at the given positions along every axis, or at those of a range. */
function picked(call: Call, data: ConstantData, shape: readonly number[], parts: readonly (readonly number[] | Range)[]): Operand {
  const sizes = parts.map((part) => ('count' in part ? part.count : part.length));
  const count = sizes.reduce((product, size) => product * size, 1);
  call.charge(sizes.reduce((sum, size) => sum + size, 2 * count));
  const positions = parts.map((part) => ('count' in part ? positionsOf(part) : part));
  let offsets = [0];
  for (const [axis, along] of positions.entries()) offsets = offsets.flatMap((offset) => along.map((i) => offset * shape[axis] + i));
  const elements = offsets.map((offset) => data[offset]);
  return constantOperand(data instanceof Float32Array ? Float32Array.from(elements) : elements, sizes);
}

export const slice: Converter = (call) => {
  const x = call.operand(0);
  const shape = shapeOf(x);
  const parts = ranges(call, shape);
  const sizes = parts.map(({ count }) => count);
  if (parts.every(({ step, count }, axis) => step === 1 && count === shape[axis])) return x;
  const elements = call.elements(0);
  if (elements) return picked(call, elements, shape, parts);
  if (elementCount(sizes) === 0) call.fail('bad-shape', `[${sizes}] of [${shape}] has no elements`);
  const backward = parts.flatMap(({ step }, axis) => (step < 0 ? [axis] : []));
  const { builder, output } = call;
  const order = storedOrder(x);
  const value = builder.arrange(
    x,
    order.map((axis) => x.axes[axis]),
    call.inputName(0),
  );
  // What is taken backwards is taken forwards, and then reversed.
  const forward = parts.map(({ first, step, count }) =>
    step > 0 ? { first, step, count } : { first: first + (count - 1) * step, step: -step, count },
  );
  const list = (role: string, of: (part: Range) => number) => {
    return builder.ints(
      `${output}/${role}`,
      order.map((axis) => of(forward[axis])),
    );
  };
  const begin = list('begin', ({ first }) => first);
  const noMask = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0, offset: false };
  const name = backward.length > 0 ? `${output}/forward` : output;
  const taken = forward.every(({ step }) => step === 1)
    ? builder.node('SLICE', {}, [value, begin, list('size', ({ count }) => count)], name)
    : builder.node(
        'STRIDED_SLICE',
        noMask,
        [value, begin, list('end', ({ first, step, count }) => first + (count - 1) * step + 1), list('strides', ({ step }) => step)],
        name,
      );
  const axes = backward.map((axis) => order.indexOf(axis));
  const result = axes.length > 0 ? builder.node('REVERSE_V2', {}, [taken, builder.ints(`${output}/axes`, axes)], output) : taken;
  return { ...axesOf(result.shape, order), value: result };
};

/** Constant indices, counted from the end where they are negative. */
function indicesOf(call: Call, size: number): number[] {
  const indices = call.integers(1) ?? call.fail('bad-graph', 'input 1, the indices, is missing');
  return indices.map((index) => {
    const resolved = index < 0 ? index + size : index;
    return resolved >= 0 && resolved < size ? resolved : call.fail('bad-data', `index ${index} is outside of ${size} elements`);
  });
}

/** The dimensions of the indices take the place of the gathered axis; indices may be computed, then none may be below 0. */
export const gather: Converter = (call) => {
  const x = call.operand(0);
  const shape = shapeOf(x);
  const axis = call.axis(call.int('axis', 0), shape.length);
  const positions = call.operand(1);
  const places = shapeOf(positions);
  const isConstant = positions.data !== undefined || positions.value?.data !== undefined;
  if (!isConstant) return gatherComputed(call, x, axis, positions);
  const indices = indicesOf(call, shape[axis]);
  // The gathered axis, of one element per index, split into the dimensions of the indices.
  const shaped = (operand: Operand): Operand => {
    if (places.length === 1) return operand;
    if (indices.length === 0) return call.fail('bad-shape', `its indices [${places}] have no elements`);
    const wanted = [...shape.slice(0, axis), ...places, ...shape.slice(axis + 1)];
    return reshaped(operand, wanted) ?? call.fail('unsupported-feature', `indices of shape [${places}] are not supported here`);
  };
  const elements = call.elements(0);
  if (elements) {
    const all = shape.map((count) => ({ first: 0, step: 1, count }));
    return shaped(
      picked(
        call,
        elements,
        shape,
        all.map((along, i) => (i === axis ? indices : along)),
      ),
    );
  }
  const order = storedOrder(x);
  const value = call.builder.arrange(
    x,
    order.map((k) => x.axes[k]),
    call.inputName(0),
  );
  const list = call.builder.ints(`${call.output}/indices`, indices);
  const result = call.builder.node('GATHER', { axis: order.indexOf(axis), batchDims: 0 }, [value, list], call.output);
  return shaped({ ...axesOf(result.shape, order), value: result });
};

function gatherComputed(call: Call, x: Operand, axis: number, positions: Operand): Operand {
  if (dtypeOf(positions) !== 'int32') call.fail('bad-dtype', 'its indices are no integers');
  const { builder, output } = call;
  const value = builder.arrange(x, x.axes, call.inputName(0));
  const indices = builder.arrange(positions, positions.axes, call.inputName(1));
  const result = builder.node('GATHER', { axis, batchDims: 0 }, [value, indices], output);
  const axes = freshAxes(result.shape);
  return { axes, stored: axes, value: result };
}
