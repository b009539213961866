// Owns the output shapes of operators that collapse axes: MEAN, SUM, ARG_MAX, ARG_MIN.
import type { Node } from '../graph';
import { inputShape, replaceAxis, resolveAxis, type Shape, type ShapeContext, type ShapeRules, scalarOperand } from './rule';

/** `tflite/kernels/reduce.cc`: axes may be negative and repeat; a scalar has nothing to reduce and ignores them. */
function reduce(node: Node<'MEAN' | 'SUM'>, context: ShapeContext): Shape[] {
  const shape = inputShape(node, 0);
  if (shape.length === 0) return [shape];
  const axes = new Set(context.operand(1).map((axis) => resolveAxis(node, axis, shape.length)));
  if (node.attributes.keepDims) return [shape.map((dimension, axis) => (axes.has(axis) ? 1 : dimension))];
  return [shape.filter((_, axis) => !axes.has(axis))];
}

/** `tflite/kernels/arg_min_max.cc`: one axis, which the output loses. */
function argument(node: Node<'ARG_MAX' | 'ARG_MIN'>, context: ShapeContext): Shape[] {
  const shape = inputShape(node, 0);
  return [replaceAxis(shape, resolveAxis(node, scalarOperand(node, context, 1), shape.length))];
}

export const reductionShapes: ShapeRules = { MEAN: reduce, SUM: reduce, ARG_MAX: argument, ARG_MIN: argument };
