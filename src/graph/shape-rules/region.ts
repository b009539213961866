// Owns the output shapes of operators that cut, pad, repeat, pick, reduce or resize regions.
import { describeNode, type Node } from '../graph';
import { reject } from '../reject';
import { sliceRange, stridedSliceRange } from '../slice-range';
import { inputOfRank, inputShape, replaceAxis, resolveAxis, type Shape, type ShapeContext, type ShapeRules, scalarOperand } from './rule';

function slice(node: Node<'SLICE'>, context: ShapeContext): Shape[] {
  return [sliceRange(inputShape(node, 0), context.operand(1), context.operand(2), describeNode(node)).outputShape];
}

function stridedSlice(node: Node<'STRIDED_SLICE'>, context: ShapeContext): Shape[] {
  const [begin, end, strides] = [1, 2, 3].map((index) => context.operand(index));
  return [stridedSliceRange(node.attributes, inputShape(node, 0), begin, end, strides, describeNode(node)).outputShape];
}

/** `tflite/kernels/pad.cc` and mirror_pad.cc: paddings [rank, 2], elements before and after per axis, never negative. */
function pad(node: Node<'PAD' | 'PADV2' | 'MIRROR_PAD'>, context: ShapeContext): Shape[] {
  const shape = inputShape(node, 0);
  const [rows, columns] = inputOfRank(node, 1, 2, 'paddings');
  if (rows !== shape.length || columns !== 2) {
    reject('bad-shape', node, `paddings of shape [${rows},${columns}] do not fit its input [${shape}]`);
  }
  const paddings = context.operand(1);
  if (paddings.some((padding) => padding < 0)) reject('bad-shape', node, `paddings [${paddings}] must be >= 0`);
  return [shape.map((dimension, axis) => paddings[2 * axis] + dimension + paddings[2 * axis + 1])];
}

function tile(node: Node<'TILE'>, context: ShapeContext): Shape[] {
  const shape = inputShape(node, 0);
  const multiples = context.operand(1);
  if (multiples.length !== shape.length || multiples.some((multiple) => multiple < 0)) {
    reject('bad-shape', node, `multiples [${multiples}] must be >= 0, one per axis of [${shape}]`);
  }
  return [shape.map((dimension, axis) => dimension * multiples[axis])];
}

/** `tflite/kernels/gather.cc`: the axis is replaced by the dimensions of the indices behind the batch dimensions. */
function gather(node: Node<'GATHER'>): Shape[] {
  const shape = inputShape(node, 0);
  const indices = inputShape(node, 1);
  const axis = resolveAxis(node, node.attributes.axis, shape.length);
  const { batchDims } = node.attributes;
  const batches = batchDims < 0 ? batchDims + indices.length : batchDims;
  const agree = shape.slice(0, batches).every((dimension, k) => dimension === indices[k]);
  if (batches < 0 || batches > axis || batches > indices.length || !agree) {
    reject('bad-shape', node, `batch_dims ${batchDims} does not fit its input [${shape}], indices [${indices}] and axis ${axis}`);
  }
  return [[...shape.slice(0, axis), ...indices.slice(batches), ...shape.slice(axis + 1)]];
}

/** `tflite/kernels/gather_nd.cc`: the last dimension of the indices counts the leading axes that one index names. */
function gatherNd(node: Node<'GATHER_ND'>): Shape[] {
  const shape = inputShape(node, 0);
  const indices = inputShape(node, 1);
  const depth = indices.at(-1) ?? 0;
  if (depth < 1 || depth > shape.length) {
    reject('bad-shape', node, `indices of shape [${indices}] do not fit its input [${shape}]`);
  }
  return [[...indices.slice(0, -1), ...shape.slice(depth)]];
}

type ReduceNode = Node<'MEAN' | 'SUM' | 'REDUCE_MAX' | 'REDUCE_MIN' | 'REDUCE_PROD' | 'REDUCE_ANY' | 'REDUCE_ALL'>;

/** `tflite/kernels/reduce.cc`: axes may be negative and repeat; a scalar has nothing to reduce and ignores them. */
function reduce(node: ReduceNode, context: ShapeContext): Shape[] {
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

function shapeOf(node: Node<'SHAPE'>): Shape[] {
  return [[inputShape(node, 0).length]];
}

/** `tflite/kernels/resize_bilinear.cc` and resize_nearest_neighbor.cc: the second input is [height, width]. */
function resize(node: Node<'RESIZE_BILINEAR' | 'RESIZE_NEAREST_NEIGHBOR'>, context: ShapeContext): Shape[] {
  const [batch, , , channels] = inputOfRank(node, 0, 4, 'input');
  const size = context.operand(1);
  if (size.length !== 2 || size.some((dimension) => dimension < 1)) {
    reject('bad-shape', node, `size [${size}] must be height and width >= 1`);
  }
  return [[batch, size[0], size[1], channels]];
}

/** `tflite/kernels/detection_postprocess.cc`: slots for every class of every detection. */
function detection(node: Node<'TFLite_Detection_PostProcess'>): Shape[] {
  const slots = node.attributes.maxDetections * node.attributes.maxClassesPerDetection;
  return [[1, slots, 4], [1, slots], [1, slots], [1]];
}

export const regionShapes: ShapeRules = {
  SLICE: slice,
  STRIDED_SLICE: stridedSlice,
  PAD: pad,
  PADV2: pad,
  MIRROR_PAD: pad,
  TILE: tile,
  GATHER: gather,
  GATHER_ND: gatherNd,
  MEAN: reduce,
  SUM: reduce,
  REDUCE_MAX: reduce,
  REDUCE_MIN: reduce,
  REDUCE_PROD: reduce,
  REDUCE_ANY: reduce,
  REDUCE_ALL: reduce,
  ARG_MAX: argument,
  ARG_MIN: argument,
  SHAPE: shapeOf,
  RESIZE_BILINEAR: resize,
  RESIZE_NEAREST_NEIGHBOR: resize,
  TFLite_Detection_PostProcess: detection,
};
