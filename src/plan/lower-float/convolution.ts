// Owns the lowering of float layers to GEMMs: CONV_2D, FULLY_CONNECTED, depthwise convolutions with a multiplier, and others' phases.
import type { Activation, Value } from '../../graph/graph';
import { float32, floatCore } from '../formats/float32';
import { type GemmLayer, type GemmTaps, gemmPixels, gemmTaps } from '../gemm';
import { floatGemm } from '../gemm-kernels';
import { paddedChannels } from '../layout';
import type { Lowering } from '../lowering';
import { type Address, at } from '../region';
import type { Image } from '../step';
import { clampFields } from './activation';

/** Memory for `count` float32 values that `write` fills at load. */
export function filled(lowering: Lowering, name: string, count: number, write: (target: Float32Array) => void): Address {
  const region = lowering.packed(name, count * 4);
  lowering.pack({ region, write });
  return at(region);
}

/** What a GEMM computes with and where it writes. */
interface GemmOperands {
  /** Filters in the order of the layer's strides; made at load. */
  readonly weights: () => Float32Array;
  readonly bias: () => Float32Array;
  readonly output: Image;
  readonly activation: Activation;
}

/** A layer whose operands are not those of its node. */
type Layer = Omit<GemmLayer, 'node'>;

/** Where a panel's weights begin, in elements, and elements from one element of depth to the next: see `interleaved` of the descriptor. */
function panelPlace(panel: number, panels: number, elements: number, isInterleaved: boolean): { begin: number; step: number } {
  const { panelChannels } = floatGemm;
  if (!isInterleaved) return { begin: panel * elements, step: panelChannels };
  const first = panel - (panel % 3);
  const count = Math.min(3, panels - first);
  return { begin: first * elements + (panel - first) * panelChannels, step: count * panelChannels };
}

/** Writes the filters as [panel][tap][depth][8]; `target` holds zeros. */
function packPanels(layer: Layer, source: Float32Array, taps: GemmTaps, isInterleaved: boolean, target: Float32Array): void {
  const { outputs, channels, groups, outputStride, positionStride, channelStride } = layer;
  const { panelChannels } = floatGemm;
  const kernelPositions = taps.taps * taps.positions;
  const panels = paddedChannels(outputs) / panelChannels;
  for (let output = 0; output < outputs; output++) {
    const panel = Math.floor(output / panelChannels);
    const { begin, step } = panelPlace(panel, panels, kernelPositions * taps.span * panelChannels, isInterleaved);
    const firstChannel = Math.floor((output * groups) / outputs) * channels - taps.firstChannels[panel];
    for (let position = 0; position < kernelPositions; position++) {
      let from = output * outputStride + position * positionStride;
      let to = begin + (position * taps.span + firstChannel) * step + (output % panelChannels);
      for (let channel = 0; channel < channels; channel++, from += channelStride, to += step) target[to] = source[from];
    }
  }
}

export function emitGemm(lowering: Lowering, layer: Layer, { weights, bias, output, activation }: GemmOperands): void {
  const taps = gemmTaps(lowering, float32, floatGemm, layer);
  const padded = paddedChannels(layer.outputs);
  const pixels = gemmPixels(lowering, layer, output);
  const isInterleaved = pixels.pixels === 1 && layer.groups === 1;
  lowering.emit(floatCore, 'Convolution', {
    ...pixels,
    taps: taps.taps,
    tapOffsets: taps.tapOffsets,
    depth: taps.depth,
    panels: padded / floatGemm.panelChannels,
    panelOffsets: taps.panelOffsets,
    weights: filled(lowering, 'panels', padded * taps.taps * taps.depth, (target) =>
      packPanels(layer, weights(), taps, isInterleaved, target),
    ),
    interleaved: isInterleaved ? 1 : 0,
    // Engines that take terms of dot products as signed are those of ARM.
    byLanes: lowering.dots && !lowering.dots.unsigned ? 1 : 0,
    bias: filled(lowering, 'bias', padded, (target) => target.set(bias())),
    ...clampFields(activation),
  });
}

/** The elements of a constant bias; none where there is none, which stands for zeros. */
export function biasOf(value: Value | undefined): () => Float32Array {
  return () => (value?.data as Float32Array | undefined) ?? new Float32Array(0);
}

/** A layer whose filters the file has in the order of its strides. */
export function emitLayer(lowering: Lowering, layer: GemmLayer): true {
  const { inputs, outputs, attributes } = layer.node;
  emitGemm(lowering, layer, {
    weights: () => inputs[1]!.data as Float32Array,
    bias: biasOf(inputs[2]),
    output: lowering.createImage(outputs[0]),
    activation: attributes.activation,
  });
  return true;
}
