// Owns the checks of a node's shapes against each other, which keep kernels from reading and writing outside their tensors.
import { maxSlots } from '../attributes';
import { describeValue, elementCount, type Node, type OperatorType, type Value } from '../graph';
import { reject } from '../reject';
import { isShapeOperand } from '../shape-operands';
import type { ShapeContext } from '../shape-rules/rule';
import { type WindowAxis, windowAxes } from '../window';

type GeometryCheck<T extends OperatorType> = (node: Node<T>, context: ShapeContext) => void;

const checks: { readonly [T in OperatorType]?: GeometryCheck<T> } = {
  CONV_2D: checkConv2d,
  DEPTHWISE_CONV_2D: checkDepthwise,
  TRANSPOSE_CONV: checkTransposeConv,
  FULLY_CONNECTED: (node) => checkBias(node, node.inputs[2], node.inputs[1]!.shape[0]),
  AVERAGE_POOL_2D: checkPool,
  MAX_POOL_2D: checkPool,
  PADV2: (node) => {
    const count = elementCount(node.inputs[2]!.shape);
    if (count !== 1) reject('bad-shape', node, `input 2 must have 1 element, it has ${count}`);
  },
  MIRROR_PAD: checkMirrorPad,
  TFLite_Detection_PostProcess: checkDetection,
};

/** Operators that copy or count elements and have a result for empty tensors, too. */
const emptyOperators: ReadonlySet<OperatorType> = new Set([
  'RESHAPE',
  'SQUEEZE',
  'EXPAND_DIMS',
  'CONCATENATION',
  'SLICE',
  'STRIDED_SLICE',
  'PACK',
  'SHAPE',
  'CAST',
  'WHERE',
  'FILL',
  'RANGE',
]);

/** Throws `bad-shape` when shapes of inputs, outputs and options contradict each other, or when there is nothing to compute. */
export function checkGeometry(node: Node, context: ShapeContext): void {
  (checks[node.type] as GeometryCheck<OperatorType> | undefined)?.(node, context);
  for (const [index, value] of node.inputs.entries()) {
    if (value && !isShapeOperand(node, index)) checkNotEmpty(node, value);
  }
  for (const value of node.outputs) checkNotEmpty(node, value);
}

/** Empty integer tensors occur in shape arithmetic; other empty tensors are refused. */
function checkNotEmpty(node: Node, value: Value): void {
  if (elementCount(value.shape) > 0) return;
  const isList = value.dtype === 'int32' || value.dtype === 'int64';
  if (!isList || !emptyOperators.has(node.type)) {
    reject('bad-shape', node, `${describeValue(value)} of shape [${value.shape}] has no elements`);
  }
}

function checkBias(node: Node, bias: Value | undefined, channels: number): void {
  if (bias && elementCount(bias.shape) !== channels) {
    reject('bad-shape', node, `its bias must have ${channels} elements, it has ${elementCount(bias.shape)}`);
  }
}

/** conv.cc: as many groups as the filter's channels fit into the input's. */
function checkConv2d(node: Node<'CONV_2D'>): void {
  const channels = node.inputs[0]!.shape[3];
  const [outputs, , , perGroup] = node.inputs[1]!.shape;
  const groups = channels / perGroup;
  if (!Number.isInteger(groups) || groups < 1 || outputs % groups !== 0) {
    reject('bad-shape', node, `${perGroup} filter channels and ${outputs} outputs do not divide ${channels} channels into groups`);
  }
  checkBias(node, node.inputs[2], outputs);
}

/** depthwise_conv.cc */
function checkDepthwise(node: Node<'DEPTHWISE_CONV_2D'>): void {
  const channels = node.inputs[0]!.shape[3];
  const [first, , , outputs] = node.inputs[1]!.shape;
  if (first !== 1 || !(outputs % channels === 0)) {
    reject('bad-shape', node, `its filter [${node.inputs[1]!.shape}] must be [1, height, width, a multiple of ${channels}]`);
  }
  checkBias(node, node.inputs[2], outputs);
}

/** transpose_conv.cc; heights and widths of input and output need not correspond: products outside the output are dropped. */
function checkTransposeConv(node: Node<'TRANSPOSE_CONV'>): void {
  const [, filter, input, bias] = node.inputs.map((value) => value?.shape);
  const output = node.outputs[0].shape;
  if (filter![3] !== input![3] || filter![0] !== output[3] || input![0] !== output[0]) {
    reject('bad-shape', node, `its input [${input}], filter [${filter}] and output shape [${output}] do not fit`);
  }
  checkBias(node, bias && node.inputs[3], output[3]);
}

/** Pixels under one window of a pool, so that a hostile file cannot make one output take minutes. */
const maxPoolWindow = 2 ** 24;

/** Explicit padding must leave every window at least one pixel to pool. SAME and VALID always do. */
function checkPool(node: Node<'AVERAGE_POOL_2D' | 'MAX_POOL_2D'>): void {
  const { padding, filterH, filterW } = node.attributes;
  if (filterH * filterW > maxPoolWindow) {
    reject('too-large', node, `a window of ${filterH} x ${filterW} is too large, at most ${maxPoolWindow} is supported`);
  }
  if (typeof padding === 'string') return;
  const { rows, columns } = windowAxes(node.attributes, filterH, filterW, node.inputs[0]!.shape, node.outputs[0].shape);
  const covered = ({ input, output, filter, stride, before }: WindowAxis) => before < filter && (output - 1) * stride - before < input;
  if (!covered(rows) || !covered(columns)) reject('bad-shape', node, 'its padding leaves a window without elements');
}

/** mirror_pad.cc: one reflection only, with or without the edge. */
function checkMirrorPad(node: Node<'MIRROR_PAD'>, context: ShapeContext): void {
  const { shape } = node.inputs[0]!;
  const edge = node.attributes.mode === 'REFLECT' ? 1 : 0;
  context.operand(1).forEach((padding, i) => {
    const max = shape[i >> 1] - edge;
    if (padding > max) reject('bad-shape', node, `padding ${padding} of axis ${i >> 1} is more than ${max}`);
  });
}

/** detection_postprocess.cc: encodings [1, N, >= 4], scores [1, N, classes with or without background], anchors [N, 4]. */
function checkDetection(node: Node<'TFLite_Detection_PostProcess'>): void {
  const [encodings, scores, anchors] = node.inputs.map((value) => value!.shape);
  const { numClasses, maxDetections, maxClassesPerDetection } = node.attributes;
  const [batch, boxes, length] = encodings;
  const background = scores[2] - numClasses;
  const fits =
    encodings.length === 3 &&
    scores.length === 3 &&
    anchors.length === 2 &&
    batch === 1 &&
    length >= 4 &&
    scores[0] === 1 &&
    scores[1] === boxes &&
    anchors[0] === boxes &&
    anchors[1] === 4;
  if (!fits) {
    reject('bad-shape', node, `inputs [${encodings}], [${scores}], [${anchors}] must be [1,N,4], [1,N,classes], [N,4]`);
  }
  if (background !== 0 && background !== 1) {
    reject('bad-shape', node, `scores [${scores}] do not fit num_classes ${numClasses}, with or without background`);
  }
  if (maxDetections * maxClassesPerDetection > maxSlots) {
    reject('too-large', node, `${maxDetections} detections of ${maxClassesPerDetection} classes are more than ${maxSlots}`);
  }
}
