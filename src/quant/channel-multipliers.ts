// Owns the multipliers from an accumulator of products to output codes, one per output channel, of everything with weights.
import type { Value } from '../graph/graph';
import { quantizeMultiplier } from './multiplier';

/** Entry c takes the accumulator of output channel c to output codes. */
export interface ChannelMultipliers {
  readonly multiplier: Int32Array;
  readonly shift: Int32Array;
}

/**
 * `legacy` is the ratio of `GetQuantizedConvolutionMultipler` (tflite/kernels/kernel_util.cc), which multiplies in float32 and then
 * divides in double; otherwise everything is double. `filterScales` has one entry or one per channel.
 */
function multipliers(
  inputScale: number,
  filterScales: readonly number[],
  outputScale: number,
  outputChannels: number,
  legacy: boolean,
): ChannelMultipliers {
  const multiplier = new Int32Array(outputChannels);
  const shift = new Int32Array(outputChannels);
  for (let c = 0; c < outputChannels; c++) {
    const product = inputScale * filterScales[c % filterScales.length];
    const entry = quantizeMultiplier((legacy ? Math.fround(product) : product) / outputScale);
    multiplier[c] = entry.multiplier;
    shift[c] = entry.shift;
  }
  return { multiplier, shift };
}

/**
 * Multipliers of CONV_2D, DEPTHWISE_CONV_2D and TRANSPOSE_CONV, after `PopulateConvolutionQuantizationParams`
 * (tflite/kernels/kernel_util.cc): uint8 is legacy.
 */
export function convolutionMultipliers(
  inputScale: number,
  filterScales: readonly number[],
  outputScale: number,
  outputChannels: number,
  inputDtype: Value['dtype'],
): ChannelMultipliers {
  return multipliers(inputScale, filterScales, outputScale, outputChannels, inputDtype === 'uint8');
}

/** Multipliers of FULLY_CONNECTED in fixed point (tflite/kernels/fully_connected.cc): one weight scale is legacy for int8 too. */
export function fullyConnectedMultipliers(
  inputScale: number,
  weightScales: readonly number[],
  outputScale: number,
  outputChannels: number,
): ChannelMultipliers {
  return multipliers(inputScale, weightScales, outputScale, outputChannels, weightScales.length === 1);
}
