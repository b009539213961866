// Owns layers over int16 codes: their GEMM and depthwise descriptors, with int64 sums, and which kernel a layer with weights gets.
import { SumRequantization, sumBytes, sumRequantizationBytes } from '../../core/abi';
import type { Node } from '../../graph/graph';
import { hasWideSums, type WeightedNode, weightedValues, weightZeroPoint } from '../../graph/weighted';
import { reducedMultiplier } from '../../quant/requantize';
import { all8Bit, all16Bit, centred, centredClamp, core } from '../formats/centred';
import { type GemmLayer, gemmPixels, gemmTaps } from '../gemm';
import { centredGemm } from '../gemm-kernels';
import { paddedChannels } from '../layout';
import type { Lowering } from '../lowering';
import { at } from '../region';
import type { PackedNode } from '../weights';
import { emitGemm, packWeights } from './gemm';

const { panelChannels, stepElements } = centredGemm;

/** Of a bias. With it, and up to 2^24 products of magnitude 2^22, sums are below 2^47, as the kernels need. */
const maxBias = 2 ** 46;
const maxTerms = 2 ** 24;

/** Whether the core computes a layer of int16: symmetric int8 weights, and constants that keep sums small. */
function isWideLayer({ account }: Lowering, node: WeightedNode): boolean {
  const { input, weights, bias } = weightedValues(node);
  if (!all16Bit([input, node.outputs[0]]) || !weights.data || (bias && !bias.data) || weightZeroPoint(node) !== 0) return false;
  if (weights.data.length > maxTerms) return false;
  if (!bias) return true;
  account?.charge('channel', bias.data!.length);
  return Array.from<number | bigint, number>(bias.data!, Number).every((term) => Math.abs(term) < maxBias);
}

/** Emits a layer and returns what the kernel's name ends with. */
type EmitGemm = (lowering: Lowering, layer: GemmLayer) => string;

/** How the core computes a layer with weights; undefined: not at all. */
export function gemmOf(lowering: Lowering, node: WeightedNode): EmitGemm | undefined {
  const { input, weights } = weightedValues(node);
  if (all8Bit([input, weights, node.outputs[0]])) return weights.data && emitGemm;
  return isWideLayer(lowering, node) ? emitWideGemm : undefined;
}

/** What WideConvolution and WideDepthwise share: bias, constants (assembly/abi-int16.ts), and where sums are kept. */
export function wideSums(lowering: Lowering, node: PackedNode) {
  const { multiplier, shift } = lowering.multipliers.of(node);
  const isWide = hasWideSums(node);
  const channels = multiplier.length;
  lowering.account?.charge('channel', channels);
  const padded = paddedChannels(channels);
  const bias = new BigInt64Array(padded);
  const terms = node.inputs[2]?.data;
  // A shift of one for padding lanes: the kernel rounds by half of it.
  const constants = new Int32Array((padded / 4) * (sumRequantizationBytes / 4)).fill(isWide ? 1 : 0);
  for (let c = 0; c < channels; c++) {
    if (terms) bias[c] = BigInt(terms[c]);
    const group = (c >> 2) * 8 + (c & 3);
    constants[group] = isWide ? reducedMultiplier(multiplier[c]) : multiplier[c];
    constants[group + 4] = isWide ? 15 - shift[c] : shift[c];
  }
  return {
    bias: lowering.constant('bias', bias),
    constants: lowering.constant('requantization', constants),
    mode: isWide ? SumRequantization.Wide : SumRequantization.Narrow,
    sums: at(lowering.workspace('sums', sumBytes * lowering.threads)),
    ...centredClamp(node.outputs[0], node.attributes.activation),
  };
}

function emitWideGemm(lowering: Lowering, layer: GemmLayer): string {
  const { node, outputs } = layer;
  const padded = paddedChannels(outputs);
  const taps = gemmTaps(lowering, centred, centredGemm, layer);
  lowering.account?.charge('weight', node.inputs[1]!.data!.length);
  const weights = packWeights(lowering, layer, taps, new Uint8Array(padded));
  lowering.emit(core, 'WideConvolution', {
    ...gemmPixels(lowering, layer, layer.output ?? lowering.createImage(node.outputs[0])),
    taps: taps.taps,
    tapOffsets: taps.tapOffsets,
    depthPairs: taps.depth / stepElements,
    panels: Math.floor(padded / panelChannels),
    tail: (padded % panelChannels) / 8,
    panelOffsets: taps.panelOffsets,
    weights,
    ...wideSums(lowering, node),
  });
  return ' int16';
}

/** Whether WideDepthwise sums the taps of a layer in int32. */
export function isWideDepthwise(lowering: Lowering, node: Node<'DEPTHWISE_CONV_2D'>): boolean {
  const [, filterH, filterW] = node.inputs[1]!.shape;
  return filterH * filterW <= 256 && isWideLayer(lowering, node);
}
