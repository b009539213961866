// Owns the minimum operator version for a node's dtypes, ranks and options, as in `tflite/tools/versioning/op_version.cc`.
import type { Node, OperatorType, Value } from '../graph/graph';

/** First version of an operator with int8; operators that are not listed have it since version 1, or not at all. */
const int8Version: Readonly<Partial<Record<OperatorType, number>>> = {
  CONV_2D: 3,
  DEPTHWISE_CONV_2D: 3,
  FULLY_CONNECTED: 4,
  TRANSPOSE_CONV: 2,
  BATCH_MATMUL: 2,
  ADD: 2,
  SUB: 2,
  MUL: 2,
  AVERAGE_POOL_2D: 2,
  MAX_POOL_2D: 2,
  MEAN: 2,
  SUM: 2,
  REDUCE_MAX: 2,
  REDUCE_MIN: 2,
  SOFTMAX: 2,
  LOG_SOFTMAX: 2,
  LOGISTIC: 2,
  TANH: 2,
  RELU: 2,
  RELU6: 2,
  CONCATENATION: 2,
  SPLIT: 2,
  SPLIT_V: 2,
  SLICE: 2,
  STRIDED_SLICE: 2,
  PACK: 2,
  UNPACK: 2,
  PAD: 2,
  PADV2: 2,
  MIRROR_PAD: 2,
  TRANSPOSE: 2,
  TILE: 3,
  GATHER: 2,
  CAST: 3,
  RESIZE_BILINEAR: 2,
  RESIZE_NEAREST_NEIGHBOR: 2,
  SPACE_TO_DEPTH: 2,
  DEPTH_TO_SPACE: 2,
  ARG_MAX: 2,
  ARG_MIN: 2,
  MAXIMUM: 2,
  MINIMUM: 2,
  EQUAL: 2,
  NOT_EQUAL: 2,
  LESS: 2,
  LESS_EQUAL: 2,
  GREATER: 2,
  GREATER_EQUAL: 2,
  FILL: 3,
  TOPK_V2: 2,
  REVERSE_V2: 3,
  GELU: 2,
  BROADCAST_TO: 3,
  SPACE_TO_BATCH_ND: 2,
  BATCH_TO_SPACE_ND: 2,
  L2_NORMALIZATION: 2,
  DEQUANTIZE: 2,
  FLOOR_DIV: 3,
  RSQRT: 2,
  EXP: 2,
  LOG: 2,
  SQUARED_DIFFERENCE: 2,
};

/** First version of an operator with weights of int4. */
const int4Version: Readonly<Partial<Record<OperatorType, number>>> = { CONV_2D: 7, DEPTHWISE_CONV_2D: 7, FULLY_CONNECTED: 10, GATHER: 7 };

/** First version of an operator with int16 codes, where that is not the one with int8. */
const int16Version: Readonly<Partial<Record<OperatorType, number>>> = {
  CONV_2D: 4,
  DEPTHWISE_CONV_2D: 5,
  FULLY_CONNECTED: 7,
  TRANSPOSE_CONV: 3,
  BATCH_MATMUL: 3,
  MUL: 4,
  AVERAGE_POOL_2D: 3,
  MAX_POOL_2D: 3,
  MEAN: 3,
  REDUCE_MAX: 3,
  REDUCE_MIN: 3,
  SOFTMAX: 3,
  LOGISTIC: 3,
  TANH: 3,
  RELU: 3,
  RELU6: 3,
  LEAKY_RELU: 2,
  CONCATENATION: 3,
  SPLIT: 4,
  SLICE: 4,
  PACK: 3,
  UNPACK: 4,
  PAD: 3,
  PADV2: 3,
  MIRROR_PAD: 3,
  TRANSPOSE: 5,
  GATHER: 4,
  GATHER_ND: 3,
  SPACE_TO_BATCH_ND: 4,
  BATCH_TO_SPACE_ND: 4,
  RESIZE_BILINEAR: 4,
  RESIZE_NEAREST_NEIGHBOR: 4,
  MAXIMUM: 4,
  MINIMUM: 4,
  EQUAL: 5,
  NOT_EQUAL: 4,
  LESS: 3,
  GREATER_EQUAL: 3,
  EXP: 2,
  LOG: 2,
  RSQRT: 3,
  ABS: 3,
};

/** First version of an operator with the option `quantizedBiasType`. */
const biasTypeVersion: Readonly<Partial<Record<OperatorType, number>>> = { CONV_2D: 8, FULLY_CONNECTED: 11, TRANSPOSE_CONV: 5 };

/** The version to write: the node's own, or the minimum for its dtypes, ranks and options if that is higher. */
export function operatorVersion(node: Node): number {
  const values = [...node.inputs, ...node.outputs];
  const int8 = values.some((value) => value?.dtype === 'int8') ? (int8Version[node.type] ?? 1) : 1;
  const int16 = node.inputs.some((value) => value?.dtype === 'int16') ? wideVersion(node) : 1;
  const int4 = node.inputs.some((value) => value?.storedBits) ? (int4Version[node.type] ?? 1) : 1;
  return Math.max(node.version, int8, int4, int16, optionVersion(node), rankVersion(node));
}

/** The minimum for int16 codes, and for the option that says what their sums are. */
function wideVersion({ type, attributes }: Node): number {
  const hasBiasType = 'quantizedBiasType' in attributes && attributes.quantizedBiasType !== undefined;
  return (hasBiasType ? biasTypeVersion[type] : undefined) ?? int16Version[type] ?? 1;
}

/** The minimum for options, missing operands and dtypes other than int8. */
function optionVersion(node: Node): number {
  const [first, second] = node.inputs;
  switch (node.type) {
    case 'CONV_2D':
      return hybrid(first, second) ? 5 : 1;
    case 'DEPTHWISE_CONV_2D':
      if (hybrid(first, second)) return 6;
      return node.attributes.dilationH > 1 || node.attributes.dilationW > 1 ? 2 : 1;
    case 'FULLY_CONNECTED':
      if (!node.inputs[2]) return 6;
      return node.attributes.keepNumDims ? 5 : hybrid(first, second) ? 3 : 1;
    case 'TRANSPOSE_CONV':
      if (node.attributes.activation !== 'NONE') return 4;
      return node.inputs[3] ? 3 : 1;
    case 'MUL':
      return mulMultiplier(node) >= 1 ? 3 : 1;
    case 'RELU':
    case 'UNPACK':
      return first?.dtype === 'uint8' ? 2 : 1;
    case 'RESIZE_BILINEAR':
      return node.attributes.halfPixelCenters ? 3 : 1;
    case 'RESIZE_NEAREST_NEIGHBOR':
      return node.attributes.halfPixelCenters || node.attributes.alignCorners ? 3 : 1;
    case 'STRIDED_SLICE':
      if (node.attributes.offset) return 8;
      return node.attributes.ellipsisMask !== 0 || node.attributes.newAxisMask !== 0 ? 6 : 1;
    case 'QUANTIZE':
      if (perChannel(node.outputs[0])) return 3;
      return node.outputs[0]?.dtype === 'int16' ? 2 : 1;
    case 'DEQUANTIZE':
      if (first?.dtype === 'int8' && perChannel(first)) return 5;
      return first?.dtype === 'float16' || first?.dtype === 'int16' ? 3 : 1;
    case 'CAST':
      return first?.dtype === 'float16' || node.outputs[0]?.dtype === 'float16' ? 5 : 1;
    case 'SPLIT':
      return second?.dtype === 'int32' ? 3 : 1;
    case 'ADD':
    case 'SUB':
      if (first?.dtype === 'int16' && node.attributes.potScaleInt16 === false) return node.type === 'ADD' ? 3 : 5;
      return first?.dtype === 'int64' ? 4 : 1;
    case 'WHERE':
      return first?.dtype === 'bool' ? 1 : 2;
    case 'REVERSE_V2':
      return first?.dtype === 'bool' ? 2 : 1;
    case 'GELU':
      return first?.dtype === 'uint8' ? 2 : 1;
    case 'FILL':
      return second?.dtype === 'int16' ? 3 : second?.dtype === 'bool' ? 2 : 1;
    case 'RANGE':
      return first?.dtype === 'int64' ? 2 : 1;
    case 'BROADCAST_TO':
      return first?.dtype === 'int16' ? 3 : 2;
    case 'TOPK_V2':
      return first?.dtype === 'int16' ? 3 : 1;
    case 'SPACE_TO_BATCH_ND':
    case 'BATCH_TO_SPACE_ND':
      return first?.shape.length === 4 ? 1 : 3;
    case 'SIGN':
      return first?.dtype === 'int32' ? 2 : 1;
    case 'FLOOR_DIV':
      return first?.dtype === 'float32' ? 2 : 1;
    default:
      return 1;
  }
}

/** The minimum for more than 4 dimensions. */
function rankVersion(node: Node): number {
  const rank = node.inputs.reduce((max, value) => Math.max(max, value?.shape.length ?? 0), 0);
  if (rank <= 4) return 1;
  switch (node.type) {
    case 'SUB':
    case 'MAXIMUM':
    case 'MINIMUM':
    case 'SELECT':
      return 3;
    case 'DIV':
      return 2;
    case 'SLICE':
      return 5;
    case 'PAD':
    case 'PADV2':
    case 'STRIDED_SLICE':
      return 4;
    case 'TRANSPOSE':
      return rank > 5 ? 6 : 4;
    default:
      return 1;
  }
}

function hybrid(input: Value | undefined, weights: Value | undefined): boolean {
  return input?.dtype === 'float32' && (weights?.dtype === 'int8' || weights?.dtype === 'uint8');
}

function perChannel(value: Value | undefined): boolean {
  return (value?.quantization?.scale.length ?? 0) > 1;
}

/** Real multiplier of a quantized MUL; 0 where an operand is not quantized. */
function mulMultiplier(node: Node<'MUL'>): number {
  const scale = (value: Value | undefined) => value?.quantization?.scale[0] ?? 0;
  const output = scale(node.outputs[0]);
  return output > 0 ? (scale(node.inputs[0]) * scale(node.inputs[1])) / output : 0;
}
