// Owns rounding weights one after the other, each making up for the errors of those before it.

import { nearestCode, type WeightCodes } from '../build/weights';
import type { InputCovariance } from './input-covariance';
import { dot } from './linear-algebra';

/**
 * Codes of one output's weights. For inputs with covariance H the variance of the output's error is (w - q)ᵀ H (w - q). With H = Uᵀ U
 * this is the distance to a point of a lattice, which Babai's nearest plane method approximates: the weights are rounded in turn, and
 * those that follow make up for the errors so far (Frantar et al., "GPTQ", 2023, is the same rule in other words). Mean errors are left
 * to the bias. `weights` and the codes written into `data` are elements `first + i * stride`; `channel` is the output's.
 */
export function roundOutput(
  weights: Float32Array,
  { size, order, upper }: InputCovariance,
  codes: WeightCodes,
  channel: number,
  { first, stride }: { readonly first: number; readonly stride: number },
  data: Int8Array | Uint8Array,
): void {
  const c = codes.scale.length === 1 ? 0 : channel;
  const [scale, zeroPoint] = [codes.scale[c], codes.zeroPoint[c]];
  const errors = new Float64Array(size);
  for (let j = size - 1; j >= 0; j--) {
    const at = first + order[j] * stride;
    const carried = dot(upper, j * size + j + 1, errors, j + 1, size - j - 1) / upper[j * size + j];
    const code = nearestCode(weights[at] + carried, codes, channel);
    data[at] = code;
    errors[j] = weights[at] - scale * (code - zeroPoint);
  }
}
