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

/** Output ranges [0, 1), (-16, 0] and [-1, 1) (tflite/kernels/activations.cc, l2norm.cc). */
const fixedParams: Readonly<Partial<Record<OperatorType, Record<CodeType, TensorParams>>>> = {
  SOFTMAX: { int8: { scale: 1 / 256, zeroPoint: -128 }, uint8: { scale: 1 / 256, zeroPoint: 0 } },
  LOG_SOFTMAX: { int8: { scale: 1 / 16, zeroPoint: 127 }, uint8: { scale: 1 / 16, zeroPoint: 255 } },
  LOGISTIC: { int8: { scale: 1 / 256, zeroPoint: -128 }, uint8: { scale: 1 / 256, zeroPoint: 0 } },
  TANH: { int8: { scale: 1 / 128, zeroPoint: 0 }, uint8: { scale: 1 / 128, zeroPoint: 128 } },
  L2_NORMALIZATION: { int8: { scale: 1 / 128, zeroPoint: 0 }, uint8: { scale: 1 / 128, zeroPoint: 128 } },
};

/** Undefined: the operator has no 8-bit form, or no input or output of the node is float32. */
export function outputRule({ type, inputs, outputs }: Node): OutputRule | undefined {
  if (![...inputs, ...outputs].some((value) => value?.dtype === 'float32')) return undefined;
  return sharesQuantization(type) ? 'shared' : rules[type];
}

/** Output parameters of an operator whose rule is `fixed`; one object per operator and dtype. */
export function fixedOutput(type: OperatorType, dtype: CodeType): TensorParams {
  return fixedParams[type]![dtype];
}
