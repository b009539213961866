// Owns what users see of tensors: descriptions, live data, and the way between codes and real numbers.
import type { DType, TensorData, Value } from './graph/graph';

export interface TensorInfo {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Per tensor: real = scale * (code - zeroPoint). Absent on tensors that are not quantized; the first channel's when per channel. */
  readonly scale?: number;
  readonly zeroPoint?: number;
}

/** A model's input or output. `data` is a live view into the model's memory: no copies, valid until the model is disposed. */
export interface Tensor extends TensorInfo {
  readonly data: TensorData;
}

export function tensorInfo({ name, shape, dtype, quantization }: Value): TensorInfo {
  if (!quantization) return { name, shape, dtype };
  return { name, shape, dtype, scale: quantization.scale[0], zeroPoint: quantization.zeroPoint[0] };
}

/** Real numbers of a tensor's elements: float32(scale * (code - zeroPoint)) for quantized ones, the elements themselves otherwise. */
export function dequantize({ scale, zeroPoint = 0 }: TensorInfo, data: TensorData): Float32Array {
  const real = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) real[i] = scale === undefined ? Number(data[i]) : scale * (Number(data[i]) - zeroPoint);
  return real;
}
