// Owns what quantization makes of every operator: where the scale and zero point of its output come from.
import type { Node, OperatorType, TensorParams } from 'zeropoint/graph';
import type { SchemeName } from '../scheme';

/**
 * `weighted`: constant weights and bias, output from calibration. `free`: output from calibration. `shared`: all inputs and outputs
 * have one scale and zero point. `fixed`: the output's are given below. `indices`: reads codes, writes none.
 */
export type OutputRule = 'weighted' | 'free' | 'shared' | 'fixed' | 'indices';

/** After TensorFlow Lite's 8-bit quantization specification; operators that are not listed stay float. */
const rules: Readonly<Partial<Record<OperatorType, OutputRule>>> = {
  CONV_2D: 'weighted',
  DEPTHWISE_CONV_2D: 'weighted',
  TRANSPOSE_CONV: 'weighted',
  FULLY_CONNECTED: 'weighted',
  ADD: 'free',
  SUB: 'free',
  MUL: 'free',
  MEAN: 'free',
  SUM: 'free',
  RELU: 'free',
  RELU6: 'free',
  RELU_N1_TO_1: 'free',
  LEAKY_RELU: 'free',
  PRELU: 'free',
  HARD_SWISH: 'free',
  SOFTMAX: 'fixed',
  LOGISTIC: 'fixed',
  TANH: 'fixed',
  L2_NORMALIZATION: 'fixed',
  AVERAGE_POOL_2D: 'shared',
  MAX_POOL_2D: 'shared',
  CONCATENATION: 'shared',
  SPLIT: 'shared',
  SPLIT_V: 'shared',
  SLICE: 'shared',
  STRIDED_SLICE: 'shared',
  PACK: 'shared',
  UNPACK: 'shared',
  PAD: 'shared',
  PADV2: 'shared',
  MIRROR_PAD: 'shared',
  RESHAPE: 'shared',
  SQUEEZE: 'shared',
  EXPAND_DIMS: 'shared',
  TRANSPOSE: 'shared',
  TILE: 'shared',
  GATHER: 'shared',
  GATHER_ND: 'shared',
  RESIZE_BILINEAR: 'shared',
  RESIZE_NEAREST_NEIGHBOR: 'shared',
  SPACE_TO_DEPTH: 'shared',
  DEPTH_TO_SPACE: 'shared',
  MAXIMUM: 'shared',
  MINIMUM: 'shared',
  ARG_MAX: 'indices',
  ARG_MIN: 'indices',
};

const fixedParams: Readonly<Partial<Record<OperatorType, Record<SchemeName, TensorParams>>>> = {
  SOFTMAX: { int8: { scale: 1 / 256, zeroPoint: -128 }, uint8: { scale: 1 / 256, zeroPoint: 0 } },
  LOGISTIC: { int8: { scale: 1 / 256, zeroPoint: -128 }, uint8: { scale: 1 / 256, zeroPoint: 0 } },
  TANH: { int8: { scale: 1 / 128, zeroPoint: 0 }, uint8: { scale: 1 / 128, zeroPoint: 128 } },
  L2_NORMALIZATION: { int8: { scale: 1 / 128, zeroPoint: 0 }, uint8: { scale: 1 / 128, zeroPoint: 128 } },
};

/** Undefined: the node has no 8-bit form, or computes with integers already. */
export function outputRule(node: Node): OutputRule | undefined {
  const touchesReals = [...node.inputs, ...node.outputs].some((value) => value?.dtype === 'float32');
  return touchesReals ? rules[node.type] : undefined;
}

/** Output parameters of a node whose rule is `fixed`. */
export function fixedOutput(type: OperatorType, scheme: SchemeName): TensorParams {
  return fixedParams[type]![scheme];
}
