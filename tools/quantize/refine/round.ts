// Owns rounding a layer's weights in sequence, each compensating for the rounding errors of those before it.
import { nearestCode, type WeightCodes } from '../build/weights';
import type { InputCovariance } from './input-covariance';
import { dot } from './linear-algebra';

/** Where the weights of one output lie: at offset + k * stride for column k of the inputs' matrix. */
export interface WeightSlice {
  readonly offset: number;
  readonly stride: number;
}

/**
 * Writes codes of the weights w of one output, `channel`, into `data`. For inputs of covariance H the variance of the output's error is (w
 * - q) H (w - q)ᵀ, where q are the real weights of the codes. With H = Uᵀ U it is |U (w - q)ᵀ|², the squared distance between U wᵀ and a
 * point of the lattice of all U qᵀ, which Babai's nearest plane algorithm minimizes approximately: from the last column to the first,
 * weight j is rounded after adding the sum over k > j of U[j, k] e[k] / U[j, j], where e[k] = w[k] - q[k] is the error of a weight rounded
 * before. GPTQ (Frantar et al., 2023) has the same rule. H leaves means out: bias correction removes the error's mean.
 */
export function roundOutput(
  weights: Float32Array,
  { size, order, upper }: InputCovariance,
  codes: WeightCodes,
  channel: number,
  { offset, stride }: WeightSlice,
  data: Int8Array | Uint8Array,
): void {
  const c = codes.scale.length === 1 ? 0 : channel;
  const [scale, zeroPoint] = [codes.scale[c], codes.zeroPoint[c]];
  const errors = new Float64Array(size);
  for (let j = size - 1; j >= 0; j--) {
    const i = offset + order[j] * stride;
    const carried = dot(upper, j * size + j + 1, errors, j + 1, size - j - 1) / upper[j * size + j];
    const code = nearestCode(weights[i] + carried, codes, channel);
    data[i] = code;
    errors[j] = weights[i] - scale * (code - zeroPoint);
  }
}
