// Owns what layers with weights do before and after their sums: subtracting zero points; requantizing, or clamping floats.
import type { Activation, TensorData } from '../graph/graph';
import { layerMultipliers, type WeightedNode, weightedInputs, weightedValues, weightZeroPoint } from '../graph/weighted';
import { activationRange, type CodeRange, plainActivationRange } from '../quant/activation-range';
import type { ChannelMultipliers } from '../quant/multiplier';
import { tensorParams } from '../quant/params';
import { multiplyByQuantizedMultiplier } from '../quant/requantize';
import type { Codes, Inputs } from './kernel';

/** Codes minus their zero point, in [-255, 255], so that real zero is 0. */
function centre(codes: TensorData, zeroPoint: number): Int16Array {
  return Int16Array.from(codes as Codes, (code) => code - zeroPoint);
}

/** From int32 accumulators to codes. */
interface Requantization extends ChannelMultipliers {
  readonly zeroPoint: number;
  readonly range: CodeRange;
}

/** The operands of an 8-bit node with weights. */
interface CodeOperands {
  readonly input: Int16Array;
  readonly weights: Int16Array;
  readonly bias: Int32Array;
  readonly requantization: Requantization;
}

/** `inputs` of a node with weights, zero points removed, and its requantization with the fused activation. */
export function codeOperands(node: WeightedNode, inputs: Inputs): CodeOperands {
  const places = weightedInputs(node.type)!;
  const [output] = node.outputs;
  const { scale, zeroPoint } = tensorParams(output);
  const multipliers = layerMultipliers(node);
  return {
    input: centre(inputs[places.input]!, tensorParams(weightedValues(node).input).zeroPoint),
    weights: centre(inputs[places.weights]!, weightZeroPoint(node)),
    bias: (inputs[places.bias] as Int32Array | undefined) ?? new Int32Array(multipliers.shift.length),
    requantization: {
      ...multipliers,
      zeroPoint,
      range: activationRange(node.attributes.activation, scale, zeroPoint, output.dtype as 'int8' | 'uint8'),
    },
  };
}

/** Writes one pixel: `accumulators` [outputChannels], bias included, to the codes from `output[offset]` on. */
export function writeCodes(accumulators: Int32Array, requantization: Requantization, output: Codes, offset: number): void {
  const { multiplier, shift, zeroPoint, range } = requantization;
  for (let o = 0; o < accumulators.length; o++) {
    const code = multiplyByQuantizedMultiplier(accumulators[o], multiplier[o], shift[o]) + zeroPoint;
    output[offset + o] = Math.min(Math.max(code, range.min), range.max);
  }
}

/** Writes one pixel: sums [outputChannels] plus bias, clamped, to the floats from `output[offset]` on. */
export function writeFloats(
  sums: Float32Array,
  bias: Float32Array | undefined,
  activation: Activation,
  output: Float32Array,
  offset: number,
): void {
  const { min, max } = plainActivationRange(activation, 'float32');
  for (let o = 0; o < sums.length; o++) {
    const sum = bias ? Math.fround(sums[o] + bias[o]) : sums[o];
    output[offset + o] = Math.min(Math.max(sum, min), max);
  }
}
