// Owns bias correction: what quantization shifts the mean of a layer's outputs by is taken off its bias.
import { scaleOf, type Value, type WeightedNode, weightedValues } from 'zeropoint/graph';
import type { Layer } from '../build/build';
import { layerReals, storeBias, type WeightCodes } from '../build/weights';
import { meanOfLayer } from '../run-node';

/** Real weights that codes stand for; `axis` runs along the channels. */
export function decodeWeights({ data, scale, zeroPoint }: WeightCodes, shape: readonly number[], axis: number): Float32Array {
  const stride = shape.slice(axis + 1).reduce((product, n) => product * n, 1);
  const channels = shape[axis];
  const reals = new Float32Array(data.length);
  for (let i = 0; i < reals.length; i++) {
    const c = scale.length === 1 ? 0 : Math.floor(i / stride) % channels;
    reals[i] = scale[c] * (data[i] - zeroPoint[c]);
  }
  return reals;
}

/**
 * Rewrites the bias of a quantized layer so that the means of its accumulators per channel are those of the float layer. Layers are
 * linear, so means of inputs give means of outputs: `floatMean` and `quantizedMean` are the layer's input, averaged over the samples
 * element by element, in the float network and in the quantized one up to here (Nagel et al., "Data-Free Quantization", 2019, with
 * measured instead of derived means).
 */
export function correctBias(layer: Layer, codes: WeightCodes, floatMean: Float32Array, quantizedMean: Float32Array): void {
  const { float, node } = layer;
  const { bias } = weightedValues(node);
  if (!bias) return;
  const { weights, bias: reals, channels, axis } = layerReals(float);
  const expected = meanOfLayer(float, floatMean, weights, channels);
  const decoded = decodeWeights(codes, weightedValues(float).weights.shape, axis);
  const actual = meanOfLayer(float, quantizedMean, decoded, channels);
  const corrected = Float32Array.from(reals, (entry, c) => entry + expected[c] - actual[c]);
  rewriteBias(node, bias, corrected, codes);
}

function rewriteBias(node: WeightedNode, bias: Value, reals: Float32Array, codes: WeightCodes): void {
  storeBias(bias, reals, scaleOf(weightedValues(node).input), codes.scale);
}
