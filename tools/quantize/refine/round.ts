// Owns rounding a layer's weights in sequence, each compensating for the rounding errors of those before it.
import type { InputMatrices } from '../../kernels/input-matrices';
import type { WeightCodes } from '../build/weights';
import type { LayerRows } from './layer-inputs';

/**
 * Codes of a layer's weights w. For inputs of covariance H the variance of an output's error is (w - q)
 * H (w - q)ᵀ, where q are the real weights of the codes. With H = Uᵀ U it is |U (w - q)ᵀ|², the squared distance between U wᵀ and a point of
 * the lattice of all U qᵀ, which Babai's nearest plane algorithm minimizes approximately: from the last column to the first, weight j is
 * rounded after adding the sum over k > j of U[j, k] e[k] / U[j, j], where e[k] = w[k] - q[k] is the error of a weight rounded before. GPTQ
 * (Frantar et al., 2023) has the same rule. H leaves means out: bias correction removes the error's mean.
 */
export function roundWeights(
  weights: Float32Array,
  inputs: InputMatrices,
  { matrices, size }: LayerRows,
  { scale, zeroPoint, min, max, data }: WeightCodes,
): WeightCodes['data'] {
  const outputs = weights.length / size;
  const parameters = new Float64Array(2 * outputs);
  for (let output = 0; output < outputs; output++) {
    const c = scale.length === 1 ? 0 : output;
    parameters.set([scale[c], zeroPoint[c]], 2 * output);
  }
  const grid = { parameters, min, max };
  const codes = data.slice();
  if (matrices > 1) {
    codes.set(inputs.roundChannels(weights, grid));
    return codes;
  }
  const order = inputs.order().slice();
  const ordered = new Float32Array(weights.length);
  for (let from = 0; from < ordered.length; from += size) for (let j = 0; j < size; j++) ordered[from + j] = weights[from + order[j]];
  const rounded = inputs.roundOutputs(ordered, grid);
  for (let from = 0; from < ordered.length; from += size) for (let j = 0; j < size; j++) codes[from + order[j]] = rounded[from + j];
  return codes;
}
