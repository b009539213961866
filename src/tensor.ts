// Owns what users see of tensors: descriptions, live data, and the way between codes and real numbers.
import { ModelError } from './errors';
import { allocate, type DType, type TensorData, type TypedArrays, type Value } from './graph/graph';
import { type CodeType, codeRange, quantizedBound } from './quant/activation-range';

export interface TensorInfo {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Per tensor: real = scale * (code - zeroPoint). Absent on tensors that are not quantized; the first channel's when per channel. */
  readonly scale?: number;
  readonly zeroPoint?: number;
}

interface TensorOf<D extends DType> extends TensorInfo {
  readonly dtype: D;
  readonly data: TypedArrays[D];
}

/**
 * A model's input or output. `data` is a live view into the model's memory: no copies, valid until the model is disposed. A union over
 * dtypes: a comparison of `dtype` tells TypeScript the type of `data`. `Tensor<'uint8'>` is one member.
 */
export type Tensor<D extends DType = DType> = { [K in D]: TensorOf<K> }[D];

export function tensorInfo({ name, shape, dtype, quantization }: Value): TensorInfo {
  if (!quantization) return { name, shape, dtype };
  return { name, shape, dtype, scale: quantization.scale[0], zeroPoint: quantization.zeroPoint[0] };
}

/**
 * Real numbers of a tensor's elements: float32(scale * (code - zeroPoint)) for quantized ones, the elements themselves otherwise.
 * `data`: other elements than the tensor's own, as those that `Model.trace` shows.
 * @throws ModelError `bad-argument` where there are no elements
 */
export function dequantize(tensor: TensorInfo & { readonly data?: TensorData }, data = tensor?.data): Float32Array {
  if (!ArrayBuffer.isView(data))
    throw new ModelError('bad-argument', 'dequantize takes a tensor of a model, or a description and a typed array');
  const { scale, zeroPoint = 0 } = tensor;
  const real = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) real[i] = scale === undefined ? Number(data[i]) : scale * (Number(data[i]) - zeroPoint);
  return real;
}

/**
 * Elements of a tensor that stand for real numbers: code = clamp(zeroPoint + round(float32(real / scale)), lowest, highest code), halves
 * rounded away from zero (AffineQuantize, tflite/kernels/internal/reference/quantize.h); NaN gives code 0. A tensor without a scale takes the
 * numbers as they are (int64: bigint).
 */
export function quantize({ dtype, scale, zeroPoint = 0 }: TensorInfo, real: ArrayLike<number | bigint>): TensorData {
  const data = allocate(dtype, real.length);
  if (scale === undefined) (data as Float32Array).set(real as ArrayLike<number>);
  else {
    const { min, max } = codeRange(dtype as CodeType);
    for (let i = 0; i < data.length; i++) data[i] = Math.min(max, Math.max(min, quantizedBound(Number(real[i]), scale, zeroPoint)));
  }
  return data;
}
