// Owns the regularization of the covariance of a layer's quantized inputs.
import { InputMatrices } from '../../kernels/input-matrices';
import type { LayerRows } from './layer-inputs';

/**
 * Ridge (Tikhonov) regularization: this share of the mean variance is added to every variance, so that the inverse stays small along
 * directions in which the inputs hardly vary.
 */
const ridge = 0.1;

/** Room for the matrices of a layer; `hasErrors`: and for the errors of its inputs. */
export function inputMatrices({ matrices, size, rows }: LayerRows, hasErrors: boolean): InputMatrices {
  return new InputMatrices(matrices, size, rows, hasErrors);
}

/**
 * Centres the inputs and factorizes their covariances: U, upper triangular, with Uᵀ U the covariance of the columns by rising variance.
 * Off-diagonal entries are multiplied by rows / (rows + size), linear shrinkage towards the diagonal, since the covariances of few rows are
 * unreliable (after Ledoit and Wolf, 2004, with a simpler weight).
 */
export function factorize(inputs: InputMatrices, { rows, size }: LayerRows): void {
  inputs.factorize(rows / (rows + size), ridge);
}
