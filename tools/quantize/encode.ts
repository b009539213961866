// Owns real numbers to the elements of a value of the quantized graph.
import { allocate, codeRange, quantizedBound, type TensorData, tensorParams, type Value } from 'zeropoint/graph';

/** Real elements as `value` takes them: themselves where it stays float, codes otherwise (tflite/kernels/internal/reference/quantize.h). */
export function encode(value: Value, data: TensorData): TensorData {
  if (value.dtype !== 'int8' && value.dtype !== 'uint8') return data;
  const { scale, zeroPoint } = tensorParams(value);
  const { min, max } = codeRange(value.dtype);
  const codes = allocate(value.dtype, data.length);
  for (let i = 0; i < codes.length; i++) codes[i] = Math.min(max, Math.max(min, quantizedBound(Number(data[i]), scale, zeroPoint)));
  return codes;
}
