// Owns rounding a layer's weights in sequence, each compensating for the rounding errors of those before it.
import { roundOutputs } from '../../kernels/kernels';
import type { WeightCodes } from '../build/weights';
import type { InputCovariance } from './input-covariance';

/** Where the weights of one output lie: at offset + k * stride for column k of the inputs' matrix. */
export interface WeightSlice {
  /** The output's channel. */
  readonly output: number;
  readonly offset: number;
  readonly stride: number;
}

/**
 * Writes codes of the weights w of the outputs `slices` into `data`. For inputs of covariance H the variance of an output's error is (w - q)
 * H (w - q)ᵀ, where q are the real weights of the codes. With H = Uᵀ U it is |U (w - q)ᵀ|², the squared distance between U wᵀ and a point of
 * the lattice of all U qᵀ, which Babai's nearest plane algorithm minimizes approximately: from the last column to the first, weight j is
 * rounded after adding the sum over k > j of U[j, k] e[k] / U[j, j], where e[k] = w[k] - q[k] is the error of a weight rounded before. GPTQ
 * (Frantar et al., 2023) has the same rule. H leaves means out: bias correction removes the error's mean.
 */
export function roundMatrix(
  weights: Float32Array,
  { size, order, upper }: InputCovariance,
  { scale, zeroPoint, min, max }: WeightCodes,
  slices: readonly WeightSlice[],
  data: Int8Array | Uint8Array,
): void {
  const ordered = new Float32Array(slices.length * size);
  const parameters = new Float64Array(2 * slices.length);
  for (const [row, { output, offset, stride }] of slices.entries()) {
    const c = scale.length === 1 ? 0 : output;
    parameters.set([scale[c], zeroPoint[c]], 2 * row);
    for (let j = 0; j < size; j++) ordered[row * size + j] = weights[offset + order[j] * stride];
  }
  const codes = roundOutputs(upper, size, ordered, { parameters, min, max });
  for (const [row, { offset, stride }] of slices.entries()) {
    for (let j = 0; j < size; j++) data[offset + order[j] * stride] = codes[row * size + j];
  }
}
