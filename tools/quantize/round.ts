// Owns rounding reconstruction: choosing a layer's weight codes so that its outputs, not its weights, come out nearest.
import { elementCount, type TensorData } from '../../src/graph/graph';
import { type WeightedNode, weightedValues } from '../../src/graph/weighted';
import { patches, vectors } from './layer-inputs';
import { cholesky, covariance, dot } from './linear-algebra';
import type { WeightCodes } from './weights';

/**
 * New codes for the weights of `node`, a quantized layer, for its inputs on the samples (codes); undefined for layers it cannot treat
 * (grouped and transposed convolutions).
 *
 * For inputs x with covariance H the output's variance of error is (w - q)ᵀ H (w - q). With H = L Lᵀ this is the distance to a point of
 * a lattice, which Babai's nearest plane method approximates: weights are rounded one after the other, and those that follow make
 * up for the errors before (Frantar et al., "GPTQ", 2023, is the same rule in other words). Mean errors are left to the bias.
 */
export function roundLayer(
  node: WeightedNode,
  weights: Float32Array,
  codes: WeightCodes,
  inputs: readonly TensorData[],
): WeightCodes | undefined {
  const { input, weights: filter } = weightedValues(node);
  const data = codes.data.slice();
  if (node.type === 'DEPTHWISE_CONV_2D') {
    const [, height, width, channels] = filter.shape;
    if (channels !== input.shape[3]) return undefined;
    for (let c = 0; c < channels; c++) {
      const { columns, rows } = patches(node, inputs, c, 1);
      const size = height * width;
      roundRow(weights, c, channels, size, solver(columns, size, rows), codes, c, data);
    }
  } else {
    if (node.type === 'TRANSPOSE_CONV') return undefined;
    const [outputs] = filter.shape;
    const size = elementCount(filter.shape) / outputs;
    if (node.type === 'CONV_2D' && filter.shape[3] !== input.shape[3]) return undefined;
    const { columns, rows } = node.type === 'CONV_2D' ? patches(node, inputs, 0, input.shape[3]) : vectors(node, inputs, size);
    const factor = solver(columns, size, rows);
    for (let o = 0; o < outputs; o++) roundRow(weights, o * size, 1, size, factor, codes, o, data);
  }
  return { ...codes, data };
}

interface Solver {
  /** Positions in the order in which they are rounded, last first. */
  readonly order: readonly number[];
  /** Upper triangular factor of the covariance in that order, [size, size]. */
  readonly upper: Float64Array;
}

function solver(columns: Float32Array, size: number, rows: number): Solver {
  const raw = covariance(columns, size, rows);
  const diagonal = Array.from({ length: size }, (_, i) => raw[i * size + i]);
  const order = diagonal.map((_, i) => i).sort((a, b) => diagonal[a] - diagonal[b] || a - b);
  // Few rows know little of how inputs go together: such covariances shrink towards their diagonal.
  const trust = rows / (rows + size);
  const floor = 1e-4 * (diagonal.reduce((sum, entry) => sum + entry, 0) / size) + 1e-20;
  const ordered = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) ordered[i * size + j] = raw[order[i] * size + order[j]] * (i === j ? 1 : trust);
    ordered[i * size + i] += floor;
  }
  const lower = cholesky(ordered, size);
  const upper = new Float64Array(size * size);
  for (let i = 0; i < size; i++) for (let j = 0; j <= i; j++) upper[j * size + i] = lower[i * size + j];
  return { order, upper };
}

/** Rounds one output's weights, elements `first + i * stride`, into `data`. */
function roundRow(
  weights: Float32Array,
  first: number,
  stride: number,
  size: number,
  { order, upper }: Solver,
  codes: WeightCodes,
  channel: number,
  data: Int8Array | Uint8Array,
): void {
  const c = codes.scale.length === 1 ? 0 : channel;
  const [scale, zeroPoint] = [codes.scale[c], codes.zeroPoint[c]];
  const errors = new Float64Array(size);
  for (let j = size - 1; j >= 0; j--) {
    const at = first + order[j] * stride;
    const carried = dot(upper, j * size + j + 1, errors, j + 1, size - j - 1) / upper[j * size + j];
    const code = Math.min(Math.max(Math.round((weights[at] + carried) / scale) + zeroPoint, codes.min), codes.max);
    data[at] = code;
    errors[j] = weights[at] - scale * (code - zeroPoint);
  }
}
