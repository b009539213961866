// Owns the rule per operator of the graph by which it becomes one of codes.
import type { Node, OperatorType, TensorParams, Value } from 'zeropoint/graph';

/**
 * `moves`: gives some of its input's codes, so that it needs no QuantizeLinear after it. `weighted`: has constant weights and bias. `free`:
 * any output parameters. `fixed`: output parameters prescribed by the kernel. `rounds`: computes in the parameters of its input, and rounds
 * to them. `indices`: integer results that depend on the order of codes alone.
 */
export type Rule = 'moves' | 'weighted' | 'free' | 'fixed' | 'rounds' | 'indices';

/** Operators that are not here stay float. */
const rules: Readonly<Partial<Record<OperatorType, Rule>>> = {
  CONV_2D: 'weighted',
  DEPTHWISE_CONV_2D: 'weighted',
  TRANSPOSE_CONV: 'weighted',
  FULLY_CONNECTED: 'weighted',
  BATCH_MATMUL: 'free',
  ADD: 'free',
  SUB: 'free',
  MUL: 'free',
  DIV: 'free',
  SQUARED_DIFFERENCE: 'free',
  MEAN: 'free',
  SUM: 'free',
  RELU: 'free',
  RELU6: 'free',
  RELU_N1_TO_1: 'free',
  RELU_0_TO_1: 'free',
  ABS: 'free',
  ELU: 'free',
  EXP: 'free',
  GELU: 'free',
  HARD_SWISH: 'free',
  LEAKY_RELU: 'free',
  LOG: 'free',
  PRELU: 'free',
  RSQRT: 'free',
  SOFTMAX: 'fixed',
  LOG_SOFTMAX: 'fixed',
  LOGISTIC: 'fixed',
  TANH: 'fixed',
  L2_NORMALIZATION: 'fixed',
  AVERAGE_POOL_2D: 'rounds',
  RESIZE_BILINEAR: 'rounds',
  ARG_MAX: 'indices',
  ARG_MIN: 'indices',
  BATCH_TO_SPACE_ND: 'moves',
  BROADCAST_TO: 'moves',
  CONCATENATION: 'moves',
  DEPTH_TO_SPACE: 'moves',
  EXPAND_DIMS: 'moves',
  GATHER: 'moves',
  GATHER_ND: 'moves',
  MAXIMUM: 'moves',
  MAX_POOL_2D: 'moves',
  MINIMUM: 'moves',
  MIRROR_PAD: 'moves',
  PACK: 'moves',
  PAD: 'moves',
  PADV2: 'moves',
  REDUCE_MAX: 'moves',
  REDUCE_MIN: 'moves',
  RESHAPE: 'moves',
  RESIZE_NEAREST_NEIGHBOR: 'moves',
  REVERSE_V2: 'moves',
  SLICE: 'moves',
  SPACE_TO_BATCH_ND: 'moves',
  SPACE_TO_DEPTH: 'moves',
  SPLIT: 'moves',
  SPLIT_V: 'moves',
  SQUEEZE: 'moves',
  STRIDED_SLICE: 'moves',
  TILE: 'moves',
  TRANSPOSE: 'moves',
  UNPACK: 'moves',
};

export function ruleOf({ type }: Node): Rule | undefined {
  return rules[type];
}

/** int8 parameters of outputs (tflite/kernels/activations.cc, l2norm.cc). */
const fixedParams: Readonly<Partial<Record<OperatorType, TensorParams>>> = {
  SOFTMAX: { scale: 1 / 256, zeroPoint: -128 },
  LOG_SOFTMAX: { scale: 1 / 16, zeroPoint: 127 },
  LOGISTIC: { scale: 1 / 256, zeroPoint: -128 },
  TANH: { scale: 1 / 128, zeroPoint: 0 },
  L2_NORMALIZATION: { scale: 1 / 128, zeroPoint: 0 },
};

export function fixedOutput(type: OperatorType): TensorParams {
  return fixedParams[type]!;
}

/** Operators with a fused activation. */
const fusing: readonly OperatorType[] = ['CONV_2D', 'DEPTHWISE_CONV_2D', 'FULLY_CONNECTED', 'ADD', 'SUB', 'MUL'];
const activations: readonly OperatorType[] = ['RELU', 'RELU6', 'RELU_N1_TO_1'];

/** Whether `clamp` can be the fused activation of `node`. */
export function fuses(node: Node, clamp: Node): boolean {
  return (
    fusing.includes(node.type) && activations.includes(clamp.type) && (node.attributes as { activation: string }).activation === 'NONE'
  );
}

/** The number of a constant with one element. */
function numberOf(value: Value | undefined): number | undefined {
  return value?.data?.length === 1 ? Number(value.data[0]) : undefined;
}

/** Lower and upper bound of an operator that clamps `value`, else undefined. */
export function clampOf({ type, inputs }: Node, value: Value): readonly [number, number] | undefined {
  switch (type) {
    case 'RELU':
      return [0, Number.POSITIVE_INFINITY];
    case 'RELU6':
      return [0, 6];
    case 'RELU_N1_TO_1':
      return [-1, 1];
    case 'RELU_0_TO_1':
      return [0, 1];
    case 'MAXIMUM':
    case 'MINIMUM': {
      const bound = numberOf(inputs.find((input) => input !== value));
      if (bound === undefined) return undefined;
      return type === 'MAXIMUM' ? [bound, Number.POSITIVE_INFINITY] : [Number.NEGATIVE_INFINITY, bound];
    }
    default:
      return undefined;
  }
}
