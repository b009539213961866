// Owns the output shapes of operators that make a tensor from a few numbers, or find and order elements.
import { elementCount, type Node } from '../graph';
import { reject } from '../reject';
import { inputShape, resolveAxis, type Shape, type ShapeContext, type ShapeRules, scalarOperand } from './rule';

function expectOneElement(node: Node, ...inputs: readonly number[]): void {
  for (const index of inputs) {
    const count = elementCount(inputShape(node, index));
    if (count !== 1) reject('bad-shape', node, `input ${index} must have 1 element, it has ${count}`);
  }
}

/** `tflite/kernels/where.cc`: the coordinates of every element that is not 0. */
function where(node: Node<'WHERE'>, context: ShapeContext): Shape[] {
  return [[context.operand(0).filter(Boolean).length, inputShape(node, 0).length]];
}

function fill(node: Node<'FILL'>, context: ShapeContext): Shape[] {
  expectOneElement(node, 1);
  return [context.operand(0)];
}

/** `GetSize` in `tflite/kernels/range.cc`: in float32 for floats. */
function range(node: Node<'RANGE'>, context: ShapeContext): Shape[] {
  const [start, limit, step] = [0, 1, 2].map((index) => scalarOperand(node, context, index));
  if (!(step > 0 ? start <= limit : step < 0 && start >= limit)) {
    reject('bad-shape', node, `steps of ${step} do not lead from ${start} to ${limit}`);
  }
  const isFloat = node.outputs[0].dtype === 'float32';
  return [[Math.ceil(isFloat ? Math.fround(Math.fround(limit - start) / step) : (limit - start) / step)]];
}

/** `tflite/kernels/one_hot.cc`: the depth becomes a new axis, the last one for -1. */
function oneHot(node: Node<'ONE_HOT'>, context: ShapeContext): Shape[] {
  expectOneElement(node, 2, 3);
  const shape = inputShape(node, 0);
  const axis = resolveAxis(node, node.attributes.axis, shape.length + 1);
  return [[...shape.slice(0, axis), scalarOperand(node, context, 1), ...shape.slice(axis)]];
}

/** `tflite/kernels/topk_v2.cc`: values and indices of the last axis. */
function topK(node: Node<'TOPK_V2'>, context: ShapeContext): Shape[] {
  const shape = inputShape(node, 0);
  const k = scalarOperand(node, context, 1);
  if (!(k <= shape[shape.length - 1])) reject('bad-shape', node, `the last axis of [${shape}] has no ${k} elements`);
  const found = [...shape.slice(0, -1), k];
  return [found, found];
}

/** `tflite/kernels/cumsum.cc`, reverse.cc: axes of the input, each once. */
function alongAxes(node: Node<'CUMSUM' | 'REVERSE_V2'>, context: ShapeContext): Shape[] {
  const shape = inputShape(node, 0);
  const operand = node.type === 'CUMSUM' ? [scalarOperand(node, context, 1)] : context.operand(1);
  const axes = operand.map((axis) => resolveAxis(node, axis, shape.length));
  if (new Set(axes).size !== axes.length) reject('bad-shape', node, `axes [${axes}] must differ`);
  return [shape];
}

/** `tflite/kernels/broadcast_to.cc` */
function broadcastTo(node: Node<'BROADCAST_TO'>, context: ShapeContext): Shape[] {
  const from = inputShape(node, 0);
  const to = context.operand(1);
  const added = to.length - from.length;
  if (added < 0 || from.some((dimension, axis) => dimension !== 1 && dimension !== to[added + axis])) {
    reject('bad-shape', node, `its input [${from}] does not repeat to [${to}]`);
  }
  return [to];
}

export const generateShapes: ShapeRules = {
  WHERE: where,
  FILL: fill,
  RANGE: range,
  ONE_HOT: oneHot,
  TOPK_V2: topK,
  CUMSUM: alongAxes,
  REVERSE_V2: alongAxes,
  BROADCAST_TO: broadcastTo,
};
