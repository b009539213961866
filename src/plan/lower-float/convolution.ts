// Owns the lowering of float layers to GEMMs: CONV_2D, FULLY_CONNECTED, TRANSPOSE_CONV and depthwise convolutions with a multiplier.
import type { Activation, Node, Value } from '../../graph/graph';
import { pointAxis } from '../../graph/window';
import { float32, floatCore } from '../formats/float32';
import { type GemmLayer, type GemmTaps, gemmPixels, gemmTaps } from '../gemm';
import { floatGemm } from '../gemm-kernels';
import { makeLayout, paddedChannels } from '../layout';
import type { Lowering } from '../lowering';
import { type Address, at } from '../region';
import type { Image } from '../step';
import { type PhaseAxis, transposedPhases } from '../transposed';
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
  readonly bias: Value | undefined;
  readonly output: Image;
  readonly activation: Activation;
}

type Layer = Omit<GemmLayer, 'node'>;

/** Where a panel's weights begin, in elements, and elements from one element of depth to the next: see `interleaved` of the descriptor. */
function panelPlace(panel: number, panels: number, elements: number, isInterleaved: boolean): { begin: number; step: number } {
  const { panelChannels } = floatGemm;
  if (!isInterleaved) return { begin: panel * elements, step: panelChannels };
  const fours = panels & ~3;
  const [first, count] = panel < fours ? [panel & ~3, 4] : panel < (panels & ~1) ? [fours, 2] : [panel, 1];
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

function emitGemm(lowering: Lowering, layer: Layer, { weights, bias, output, activation }: GemmOperands): void {
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
    bias: filled(lowering, 'bias', padded, (target) => target.set((bias?.data as Float32Array | undefined) ?? [])),
    ...clampFields(activation),
  });
}

/** A layer whose filters the file has in the order of its strides. */
export function emitLayer(lowering: Lowering, layer: GemmLayer): void {
  const { inputs, outputs, attributes } = layer.node;
  emitGemm(lowering, layer, {
    weights: () => inputs[1]!.data as Float32Array,
    bias: inputs[2],
    output: lowering.createImage(outputs[0]),
    activation: attributes.activation,
  });
}

/** The filters of a phase [outputs, rows, columns, channels], its taps in the order of input pixels. */
function phaseWeights(filter: Value, rows: PhaseAxis, columns: PhaseAxis, strideH: number, strideW: number): Float32Array {
  const [outputs, filterH, filterW, channels] = filter.shape;
  const source = filter.data as Float32Array;
  const weights = new Float32Array(outputs * rows.filter * columns.filter * channels);
  let to = 0;
  for (let output = 0; output < outputs; output++) {
    for (let row = 0; row < rows.filter; row++) {
      for (let column = 0; column < columns.filter; column++, to += channels) {
        const [y, x] = [rows.lastTap - row * strideH, columns.lastTap - column * strideW];
        const from = ((output * filterH + y) * filterW + x) * channels;
        weights.set(source.subarray(from, from + channels), to);
      }
    }
  }
  return weights;
}

/** The pixels of an image from one on, `strideH` rows and `strideW` columns apart. */
function everyPixel({ region, layout }: Image, rows: PhaseAxis, columns: PhaseAxis, strideH: number, strideW: number): Image {
  const { rowBytes, pixelBytes } = layout;
  const first = layout.origin + rows.first * rowBytes + columns.first * pixelBytes;
  return { region, layout: { ...layout, origin: first, rowBytes: rowBytes * strideH, pixelBytes: pixelBytes * strideW } };
}

/** A phase without taps: its results are those of one product of zeros. */
const noTaps = { channels: 1, outputStride: 0, positionStride: 0, channelStride: 0 };

/**
 * One GEMM for each phase (see transposed.ts), with bits of the reference kernel: the products of an output are added in the order of input
 * pixels and channels.
 */
export function emitTransposed(lowering: Lowering, node: Node<'TRANSPOSE_CONV'>): void {
  const [, filter, input, bias] = node.inputs as Value[];
  const { strideH, strideW, activation } = node.attributes;
  const [outputs, , , channels] = filter.shape;
  const source = lowering.image(input);
  const target = lowering.createImage(node.outputs[0]);
  for (const { rows, columns } of transposedPhases(node)) {
    const output = everyPixel(target, rows, columns, strideH, strideW);
    const common = { rows, columns, outputs, groups: 1 };
    const taps = rows.filter * columns.filter;
    const operands = { bias, output, activation };
    if (taps > 0) {
      const layer = { input: source, ...common, channels, outputStride: taps * channels, positionStride: channels, channelStride: 1 };
      emitGemm(lowering, layer, { ...operands, weights: () => phaseWeights(filter, rows, columns, strideH, strideW) });
    } else {
      const zeros = zeroPixels(lowering, source);
      const point = (axis: PhaseAxis) => ({ ...pointAxis(axis.output), output: axis.output });
      const layer = { input: zeros, ...common, ...noTaps, rows: point(rows), columns: point(columns) };
      emitGemm(lowering, layer, { ...operands, weights: () => new Float32Array(outputs) });
    }
  }
}

/** An image all of whose pixels are one and the same zero. */
function zeroPixels(lowering: Lowering, { layout: { images } }: Image): Image {
  const layout = makeLayout({ images, rows: 1, columns: 1, channels: 1 }, 4);
  const { region } = lowering.shared('zero', 8, () => new Float32Array(8));
  return { region, layout: { ...layout, imageBytes: 0, rowBytes: 0, pixelBytes: 0 } };
}
