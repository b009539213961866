// Owns what layers with weights do before and after their sums: subtracting zero points; requantizing, or clamping floats.
import type { Activation, TensorData } from '../graph/graph';
import { reject } from '../graph/reject';
import { hasWideSums, layerMultipliers, type WeightedNode, weightedInputs, weightedValues, weightZeroPoint } from '../graph/weighted';
import { activationRange, type CodeRange, type CodeType, plainActivationRange } from '../quant/activation-range';
import type { ChannelMultipliers } from '../quant/multiplier';
import { tensorParams } from '../quant/params';
import { multiplyByQuantizedMultiplier, multiplyByReducedMultiplier } from '../quant/requantize';
import type { Accumulators } from './accumulate';
import type { Codes, Inputs } from './kernel';

/** Codes minus their zero point, 8-bit ones in [-255, 255], so that real zero is 0. */
function centre(codes: TensorData, zeroPoint: number): Int16Array {
  return Int16Array.from(codes as Codes, (code) => code - zeroPoint);
}

/** From accumulators to codes. */
interface Requantization extends ChannelMultipliers {
  readonly zeroPoint: number;
  readonly range: CodeRange;
  readonly multiply: typeof multiplyByQuantizedMultiplier;
}

/** The operands of a quantized node with weights. */
interface CodeOperands {
  readonly input: Int16Array;
  readonly weights: Int16Array;
  /** Of the type of accumulators. */
  readonly bias: Accumulators;
  readonly requantization: Requantization;
}

/** Sums of products are below 2^47, as must be the bias, for MultiplyByQuantizedMultiplier of int64 to have a result. */
const maxWideBias = 2 ** 47;

function accumulators(node: WeightedNode, bias: TensorData | undefined, channels: number): Accumulators {
  if (!hasWideSums(node)) return (bias as Int32Array | undefined) ?? new Int32Array(channels);
  const wide = bias ? Float64Array.from<number | bigint>(bias, Number) : new Float64Array(channels);
  if (wide.some((term) => Math.abs(term) >= maxWideBias)) reject('bad-data', node, 'its bias must be below 2^47 in magnitude');
  return wide;
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
    bias: accumulators(node, inputs[places.bias], multipliers.shift.length),
    requantization: {
      ...multipliers,
      zeroPoint,
      range: activationRange(node.attributes.activation, scale, zeroPoint, output.dtype as CodeType),
      multiply: hasWideSums(node) ? multiplyByReducedMultiplier : multiplyByQuantizedMultiplier,
    },
  };
}

/** Writes one pixel: `accumulators` [outputChannels], bias included, to the codes from `output[offset]` on. */
export function writeCodes(accumulators: Accumulators, requantization: Requantization, output: Codes, offset: number): void {
  const { multiplier, shift, zeroPoint, range, multiply } = requantization;
  for (let o = 0; o < accumulators.length; o++) {
    const code = multiply(accumulators[o], multiplier[o], shift[o]) + zeroPoint;
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
