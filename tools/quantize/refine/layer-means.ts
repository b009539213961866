// Owns the means of a layer's outputs: a layer is linear, so that the mean of its input gives them.
import { type WeightedNode, weightedValues } from 'zeropoint/graph';
import { type Window, windowOf } from 'zeropoint/reference';
import { channelCount } from '../../calibrate/statistics';
import { meanByRun } from './run-node';

type Numbers = Float32Array | Float64Array;

/**
 * Mean per output channel, over all positions, of a float layer's output before bias and activation, with the given weights. `input`: the
 * mean of its input, an entry per element, or per channel where the layer satisfies `isPointwise`.
 */
export function meanOfLayer(node: WeightedNode, input: Numbers, weights: Float32Array, channels: number): Float64Array {
  if (node.type === 'TRANSPOSE_CONV') return meanByRun(node, Float32Array.from(input), weights, channels);
  const taps = tapMeans(node, input);
  const means = new Float64Array(channels);
  if (node.type === 'DEPTHWISE_CONV_2D') {
    const inputs = channelCount(weightedValues(node).input);
    const multiplier = channels / inputs;
    for (let tap = 0, i = 0; tap < taps.length; tap += inputs) {
      for (let o = 0; o < channels; o++, i++) means[o] += weights[i] * taps[tap + Math.floor(o / multiplier)];
    }
    return means;
  }
  // Each group of a convolution's outputs reads its own channels of every tap.
  const perTap = node.type === 'CONV_2D' ? channelCount(weightedValues(node).input) : taps.length;
  const read = node.type === 'CONV_2D' ? channelCount(weightedValues(node).weights) : taps.length;
  const perGroup = channels / (perTap / read);
  for (let o = 0, i = 0; o < channels; o++) {
    const first = Math.floor(o / perGroup) * read;
    for (let tap = first; tap < taps.length; tap += perTap) for (let c = tap; c < tap + read; c++) means[o] += weights[i++] * taps[c];
  }
  return means;
}

/** Mean over the output positions of what each weight of an output channel is multiplied by: [taps, input channels]. */
function tapMeans(node: WeightedNode, input: Numbers): Numbers {
  const { weights } = weightedValues(node);
  const channels = channelCount(weightedValues(node).input);
  if (node.type === 'FULLY_CONNECTED') return input.length === channels ? input : meanOfRows(input, channelCount(weights));
  const [, filterH, filterW] = weights.shape;
  const { type, attributes } = node;
  if (type === 'TRANSPOSE_CONV') throw new RangeError('a transposed convolution has no taps of its outputs');
  if (input.length === channels && filterH * filterW === 1) return input;
  return windowMeans(windowOf(weightedValues(node).input, node.outputs[0], filterH, filterW, attributes), input);
}

/** Mean of the rows of [rows, size]. */
function meanOfRows(input: Numbers, size: number): Numbers {
  if (input.length === size) return input;
  const means = new Float64Array(size);
  for (let i = 0; i < input.length; i++) means[i % size] += input[i];
  return means.map((sum) => (sum * size) / input.length);
}

/** Mean of an image under every tap of a window, [taps, channels]: sums over rows, then over columns; outside the image it is 0. */
function windowMeans({ batches, rows, columns, channels }: Window, image: Numbers): Float64Array {
  const width = columns.input * channels;
  const means = new Float64Array(rows.filter * columns.filter * channels);
  const positions = batches * rows.output * columns.output;
  const sums = new Float64Array(width);
  for (let ky = 0; ky < rows.filter; ky++) {
    sums.fill(0);
    for (let position = 0; position < batches * rows.output; position++) {
      const y = (position % rows.output) * rows.stride + ky * rows.dilation - rows.before;
      if (y < 0 || y >= rows.input) continue;
      const from = (Math.floor(position / rows.output) * rows.input + y) * width;
      for (let i = 0; i < width; i++) sums[i] += image[from + i];
    }
    for (let kx = 0; kx < columns.filter; kx++) {
      const tap = (ky * columns.filter + kx) * channels;
      for (let position = 0; position < columns.output; position++) {
        const x = position * columns.stride + kx * columns.dilation - columns.before;
        if (x < 0 || x >= columns.input) continue;
        for (let c = 0; c < channels; c++) means[tap + c] += sums[x * channels + c];
      }
    }
  }
  return means.map((sum) => sum / positions);
}
