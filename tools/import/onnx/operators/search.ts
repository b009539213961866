// Owns operators that find or order elements along an axis, or mark them: ArgMax, ArgMin, TopK, CumSum, OneHot.
import type { Call, Converter } from '../call';
import { dtypeOf, freshAxes, type Operand } from '../operand';
import { axesOf, storedOrder } from './movement';

/** The operand with every ONNX axis a dimension of its own, in the order of `order`. */
function wholeAxes(call: Call, x: Operand, order: readonly number[], index = 0) {
  return call.builder.arrange(
    x,
    order.map((axis) => x.axes[axis]),
    call.inputName(index),
  );
}

/** Positions as int32; in ONNX they are int64. */
export function arg(type: 'ARG_MAX' | 'ARG_MIN'): Converter {
  return (call) => {
    const x = call.operand(0);
    const { builder, output } = call;
    if (call.int('select_last_index', 0) !== 0)
      call.fail('unsupported-feature', 'select_last_index 1 is not supported, the first is found');
    const axis = call.axis(call.int('axis', 0), x.axes.length);
    const order = storedOrder(x);
    const value = wholeAxes(call, x, order);
    const at = builder.ints(`${output}/axis`, [order.indexOf(axis)], []);
    const result = builder.node(type, { outputType: 'int32' }, [value, at], output);
    const left = order.filter((k) => k !== axis);
    const stored = freshAxes(result.shape);
    const axes = x.axes.map((_, k) => (k === axis ? [] : stored[left.indexOf(k)]));
    return { axes: call.int('keepdims', 1) === 1 ? axes : axes.filter((_, k) => k !== axis), stored, value: result };
  };
}

/** Values and indices (int32) of the largest or smallest elements along an axis. */
export const topK: Converter = (call) => {
  const x = call.operand(0);
  const { builder, output } = call;
  const rank = x.axes.length;
  const axis = call.axis(call.int('axis', -1), rank);
  const counts = call.integers(1) ?? [call.int('k', 0)];
  if (counts.length !== 1) call.fail('bad-shape', `k has ${counts.length} elements; one is needed`);
  const isLargest = call.int('largest', 1) === 1;
  const order = [...storedOrder(x).filter((k) => k !== axis), axis];
  const directed = isLargest ? x : call.apply('NEG', {}, x, `${output}/negative`);
  const names = [output, call.message.output[1] || `${output}/indices`];
  const found = builder.nodes('TOPK_V2', {}, [wholeAxes(call, directed, order), builder.ints(`${output}/k`, counts, [])], names);
  const [values, indices] = found.map((value): Operand => ({ ...axesOf(value.shape, order), value }));
  return [isLargest ? values : call.apply('NEG', {}, values, `${output}/values`), indices];
};

export const cumSum: Converter = (call) => {
  const x = call.operand(0);
  const { builder, output } = call;
  const [given] = call.integers(1) ?? [];
  const axis = call.axis(given ?? call.fail('bad-graph', 'input 1, the axis, is missing'), x.axes.length);
  const order = storedOrder(x);
  const at = builder.ints(`${output}/axis`, [order.indexOf(axis)], []);
  const attributes = { exclusive: call.int('exclusive', 0) === 1, reverse: call.int('reverse', 0) === 1 };
  const value = builder.node('CUMSUM', attributes, [wholeAxes(call, x, order), at], output);
  return { ...axesOf(value.shape, order), value };
};

/** Inputs: indices, depth, [off, on]. */
export const oneHot: Converter = (call) => {
  const indices = call.operand(0);
  const { builder, output } = call;
  if (dtypeOf(indices) === 'float32') call.fail('bad-dtype', 'its indices are floats; cast them to integers');
  const rank = indices.axes.length;
  const axis = call.axis(call.int('axis', -1), rank + 1);
  const depth = call.elements(1)?.[0];
  const values = call.elements(2);
  if (depth === undefined || values?.length !== 2) return call.fail('unsupported-feature', 'its depth and values must be constant');
  const [off, on] = [0, 1].map((i) => {
    if (values instanceof Float32Array) return builder.floats(`${output}/${i ? 'on' : 'off'}`, [], () => values.slice(i, i + 1));
    return builder.ints(`${output}/${i ? 'on' : 'off'}`, [values[i]], []);
  });
  const value = builder.arrange(indices, indices.axes, call.inputName(0));
  const count = builder.ints(`${output}/depth`, [depth], []);
  const result = builder.node('ONE_HOT', { axis }, [value, count, on, off], output);
  const axes = freshAxes(result.shape);
  return { axes, stored: axes, value: result };
};
