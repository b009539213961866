// Owns which inputs of the operators with weights are data, weights and bias, and what their quantization amounts to.
import { type ChannelMultipliers, convolutionMultipliers, fullyConnectedMultipliers } from '../quant/channel-multipliers';
import { scaleOf } from '../quant/params';
import type { Node, OperatorType, Value } from './graph';

export type WeightedType = 'CONV_2D' | 'DEPTHWISE_CONV_2D' | 'TRANSPOSE_CONV' | 'FULLY_CONNECTED';
export type WeightedNode = Node<WeightedType>;

/** Input numbers, and the axis of the weights that output channels run along. */
interface WeightedInputs {
  readonly input: number;
  readonly weights: number;
  readonly bias: number;
  readonly channelAxis: number;
}

const usual: WeightedInputs = { input: 0, weights: 1, bias: 2, channelAxis: 0 };

const weighted: Readonly<Partial<Record<OperatorType, WeightedInputs>>> = {
  CONV_2D: usual,
  DEPTHWISE_CONV_2D: { ...usual, channelAxis: 3 },
  // In front is the output's shape.
  TRANSPOSE_CONV: { ...usual, input: 2, bias: 3 },
  FULLY_CONNECTED: usual,
};

/** Undefined for operators without weights. */
export function weightedInputs(type: OperatorType): WeightedInputs | undefined {
  return weighted[type];
}

/** The values behind them; only a bias may be left out. */
export function weightedValues(node: WeightedNode): { input: Value; weights: Value; bias: Value | undefined } {
  const { input, weights, bias } = weighted[node.type]!;
  return { input: node.inputs[input]!, weights: node.inputs[weights]!, bias: node.inputs[bias] };
}

/**
 * The zero point of a node's weights. int8 convolutions, and FULLY_CONNECTED per channel, take it as 0 whatever the file says
 * (`tflite/kernels/internal/reference/integer_ops/conv.h`).
 */
export function weightZeroPoint(node: WeightedNode): number {
  const { dtype, quantization } = weightedValues(node).weights;
  const counts = dtype === 'uint8' || (node.type === 'FULLY_CONNECTED' && quantization!.scale.length === 1);
  return counts ? quantization!.zeroPoint[0] : 0;
}

/** From a node's accumulators to its output's codes. */
export function layerMultipliers(node: WeightedNode): ChannelMultipliers {
  const { input, weights } = weightedValues(node);
  // Counted on the weights, which the file holds: an output's shape may still be a claim.
  const outputs = weights.shape[weighted[node.type]!.channelAxis];
  const operands = [scaleOf(input), weights.quantization!.scale, scaleOf(node.outputs[0]), outputs] as const;
  return node.type === 'FULLY_CONNECTED' ? fullyConnectedMultipliers(...operands) : convolutionMultipliers(...operands, input.dtype);
}
