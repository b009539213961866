// Owns the output shapes of operators that keep every element and arrange them anew.
import { elementCount, type Node } from '../graph';
import { reject } from '../reject';
import { inputOfRank, inputShape, replaceAxis, resolveAxis, type Shape, type ShapeContext, type ShapeRules, scalarOperand } from './rule';

/** The requested shape of RESHAPE; -1 stands for the one dimension that follows from the others (`tflite/kernels/reshape.cc`). */
function requestedShape(node: Node<'RESHAPE'>, context: ShapeContext): Shape {
  const operand = node.inputs[1];
  if (operand?.dtype === 'int32' && operand.shape.length === 1) return context.operand(1);
  const { newShape } = node.attributes;
  if (!newShape) reject('bad-option', node, 'it has neither an int32 shape as input 1 nor the option new_shape');
  // Early converters wrote the shape of a scalar as [0].
  return newShape.length === 1 && newShape[0] === 0 ? [] : newShape;
}

/** `requested` with its -1 filled in, or undefined when it cannot hold `count` elements. */
function fillShape(requested: Shape, count: number): Shape | undefined {
  const open = requested.indexOf(-1);
  if (open < 0) return elementCount(requested) === count ? requested : undefined;
  const known = elementCount(replaceAxis(requested, open));
  if (known === 0 || count % known !== 0) return undefined;
  return replaceAxis(requested, open, count / known);
}

/**
 * Models made for one image often request [1, ...] or [1, -1]. With `batch` images per run, and a leading dimension of `batch`, a leading
 * 1 of the request is replaced by `batch`: the run then equals one run per image.
 */
function reshape(node: Node<'RESHAPE'>, context: ShapeContext): Shape[] {
  const shape = inputShape(node, 0);
  const requested = requestedShape(node, context);
  if (requested.some((dimension) => dimension < -1) || requested.indexOf(-1) !== requested.lastIndexOf(-1)) {
    reject('bad-shape', node, `shape [${requested}] must have dimensions >= 0 and at most one -1`);
  }
  const count = elementCount(shape);
  const perImage = context.batch > 1 && requested[0] === 1 && shape[0] === context.batch;
  const filled = (perImage && fillShape(replaceAxis(requested, 0, context.batch), count)) || fillShape(requested, count);
  if (!filled) reject('bad-shape', node, `${count} elements of [${shape}] do not fill shape [${requested}]`);
  return [filled];
}

/** `tflite/kernels/squeeze.cc`: no dimensions named drops every 1. */
function squeeze(node: Node<'SQUEEZE'>): Shape[] {
  const shape = inputShape(node, 0);
  const { squeezeDims } = node.attributes;
  if (squeezeDims.length === 0) return [shape.filter((dimension) => dimension !== 1)];
  const axes = new Set(squeezeDims.map((axis) => resolveAxis(node, axis, shape.length)));
  for (const axis of axes) {
    if (shape[axis] !== 1) reject('bad-shape', node, `axis ${axis} of [${shape}] must be 1 to be dropped`);
  }
  return [shape.filter((_, axis) => !axes.has(axis))];
}

function expandDims(node: Node<'EXPAND_DIMS'>, context: ShapeContext): Shape[] {
  const shape = inputShape(node, 0);
  const axis = resolveAxis(node, scalarOperand(node, context, 1), shape.length + 1);
  return [[...shape.slice(0, axis), 1, ...shape.slice(axis)]];
}

function transpose(node: Node<'TRANSPOSE'>, context: ShapeContext): Shape[] {
  const shape = inputShape(node, 0);
  const permutation = context.operand(1);
  const sorted = [...permutation].sort((a, b) => a - b);
  if (permutation.length !== shape.length || sorted.some((axis, i) => axis !== i)) {
    reject('bad-shape', node, `[${permutation}] must be a permutation of the axes of [${shape}]`);
  }
  return [permutation.map((axis) => shape[axis])];
}

function spaceToDepth(node: Node<'SPACE_TO_DEPTH'>): Shape[] {
  const [batch, height, width, channels] = inputOfRank(node, 0, 4, 'input');
  const block = node.attributes.blockSize;
  if (height % block !== 0 || width % block !== 0) {
    reject('bad-shape', node, `block size ${block} does not divide [${inputShape(node, 0)}]`);
  }
  return [[batch, height / block, width / block, channels * block * block]];
}

function depthToSpace(node: Node<'DEPTH_TO_SPACE'>): Shape[] {
  const [batch, height, width, channels] = inputOfRank(node, 0, 4, 'input');
  const block = node.attributes.blockSize;
  if (channels % (block * block) !== 0) {
    reject('bad-shape', node, `block size ${block} squared does not divide ${channels} channels`);
  }
  return [[batch, height * block, width * block, channels / (block * block)]];
}

/** `tflite/kernels/space_to_batch_nd.cc`, batch_to_space_nd.cc: [batch, rows, columns or not, channels] and blocks of rows and columns. */
function blocks(node: Node<'SPACE_TO_BATCH_ND' | 'BATCH_TO_SPACE_ND'>, context: ShapeContext): Shape[] {
  const shape = inputShape(node, 0);
  const [block, amounts] = [context.operand(1), context.operand(2)];
  const axes = shape.length - 2;
  if (!(axes === 1 || axes === 2) || block.length !== axes || amounts.length !== 2 * axes || `${inputShape(node, 2)}` !== `${axes},2`) {
    reject('bad-shape', node, `block shape [${block}] and amounts [${amounts}] do not fit its input [${shape}]`);
  }
  if (block.some((size) => size < 1) || amounts.some((amount) => amount < 0)) {
    reject('bad-shape', node, `block shape [${block}] must be >= 1, amounts [${amounts}] must be >= 0`);
  }
  const count = elementCount(block);
  const added = block.map((_, axis) => amounts[2 * axis] + amounts[2 * axis + 1]);
  const output =
    node.type === 'SPACE_TO_BATCH_ND'
      ? [shape[0] * count, ...block.map((size, axis) => (shape[axis + 1] + added[axis]) / size), shape[axes + 1]]
      : [shape[0] / count, ...block.map((size, axis) => shape[axis + 1] * size - added[axis]), shape[axes + 1]];
  if (!output.every(Number.isInteger)) reject('bad-shape', node, `block shape [${block}] does not divide its input [${shape}]`);
  return [output];
}

export const layoutShapes: ShapeRules = {
  RESHAPE: reshape,
  SQUEEZE: squeeze,
  EXPAND_DIMS: expandDims,
  TRANSPOSE: transpose,
  SPACE_TO_DEPTH: spaceToDepth,
  DEPTH_TO_SPACE: depthToSpace,
  SPACE_TO_BATCH_ND: blocks,
  BATCH_TO_SPACE_ND: blocks,
};
