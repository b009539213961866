// Owns the ranges of codes and plain numbers under a fused activation.
import type { Activation } from '../graph/graph';
import { roundHalfAwayFromZero } from './multiplier';

/** Quantized element types of activations. */
export type CodeType = 'int8' | 'uint8' | 'int16';

/** Both ends included. */
export interface CodeRange {
  readonly min: number;
  readonly max: number;
}

const ranges: Readonly<Record<CodeType | 'int32', CodeRange>> = {
  int8: { min: -128, max: 127 },
  uint8: { min: 0, max: 255 },
  int16: { min: -32768, max: 32767 },
  int32: { min: -0x80000000, max: 0x7fffffff },
};

/** All codes of a type. */
export function codeRange(dtype: CodeType | 'int32'): CodeRange {
  return ranges[dtype];
}

/** The code of `real`, before clamping: zeroPoint + round(real / scale), with the division in float32. */
export function quantizedBound(real: number, scale: number, zeroPoint: number): number {
  return zeroPoint + roundHalfAwayFromZero(Math.fround(real / scale));
}

/**
 * The codes that `activation` leaves of an output with `scale` and `zeroPoint`, after `CalculateActivationRangeQuantized`
 * (tflite/kernels/kernel_util.cc), which treats TANH and SIGN_BIT as NONE.
 */
export function activationRange(activation: Activation, scale: number, zeroPoint: number, dtype: CodeType): CodeRange {
  const { min, max } = ranges[dtype];
  const code = (real: number) => quantizedBound(real, scale, zeroPoint);
  switch (activation) {
    case 'RELU':
      return { min: Math.max(min, code(0)), max };
    case 'RELU6':
      return { min: Math.max(min, code(0)), max: Math.min(max, code(6)) };
    case 'RELU_N1_TO_1':
      return { min: Math.max(min, code(-1)), max: Math.min(max, code(1)) };
    default:
      return { min, max };
  }
}

const floatMax = 3.4028234663852886e38;
const int32Max = 0x7fffffff;

/** The range of `activation` in a float32 or int32 output that is not quantized: `CalculateActivationRange` (tflite/kernels/kernel_util.h). */
export function plainActivationRange(activation: Activation, dtype: 'float32' | 'int32'): CodeRange {
  const max = dtype === 'float32' ? floatMax : int32Max;
  switch (activation) {
    case 'RELU':
      return { min: 0, max };
    case 'RELU6':
      return { min: 0, max: 6 };
    case 'RELU_N1_TO_1':
      return { min: -1, max: 1 };
    default:
      return { min: dtype === 'float32' ? -max : -max - 1, max };
  }
}
