// Owns the standard deviations of random weights, with which activations keep their size from layer to layer.

/** Inputs are pixels / 128 - 1, of mean square 1/3; with this factor the first layer's outputs fill the range of ReLU6. */
export const firstLayerGain = 3;
/** Of the logits, large enough that softmax gives unequal probabilities. */
export const logitGain = 3;

/** Keeps the mean square of activations through ReLU: He et al., "Delving Deep into Rectifiers" (arXiv:1502.01852). */
export function heDeviation(fanIn: number): number {
  return Math.sqrt(2 / fanIn);
}

/**
 * Mean number of taps of a filter with `size` of them that lie inside a row of `length` elements, under SAME padding: the fan-in of the
 * outputs. In an image of 1 x 1 all taps but one multiply padding.
 */
export function tapsInside(length: number, stride: number, size = 3): number {
  const outputs = Math.ceil(length / stride);
  const before = Math.floor(Math.max((outputs - 1) * stride + size - length, 0) / 2);
  let taps = 0;
  for (let output = 0; output < outputs; output++) {
    const first = output * stride - before;
    taps += Math.min(first + size, length) - Math.max(first, 0);
  }
  return taps / outputs;
}
