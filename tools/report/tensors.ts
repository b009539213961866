// Owns the formats of shapes and quantization parameters.
import type { TensorInfo } from 'zeropoint';
import { formatSignificant } from './numbers';

/** [1, 224, 224, 3] -> 1x224x224x3; a scalar is `scalar`. */
export function formatShape(shape: readonly number[]): string {
  return shape.length === 0 ? 'scalar' : shape.join('x');
}

/** `scale 0.007813, zero point 128`; empty for tensors without quantization. */
export function formatQuantization({ scale, zeroPoint }: Pick<TensorInfo, 'scale' | 'zeroPoint'>): string {
  return scale === undefined ? '' : `scale ${formatSignificant(scale)}, zero point ${zeroPoint ?? 0}`;
}
