// Owns the covariance of a layer's quantized inputs, factored: which errors of weights reach the outputs, and how they add up there.
import { choleskyUpper, invertUpper, multiplyTransposed } from './linear-algebra';

export interface InputCovariance {
  readonly size: number;
  /** Columns by rising variance. */
  readonly order: readonly number[];
  /** Upper triangular factor of the covariance in that order: Uᵀ U. */
  readonly upper: Float64Array;
}

/** Added to every variance as a share of their mean: directions in which inputs hardly vary must not take large changes of weights. */
const ridge = 0.1;

/** Of `columns` [size, rows], centred. */
export function inputCovariance(columns: Float32Array, size: number, rows: number): InputCovariance {
  const products = multiplyTransposed(columns, columns, rows);
  const variance = (i: number) => products[i * size + i] / rows;
  const order = Array.from({ length: size }, (_, i) => i).sort((a, b) => variance(a) - variance(b) || a - b);
  // Few rows know little of how inputs go together: such covariances shrink towards their diagonal.
  const trust = rows / (rows + size);
  const floor = ridge * (order.reduce((sum, i) => sum + variance(i), 0) / size) + 1e-20;
  const ordered = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) ordered[i * size + j] = (products[order[i] * size + order[j]] / rows) * (i === j ? 1 : trust);
    ordered[i * size + i] += floor;
  }
  return { size, order, upper: choleskyUpper(ordered, size) };
}

/** The inverse covariance [size, size] in the columns' own order. */
export function inverseCovariance({ size, order, upper }: InputCovariance): Float32Array {
  const factor = Float32Array.from(invertUpper(upper, size));
  const ordered = multiplyTransposed(factor, factor, size);
  const inverse = new Float32Array(size * size);
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) inverse[order[i] * size + order[j]] = ordered[i * size + j];
  return inverse;
}
