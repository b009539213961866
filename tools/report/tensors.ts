// Owns how tensors are written: type, shape, quantization; and their codes as real numbers.

import type { TensorData } from '../../src/graph/graph';
import type { TensorInfo } from '../../src/index';
import { formatSignificant } from './numbers';

/** [1, 224, 224, 3] -> 1x224x224x3; a scalar is `scalar`. */
export function formatShape(shape: readonly number[]): string {
  return shape.length === 0 ? 'scalar' : shape.join('x');
}

/** `scale 0.007813, zero point 128`, or nothing where the tensor is not quantized. */
export function formatQuantization({ scale, zeroPoint }: Pick<TensorInfo, 'scale' | 'zeroPoint'>): string {
  return scale === undefined ? '' : `scale ${formatSignificant(scale)}, zero point ${zeroPoint ?? 0}`;
}

/** real = scale * (code - zeroPoint) where the tensor is quantized, else the elements as numbers. */
export function realValues({ scale, zeroPoint = 0 }: Pick<TensorInfo, 'scale' | 'zeroPoint'>, data: TensorData): Float64Array {
  const toReal = scale === undefined ? Number : (code: number | bigint) => scale * (Number(code) - zeroPoint);
  return Float64Array.from(data as ArrayLike<number>, toReal);
}
