// Owns the lowering of float CONV_2D with one kernel position and few non-zero weights.
import { floatCore } from '../formats/float32';
import { type GemmLayer, gemmPixels } from '../gemm';
import { paddedChannels } from '../layout';
import type { Lowering } from '../lowering';
import { at } from '../region';
import { clampFields } from './activation';
import { biasOf, filled } from './convolution';

/** The largest share of weights that are not 0: below it their products and the transposition of pixels take less than all products. */
const maxShare = 0.6;
/** Weights that are looked at first, so that dense layers are not counted. */
const sampleWeights = 256;
/** Sixteen pixels of one channel. */
const planeBytes = 64;
const minPixels = 8;
const minChannels = 8;

function nonZeros(weights: Float32Array): number {
  let count = 0;
  for (let i = 0; i < weights.length; i++) if (weights[i] !== 0) count++;
  return count;
}

function isSparse(weights: Float32Array): boolean {
  const sample = weights.subarray(0, sampleWeights);
  return nonZeros(sample) <= maxShare * sample.length && nonZeros(weights) <= maxShare * weights.length;
}

/** Whether the kernel computes a layer; filters are [outputs][channels]. */
export function isSparsePointwise({ node, rows, columns, groups, outputs, channels, input }: GemmLayer): boolean {
  if (node.type !== 'CONV_2D' || rows.filter * columns.filter > 1 || groups > 1) return false;
  const pixels = input.layout.images * rows.output * columns.output;
  const isLarge = pixels >= minPixels && Math.min(outputs, channels) >= minChannels;
  return isLarge && isSparse(node.inputs[1]!.data as Float32Array);
}

/** Non-zero weights as pairs: bytes to the plane of their channel, and the weight. */
function packPairs(weights: Float32Array, channels: number, target: Float32Array): void {
  const bytes = new Int32Array(target.buffer, target.byteOffset, target.length);
  let to = 0;
  weights.forEach((weight, i) => {
    if (weight === 0) return;
    bytes[to] = (i % channels) * planeBytes;
    target[to + 1] = weight;
    to += 2;
  });
}

/** How many weights of each output are not 0. */
function packCounts(weights: Float32Array, channels: number, target: Float32Array): void {
  const counts = new Int32Array(target.buffer, target.byteOffset, target.length);
  for (let i = 0; i < weights.length; i++) if (weights[i] !== 0) counts[Math.floor(i / channels)]++;
}

export function emitSparse(lowering: Lowering, layer: GemmLayer): true {
  const { node, outputs, channels } = layer;
  const weights = node.inputs[1]!.data as Float32Array;
  const padded = paddedChannels(outputs);
  lowering.emit(floatCore, 'SparseConvolution', {
    ...gemmPixels(lowering, layer, lowering.createImage(node.outputs[0])),
    channels,
    outputs: padded,
    planes: at(lowering.workspace('planes', (Math.ceil(channels / 4) * 4 + 4) * planeBytes)),
    weights: filled(lowering, 'weights', Math.max(nonZeros(weights), 1) * 2, (target) => packPairs(weights, channels, target)),
    counts: filled(lowering, 'counts', padded, (target) => packCounts(weights, channels, target)),
    bias: filled(lowering, 'bias', padded, (target) => target.set(biasOf(node.inputs[2])())),
    ...clampFields(node.attributes.activation),
  });
  return true;
}
