// Owns products of float32 vectors with float32 or int8 weights as TFLite's recurrent layers compute them, and their activations.
import type { Activation, TensorData, Value } from '../graph/graph';
import { roundHalfAwayFromZero } from '../quant/multiplier';

const { fround } = Math;

/** Rows x columns weights, float32 or int8 codes with one scale. */
export interface Weights {
  readonly data: Float32Array | Int8Array;
  readonly columns: number;
  /** Of int8 codes. */
  readonly scale: number;
}

export function weightsOf(value: Value, data: TensorData): Weights {
  return { data: data as Float32Array | Int8Array, columns: value.shape.at(-1)!, scale: value.quantization?.scale[0] ?? 1 };
}

/** A vector that weights are multiplied with: as it is, and as int8 codes. */
export interface Vector {
  readonly floats: Float32Array;
  /** Undefined for weights of float32. */
  readonly quantized?: { readonly codes: Int8Array; readonly scale: number; readonly zeroPoint: number };
}

/** A vector for int8 weights, quantized as `BatchQuantizeFloats` does (tflite/kernels/internal/tensor_utils.h), else for float32 ones. */
export function vectorFor({ data }: Weights, floats: Float32Array, isAsymmetric: boolean): Vector {
  if (data instanceof Float32Array) return { floats };
  return { floats, quantized: isAsymmetric ? asymmetric(floats) : symmetric(floats) };
}

/** `PortableSymmetricQuantizeFloats` (tflite/kernels/internal/reference/portable_tensor_utils.cc): the largest magnitude is 127. */
function symmetric(floats: Float32Array): Vector['quantized'] {
  const codes = new Int8Array(floats.length);
  let range = 0;
  for (const value of floats) range = Math.max(range, Math.abs(value));
  if (!(range > 0)) return { codes, scale: 1, zeroPoint: 0 };
  const inverse = fround(127 / range);
  for (let i = 0; i < codes.length; i++) {
    codes[i] = Math.min(127, Math.max(-127, roundHalfAwayFromZero(fround(floats[i] * inverse))));
  }
  return { codes, scale: fround(range / 127), zeroPoint: 0 };
}

/** `PortableAsymmetricQuantizeFloats` (same file): 0 and all elements lie in the range of int8, and 0 is a code. */
function asymmetric(floats: Float32Array): Vector['quantized'] {
  const codes = new Int8Array(floats.length);
  let [min, max] = [0, 0];
  for (const value of floats) {
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  if (!(max > min)) return { codes, scale: 1, zeroPoint: 0 };
  const step = (max - min) / 255;
  const [fromMin, fromMax] = [-128 - min / step, 127 - max / step];
  const nearest = 128 + Math.abs(min / step) < 127 + Math.abs(max / step) ? fromMin : fromMax;
  const zeroPoint = Math.min(127, Math.max(-128, roundHalfAwayFromZero(nearest)));
  const scale = fround(step);
  const inverse = fround(1 / scale);
  for (let i = 0; i < codes.length; i++) {
    codes[i] = Math.min(127, Math.max(-128, roundHalfAwayFromZero(fround(zeroPoint + fround(floats[i] * inverse)))));
  }
  return { codes, scale, zeroPoint };
}

/**
 * Adds to sums[r] the product of row r and `vector` (`PortableMatrixBatchVectorMultiplyAccumulate`, same file): float32 products in the
 * order of columns; of codes an exact int32, times both scales.
 */
export function addProducts({ data, columns, scale }: Weights, { floats, quantized }: Vector, sums: Float32Array): void {
  const factor = quantized ? fround(quantized.scale * scale) : 1;
  for (let row = 0, at = 0; row < sums.length; row++, at += columns) {
    let sum = 0;
    if (quantized) {
      const { codes, zeroPoint } = quantized;
      for (let i = 0; i < columns; i++) sum += data[at + i] * (codes[i] - zeroPoint);
    } else for (let i = 0; i < columns; i++) sum = fround(sum + fround(data[at + i] * floats[i]));
    sums[row] += quantized ? fround(fround(sum) * factor) : sum;
  }
}

/** `1.0f / (1.0f + std::exp(-x))`, in float32 steps. */
export function logistic(x: number): number {
  return fround(1 / fround(1 + fround(Math.exp(-x))));
}

/** By the activations that `ApplyActivationToVector` has (tflite/kernels/internal/tensor_utils.h). */
export const activations: Readonly<Partial<Record<Activation, (x: number) => number>>> = {
  NONE: (x) => x,
  RELU: (x) => Math.max(0, x),
  RELU_N1_TO_1: (x) => Math.max(-1, Math.min(1, x)),
  RELU6: (x) => Math.max(0, Math.min(6, x)),
  TANH: Math.tanh,
};
