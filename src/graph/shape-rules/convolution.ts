// Owns the output shapes of convolutions, pools, fully connected layers and products of matrices.
import { type ExplicitPadding, elementCount, type Node } from '../graph';
import { reject } from '../reject';
import { type WindowAttributes, windowPositions, windowSpan } from '../window';
import { broadcastShape, inputOfRank, inputShape, type Shape, type ShapeContext, type ShapeRules } from './rule';

type Slider = 'CONV_2D' | 'DEPTHWISE_CONV_2D' | 'AVERAGE_POOL_2D' | 'MAX_POOL_2D';

/** Larger windows overflow TensorFlow Lite's int32 arithmetic of padding (ComputeOutSize in `tflite/kernels/padding.h`). */
const maxSpan = 2 ** 30;

/** Batch, rows and columns of an image that a window of `filterH` x `filterW` slides over. Explicit padding counts as part of the image. */
function slide(node: Node<Slider>, filterH: number, filterW: number): number[] {
  const [batch, height, width] = inputOfRank(node, 0, 4, 'input');
  const { strideH, strideW, padding, dilationH = 1, dilationW = 1 }: WindowAttributes = node.attributes;
  const positions = (name: string, size: number, filter: number, stride: number, dilation: number, before: number, after: number) => {
    const span = windowSpan(filter, dilation);
    if (span > maxSpan) reject('bad-shape', node, `a window of ${span} is too large, at most ${maxSpan} is supported`);
    const padded = before + size + after;
    if (padding !== 'SAME' && span > padded) {
      reject('bad-shape', node, `a window of ${span} does not fit ${name} ${padded}`);
    }
    return windowPositions(padding === 'SAME' ? padding : 'VALID', padded, span, stride);
  };
  const { top = 0, bottom = 0, left = 0, right = 0 }: Partial<ExplicitPadding> = typeof padding === 'object' ? padding : {};
  return [
    batch,
    positions('height', height, filterH, strideH, dilationH, top, bottom),
    positions('width', width, filterW, strideW, dilationW, left, right),
  ];
}

/** `tflite/kernels/conv.cc`: filter [O, KH, KW, I], where I divides the input's channels (groups). */
function conv2d(node: Node<'CONV_2D'>) {
  const [outputs, filterH, filterW] = inputOfRank(node, 1, 4, 'filter');
  return [[...slide(node, filterH, filterW), outputs]];
}

/** `tflite/kernels/depthwise_conv.cc`: filter [1, KH, KW, C * M]. */
function depthwiseConv2d(node: Node<'DEPTHWISE_CONV_2D'>) {
  const [, filterH, filterW, outputs] = inputOfRank(node, 1, 4, 'filter');
  return [[...slide(node, filterH, filterW), outputs]];
}

/** `tflite/kernels/transpose_conv.cc`: the first input is the output's shape, in which a leading 1 becomes the batch. */
function transposeConv(node: Node<'TRANSPOSE_CONV'>, context: ShapeContext) {
  const shape = [...context.operand(0)];
  if (shape.length !== 4) reject('bad-shape', node, `its output shape [${shape}] must have 4 dimensions`);
  const [batch] = inputOfRank(node, 2, 4, 'input');
  if (shape[0] === 1 && batch === context.batch) shape[0] = batch;
  return [shape];
}

function pool(node: Node<'AVERAGE_POOL_2D' | 'MAX_POOL_2D'>) {
  const channels = inputOfRank(node, 0, 4, 'input')[3];
  return [[...slide(node, node.attributes.filterH, node.attributes.filterW), channels]];
}

/** `tflite/kernels/fully_connected.cc`: weights [O, I]; the input is flattened to [batch, I] unless it keeps its dimensions. */
function fullyConnected(node: Node<'FULLY_CONNECTED'>) {
  const [outputs, depth] = inputOfRank(node, 1, 2, 'weights');
  const shape = inputShape(node, 0);
  if (node.attributes.keepNumDims) {
    if (shape.at(-1) !== depth) reject('bad-shape', node, `its input [${shape}] must end with dimension ${depth}`);
    return [[...shape.slice(0, -1), outputs]];
  }
  const count = elementCount(shape);
  // A depth of 0 gives NaN and is refused too.
  if (count % depth !== 0) {
    reject('bad-shape', node, `its input [${shape}] does not split into rows of ${depth}`);
  }
  return [[count / depth, outputs]];
}

/** `tflite/kernels/batch_matmul.cc`: [.., rows, depth] times [.., depth, columns], each swapped by its option; leading axes broadcast. */
function batchMatMul(node: Node<'BATCH_MATMUL'>): Shape[] {
  const [a, b] = [inputShape(node, 0), inputShape(node, 1)];
  const [rows, depth] = matrixOf(node, a, node.attributes.adjX);
  const [depthB, columns] = matrixOf(node, b, node.attributes.adjY);
  if (depth !== depthB) reject('bad-shape', node, `its inputs [${a}] and [${b}] have depths ${depth} and ${depthB}`);
  return [[...broadcastShape(node, a.slice(0, -2), b.slice(0, -2)), rows, columns]];
}

function matrixOf(node: Node<'BATCH_MATMUL'>, shape: Shape, isSwapped: boolean): Shape {
  if (shape.length < 2 || shape.length > 5) reject('bad-shape', node, `its input [${shape}] must have 2 to 5 dimensions`);
  const matrix = shape.slice(-2);
  return isSwapped ? matrix.reverse() : matrix;
}

export const convolutionShapes: ShapeRules = {
  CONV_2D: conv2d,
  DEPTHWISE_CONV_2D: depthwiseConv2d,
  TRANSPOSE_CONV: transposeConv,
  AVERAGE_POOL_2D: pool,
  MAX_POOL_2D: pool,
  FULLY_CONNECTED: fullyConnected,
  BATCH_MATMUL: batchMatMul,
};
