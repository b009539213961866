// Owns the step from real numbers to a tensor's own elements, as QUANTIZE does it.
import { ModelError, type Tensor } from 'zeropoint';
import { codeRange, quantizedBound } from 'zeropoint/graph';
import type { TensorData } from 'zeropoint/tflite';

/**
 * Fills `tensor` from real numbers, or copies them where it is not quantized. Formula: AffineQuantize,
 * `tflite/kernels/internal/reference/quantize.h`.
 * @throws ModelError `bad-shape` where the numbers of elements differ
 */
export function fillFromReal(tensor: Tensor, real: TensorData): void {
  const { data, dtype, scale, zeroPoint = 0 } = tensor;
  if (data.length !== real.length) {
    throw new ModelError(
      'bad-shape',
      `takes ${data.length} elements, the float network has ${real.length}; compare a network with its own`,
      {
        where: `quantized input '${tensor.name}'`,
      },
    );
  }
  if ((dtype !== 'int8' && dtype !== 'uint8') || scale === undefined) {
    (data as Float32Array).set(real as Float32Array);
    return;
  }
  const { min, max } = codeRange(dtype);
  for (let i = 0; i < data.length; i++) {
    data[i] = Math.min(max, Math.max(min, quantizedBound(Number(real[i]), scale, zeroPoint)));
  }
}
