// Owns bias correction: quantization shifts the mean of a layer's outputs, and the bias takes the shift back.
import { scaleOf, weightedValues } from 'zeropoint/graph';
import type { Layer } from '../build/build';
import { layerReals, storeBias, type WeightCodes } from '../build/weights';
import { meanOfLayer } from './layer-means';

/** Real weights of codes with shape `shape`; `axis` is that of the output channels. */
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
 * Rewrites the bias of a quantized layer: b'[c] = b[c] + mean(W x)[c] - mean(W' x')[c], where W and x are weights and input of the float
 * layer, W' and x' those of the quantized one, and means are over samples and positions of output channel c (Nagel et al., "Data-Free
 * Quantization Through Weight Equalization and Bias Correction", 2019, with measured instead of derived means). W x is linear, so the mean
 * of x gives the mean of W x: `floatMean` and `quantizedMean` are x and x' averaged over the samples, as meanOfLayer takes them.
 */
export function correctBias(
  layer: Layer,
  codes: WeightCodes,
  floatMean: Float32Array | Float64Array,
  quantizedMean: Float32Array | Float64Array,
): void {
  const { float, node } = layer;
  const { bias, input } = weightedValues(node);
  if (!bias) return;
  const { weights, bias: reals, channels, axis } = layerReals(float);
  const expected = meanOfLayer(float, floatMean, weights, channels);
  const decoded = decodeWeights(codes, weightedValues(float).weights.shape, axis);
  const actual = meanOfLayer(float, quantizedMean, decoded, channels);
  const corrected = Float32Array.from(reals, (entry, c) => entry + expected[c] - actual[c]);
  storeBias(bias, corrected, scaleOf(input), codes.scale);
}
