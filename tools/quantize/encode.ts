// Owns real numbers to the elements of a value of the quantized graph.
import type { TensorData, Value } from '../../src/graph/graph';
import { codeRange, quantizedBound } from '../../src/quant/activation-range';
import { tensorParams } from '../../src/quant/params';

/** Real elements as `value` takes them: themselves where it stays float, codes otherwise (tflite/kernels/internal/reference/quantize.h). */
export function encode(value: Value, data: TensorData): TensorData {
  if (value.dtype !== 'int8' && value.dtype !== 'uint8') return data;
  const { scale, zeroPoint } = tensorParams(value);
  const { min, max } = codeRange(value.dtype);
  const code = (real: number) => Math.min(max, Math.max(min, quantizedBound(real, scale, zeroPoint)));
  return value.dtype === 'int8' ? Int8Array.from(data as Float32Array, code) : Uint8Array.from(data as Float32Array, code);
}
