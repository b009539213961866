// Owns the multipliers from an accumulator of products to output codes, one per output channel, of everything with weights.
import { type QuantizedMultiplier, quantizeMultiplier } from './multiplier';

/** Entry c takes the accumulator of output channel c to output codes. */
export interface ChannelMultipliers {
  readonly multiplier: Int32Array;
  readonly shift: Int32Array;
}

function perChannel(count: number, quantized: (channel: number) => QuantizedMultiplier): ChannelMultipliers {
  const multiplier = new Int32Array(count);
  const shift = new Int32Array(count);
  for (let c = 0; c < count; c++) {
    const entry = quantized(c);
    multiplier[c] = entry.multiplier;
    shift[c] = entry.shift;
  }
  return { multiplier, shift };
}

function repeated(count: number, entry: QuantizedMultiplier): ChannelMultipliers {
  return perChannel(count, () => entry);
}

/** The legacy ratio: TFLite's `GetQuantizedConvolutionMultipler` (kernel_util.cc) multiplies in float32, then divides in double. */
function perTensorRatio(inputScale: number, filterScale: number, outputScale: number): number {
  return Math.fround(inputScale * filterScale) / outputScale;
}

/**
 * Multipliers of CONV_2D, DEPTHWISE_CONV_2D and TRANSPOSE_CONV, after `PopulateConvolutionQuantizationParams`
 * (tflite/kernels/kernel_util.cc). `filterScales` has one entry or one per output channel. int8 works in double throughout.
 */
export function convolutionMultipliers(
  inputScale: number,
  filterScales: readonly number[],
  outputScale: number,
  outputChannels: number,
  inputDtype: 'int8' | 'uint8',
): ChannelMultipliers {
  if (inputDtype === 'uint8') {
    return repeated(outputChannels, quantizeMultiplier(perTensorRatio(inputScale, filterScales[0], outputScale)));
  }
  if (filterScales.length === 1) return repeated(outputChannels, quantizeMultiplier((inputScale * filterScales[0]) / outputScale));
  return perChannel(outputChannels, (c) => quantizeMultiplier((inputScale * filterScales[c]) / outputScale));
}

/**
 * Multipliers of FULLY_CONNECTED in fixed point (tflite/kernels/fully_connected.cc): with one weight scale the product is
 * float32 for int8 and uint8 alike; per channel everything is double.
 */
export function fullyConnectedMultipliers(
  inputScale: number,
  weightScales: readonly number[],
  outputScale: number,
  outputChannels: number,
): ChannelMultipliers {
  if (weightScales.length === 1) {
    return repeated(outputChannels, quantizeMultiplier(perTensorRatio(inputScale, weightScales[0], outputScale)));
  }
  return perChannel(outputChannels, (c) => quantizeMultiplier((inputScale * weightScales[c]) / outputScale));
}
