// Owns the rule per operator by which its output gets its scale and zero point.
import type { Node, OperatorType, TensorParams } from 'zeropoint/graph';
import { sharesQuantization } from '../../model/operators';
import type { CodeType } from './scheme';

/**
 * `weighted`: has constant weights and bias; output parameters from the calibrated range. `free`: output parameters from the calibrated
 * range. `shared`: all inputs and outputs have one scale and zero point. `fixed`: output parameters prescribed by the kernel.
 * `indices`: 8-bit input, integer output.
 */
export type OutputRule = 'weighted' | 'free' | 'shared' | 'fixed' | 'indices';

/** Operators with an 8-bit form (tflite/tools/optimize/operator_property.cc) that do not share parameters; all others stay float. */
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
  RELU_0_TO_1: 'free',
  GELU: 'free',
  LEAKY_RELU: 'free',
  PRELU: 'free',
  HARD_SWISH: 'free',
  SOFTMAX: 'fixed',
  LOG_SOFTMAX: 'fixed',
  LOGISTIC: 'fixed',
  TANH: 'fixed',
  L2_NORMALIZATION: 'fixed',
  ARG_MAX: 'indices',
  ARG_MIN: 'indices',
};

/** Without a form of int16 activations (tensorflow.org/lite/performance/post_training_integer_quant_16x8, type checks of tflite/kernels). */
const without16: ReadonlySet<OperatorType> = new Set<OperatorType>([
  ...(['RELU_N1_TO_1', 'RELU_0_TO_1', 'PRELU', 'HARD_SWISH', 'LOG_SOFTMAX', 'L2_NORMALIZATION', 'ARG_MAX', 'ARG_MIN'] as const),
  ...(['SPACE_TO_DEPTH', 'DEPTH_TO_SPACE'] as const),
]);

const sixteen = { scale: 1 / 32768, zeroPoint: 0 };
/** Output ranges [0, 1), (-16, 0] and [-1, 1) (tflite/kernels/activations.cc, l2norm.cc). */
const fixedParams: Readonly<Partial<Record<OperatorType, Partial<Record<CodeType, TensorParams>>>>> = {
  SOFTMAX: { int8: { scale: 1 / 256, zeroPoint: -128 }, uint8: { scale: 1 / 256, zeroPoint: 0 }, int16: sixteen },
  LOG_SOFTMAX: { int8: { scale: 1 / 16, zeroPoint: 127 }, uint8: { scale: 1 / 16, zeroPoint: 255 } },
  LOGISTIC: { int8: { scale: 1 / 256, zeroPoint: -128 }, uint8: { scale: 1 / 256, zeroPoint: 0 }, int16: sixteen },
  TANH: { int8: { scale: 1 / 128, zeroPoint: 0 }, uint8: { scale: 1 / 128, zeroPoint: 128 }, int16: sixteen },
  L2_NORMALIZATION: { int8: { scale: 1 / 128, zeroPoint: 0 }, uint8: { scale: 1 / 128, zeroPoint: 128 } },
};

/** Undefined: the operator has no form with activations of `dtype`, or no input or output of the node is float32. */
export function outputRule({ type, inputs, outputs }: Node, dtype?: CodeType): OutputRule | undefined {
  if (dtype === 'int16' && without16.has(type)) return undefined;
  if (![...inputs, ...outputs].some((value) => value?.dtype === 'float32')) return undefined;
  return sharesQuantization(type) ? 'shared' : rules[type];
}

/** Output parameters of an operator whose rule is `fixed`; one object per operator and dtype. */
export function fixedOutput(type: OperatorType, dtype: CodeType): TensorParams {
  return fixedParams[type]![dtype]!;
}
