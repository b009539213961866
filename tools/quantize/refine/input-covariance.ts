// Owns the regularized covariance matrix of a layer's quantized inputs, its Cholesky factor and its inverse.
import { invertUpper } from '../../kernels/kernels';
import { choleskyUpper, multiplyTransposed } from './linear-algebra';

export interface InputCovariance {
  /** Columns of the inputs' matrix, which are the weights of one output. */
  readonly size: number;
  /** Columns by rising variance. */
  readonly order: readonly number[];
  /** U [size, size], upper triangular, with Uᵀ U the covariance of the columns in that order. */
  readonly upper: Float64Array;
}

/**
 * Ridge (Tikhonov) regularization: this share of the mean variance is added to every variance, so that the inverse stays small along
 * directions in which the inputs hardly vary.
 */
const ridge = 0.1;

/**
 * Covariance of `columns` [size, rows], which are centred. Off-diagonal entries are multiplied by rows / (rows + size), linear shrinkage
 * towards the diagonal, since the covariances of few rows are unreliable (after Ledoit and Wolf, 2004, with a simpler weight).
 */
export function inputCovariance(columns: Float32Array, size: number, rows: number): InputCovariance {
  const products = multiplyTransposed(columns, columns, rows);
  const variance = (i: number) => products[i * size + i] / rows;
  const order = Array.from({ length: size }, (_, i) => i).sort((a, b) => variance(a) - variance(b) || a - b);
  const shrinkage = rows / (rows + size);
  const added = ridge * (order.reduce((sum, i) => sum + variance(i), 0) / size) + 1e-20;
  const ordered = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) ordered[i * size + j] = (products[order[i] * size + order[j]] / rows) * (i === j ? 1 : shrinkage);
    ordered[i * size + i] += added;
  }
  return { size, order, upper: choleskyUpper(ordered, size) };
}

/** The inverse covariance [size, size], rows and columns in the order of the inputs' matrix: U⁻¹ (U⁻¹)ᵀ, reordered. */
export function inverseCovariance({ size, order, upper }: InputCovariance): Float32Array {
  const factor = Float32Array.from(invertUpper(upper, size));
  const ordered = multiplyTransposed(factor, factor, size);
  const inverse = new Float32Array(size * size);
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) inverse[order[i] * size + order[j]] = ordered[i * size + j];
  return inverse;
}
