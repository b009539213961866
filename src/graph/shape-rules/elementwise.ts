// Owns the output shapes of operators that work element by element, with and without broadcasting.
import { elementCount, type Node } from '../graph';
import { reject } from '../reject';
import { broadcastShape, inputShape, type Shape, type ShapeRules } from './rule';

function broadcast(node: Node): Shape[] {
  return [node.inputs.map((value) => value!.shape).reduce((a, b) => broadcastShape(node, a, b))];
}

/** `tflite/kernels/select.cc`: one condition for all elements, one for each, or one for each position of the first axis. */
function select(node: Node<'SELECT'>): Shape[] {
  const [condition, x, y] = node.inputs.map((value) => value!.shape);
  const isWhole = elementCount(condition) === 1 || `${condition}` === `${x}` || (condition.length === 1 && condition[0] === x[0]);
  if (`${x}` !== `${y}` || !isWhole) reject('bad-shape', node, `its condition [${condition}] and choices [${x}] and [${y}] do not fit`);
  return [x];
}

/** `tflite/kernels/activations.cc`, PreluPrepare: the slopes broadcast to the input, never the other way. */
function prelu(node: Node<'PRELU'>): Shape[] {
  const [shape] = broadcast(node);
  const input = inputShape(node, 0);
  if (shape.length !== input.length || shape.some((dimension, axis) => dimension !== input[axis])) {
    reject('bad-shape', node, `slopes [${inputShape(node, 1)}] do not fit its input [${input}]`);
  }
  return [shape];
}

function same(node: Node): Shape[] {
  return [inputShape(node, 0)];
}

/** Operators that normalise over the last dimension need one. */
function sameWithDimensions(node: Node): Shape[] {
  const shape = inputShape(node, 0);
  if (shape.length === 0) reject('bad-shape', node, 'its input must have dimensions');
  return [shape];
}

export const elementwiseShapes: ShapeRules = {
  ADD: broadcast,
  SUB: broadcast,
  MUL: broadcast,
  DIV: broadcast,
  FLOOR_DIV: broadcast,
  FLOOR_MOD: broadcast,
  POW: broadcast,
  SQUARED_DIFFERENCE: broadcast,
  MAXIMUM: broadcast,
  MINIMUM: broadcast,
  PRELU: prelu,
  EQUAL: broadcast,
  NOT_EQUAL: broadcast,
  LESS: broadcast,
  LESS_EQUAL: broadcast,
  GREATER: broadcast,
  GREATER_EQUAL: broadcast,
  LOGICAL_AND: broadcast,
  LOGICAL_OR: broadcast,
  LOGICAL_NOT: same,
  SELECT: select,
  SELECT_V2: broadcast,
  LOGISTIC: same,
  TANH: same,
  HARD_SWISH: same,
  RELU: same,
  RELU6: same,
  RELU_N1_TO_1: same,
  RELU_0_TO_1: same,
  ELU: same,
  GELU: same,
  LEAKY_RELU: same,
  CAST: same,
  QUANTIZE: same,
  DEQUANTIZE: same,
  SQRT: same,
  RSQRT: same,
  EXP: same,
  LOG: same,
  SIN: same,
  COS: same,
  SQUARE: same,
  ABS: same,
  NEG: same,
  SIGN: same,
  FLOOR: same,
  CEIL: same,
  ROUND: same,
  SOFTMAX: sameWithDimensions,
  LOG_SOFTMAX: sameWithDimensions,
  L2_NORMALIZATION: sameWithDimensions,
};
