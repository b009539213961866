// Owns which inputs of the operators with weights are data, weights and bias, and the multipliers that follow from their scales.
import { type ChannelMultipliers, convolutionMultipliers, fullyConnectedMultipliers } from '../quant/channel-multipliers';
import { scaleOf } from '../quant/params';
import type { Node, OperatorType, Value } from './graph';

type WeightedType = 'CONV_2D' | 'DEPTHWISE_CONV_2D' | 'TRANSPOSE_CONV' | 'FULLY_CONNECTED';
export type WeightedNode = Node<WeightedType>;

/** Indices of inputs, and the axis of the weights that output channels run along. */
interface WeightedInputs {
  readonly input: number;
  readonly weights: number;
  readonly bias: number;
  readonly channelAxis: number;
}

const standard: WeightedInputs = { input: 0, weights: 1, bias: 2, channelAxis: 0 };

const weighted: Readonly<Partial<Record<OperatorType, WeightedInputs>>> = {
  CONV_2D: standard,
  DEPTHWISE_CONV_2D: { ...standard, channelAxis: 3 },
  // Input 0 is the output's shape.
  TRANSPOSE_CONV: { ...standard, input: 2, bias: 3 },
  FULLY_CONNECTED: standard,
};

/** The inputs of an operator with weights; undefined for other operators. */
export function weightedInputs(type: OperatorType): WeightedInputs | undefined {
  return weighted[type];
}

/** The values of these inputs; only the bias may be absent. */
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
  const hasZeroPoint = dtype === 'uint8' || (node.type === 'FULLY_CONNECTED' && quantization!.scale.length === 1);
  return hasZeroPoint ? quantization!.zeroPoint[0] : 0;
}

/** From the int32 accumulators of a node to its output's codes, per output channel. */
export function layerMultipliers(node: WeightedNode): ChannelMultipliers {
  const { input, weights } = weightedValues(node);
  // From the weights' shape: that of the output may not have been inferred yet.
  const outputs = weights.shape[weighted[node.type]!.channelAxis];
  const operands = [scaleOf(input), weights.quantization!.scale, scaleOf(node.outputs[0]), outputs] as const;
  return node.type === 'FULLY_CONNECTED' ? fullyConnectedMultipliers(...operands) : convolutionMultipliers(...operands, input.dtype);
}
