// Owns the panels of the float GEMM: how filters of any geometry become taps and runs of input elements.
//
//   panels   f32 [panel][tap][depth][8]
//   A tap is a place in the input that is reached through an offset. Neighbouring kernel columns without dilation lie behind each other
//   in memory when pixels have no padding lanes, so that a whole kernel row is one tap. Padding lanes are never read: they may hold
//   what is not a number, which no zero weight would silence.
import type { Activation, Node, Value } from '../graph/graph';
import type { WindowAxis } from '../graph/window';
import { type Layout, paddedChannels } from '../plan/layout';
import { at, type Field, type Reference } from '../plan/region';
import { plainActivationRange } from '../quant/activation-range';
import type { Lowering } from './lowering';
import type { Image } from './step';

/** Filters as the file has them; strides in elements. */
export interface GemmWeights {
  readonly outputs: number;
  /** Input channels of one filter. */
  readonly channels: number;
  readonly groups: number;
  readonly outputStride: number;
  /** From one kernel position to the next. */
  readonly positionStride: number;
  readonly channelStride: number;
}

export interface GemmLayer {
  readonly node: Node<'CONV_2D' | 'DEPTHWISE_CONV_2D' | 'FULLY_CONNECTED'>;
  readonly input: Image;
  readonly rows: WindowAxis;
  readonly columns: WindowAxis;
  readonly weights: GemmWeights;
  readonly activation: Activation;
}

const panelOutputs = 8;

/** What a panel's taps cover. */
interface Taps {
  /** Bytes from a pixel's first tap. */
  readonly offsets: readonly number[];
  /** Kernel positions per tap. */
  readonly positions: number;
  /** Channels of one position that are read, from each panel's first on. */
  readonly span: number;
  readonly first: readonly number[];
}

export function clampFields(activation: Activation): { lower: number; upper: number } {
  const { min, max } = plainActivationRange(activation, 'float32');
  return { lower: min, upper: max };
}

/** First input channel of every panel, and how many channels the widest panel needs: several groups can meet in one panel. */
function panelChannels({ outputs, channels, groups }: GemmWeights): { first: number[]; span: number } {
  const groupOf = (output: number) => Math.floor((output * groups) / outputs);
  const first: number[] = [];
  let span = 0;
  for (let output = 0; output < outputs; output += panelOutputs) {
    const firstGroup = groupOf(output);
    first.push(firstGroup * channels);
    span = Math.max(span, (groupOf(Math.min(output + panelOutputs, outputs) - 1) - firstGroup + 1) * channels);
  }
  // A panel near the last channel starts earlier rather than reading behind the channels.
  return { first: first.map((channel) => Math.min(channel, groups * channels - span)), span };
}

function tapsOf({ input, rows, columns, weights }: GemmLayer): Taps {
  const { layout } = input;
  const contiguous = layout.pixelElements === layout.channels && (columns.dilation === 1 || columns.filter === 1);
  const positions = weights.groups === 1 && contiguous ? columns.filter : 1;
  const offsets: number[] = [];
  for (let row = 0; row < rows.filter; row++) {
    for (let column = 0; column < columns.filter; column += positions) {
      offsets.push(row * rows.dilation * layout.rowBytes + column * columns.dilation * layout.pixelBytes);
    }
  }
  return { offsets, positions, ...panelChannels(weights) };
}

/** Writes `source` as panels into zeros. */
function packPanels(source: Float32Array, { weights }: GemmLayer, { offsets, positions, span, first }: Taps, target: Float32Array): void {
  const { outputs, channels, groups, outputStride, positionStride, channelStride } = weights;
  const kernelPositions = offsets.length * positions;
  for (let output = 0; output < outputs; output++) {
    const panel = Math.floor(output / panelOutputs);
    const firstChannel = Math.floor((output * groups) / outputs) * channels - first[panel];
    for (let position = 0; position < kernelPositions; position++) {
      let from = output * outputStride + position * positionStride;
      let to = ((panel * kernelPositions + position) * span + firstChannel) * panelOutputs + (output % panelOutputs);
      for (let channel = 0; channel < channels; channel++, from += channelStride, to += panelOutputs) target[to] = source[from];
    }
  }
}

/** Bytes from the first pixel of `layout` for `rows` x `columns` pixels of every image, `rowStep` and `columnStep` bytes apart. */
function pixelOffsets(
  { regions }: Lowering,
  layout: Layout,
  rows: number,
  columns: number,
  rowStep: number,
  columnStep: number,
): Reference {
  const { images, imageBytes } = layout;
  const table = regions.shared(`offsets ${images} ${imageBytes} ${rows} ${rowStep} ${columns} ${columnStep}`, () => {
    const offsets = new Int32Array(images * rows * columns);
    let i = 0;
    for (let image = 0; image < images; image++) {
      for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) offsets[i++] = image * imageBytes + y * rowStep + x * columnStep;
    }
    return offsets;
  });
  return at(table);
}

/** Where the first tap of the first output pixel lies. */
export function firstTap({ region, layout }: Image, rows: WindowAxis, columns: WindowAxis): Reference {
  return at(region, layout.origin - rows.before * layout.rowBytes - columns.before * layout.pixelBytes);
}

/** One bias per padded output channel. */
export function biasFields(lowering: Lowering, node: Node, outputs: number): Record<string, Field> {
  const bias = node.inputs[2]?.data as Float32Array | undefined;
  return { bias: lowering.fill(`${node.type} ${node.id} bias`, paddedChannels(outputs), (target) => target.set(bias ?? [])) };
}

/** Weights and bias that are known at load. */
export function hasConstantWeights({ inputs }: Node): boolean {
  const [, weights, bias] = inputs as readonly (Value | undefined)[];
  return weights?.data !== undefined && (bias === undefined || bias.data !== undefined);
}

/** A layer whose outputs are sums over whole filters. */
export function emitGemm(lowering: Lowering, layer: GemmLayer): void {
  const { node, input, rows, columns, weights, activation } = layer;
  const taps = tapsOf(layer);
  const panels = paddedChannels(weights.outputs) / panelOutputs;
  const depth = taps.positions * taps.span;
  const source = node.inputs[1]!.data as Float32Array;
  const output = lowering.createImage(node.outputs[0]);
  const { rowBytes, pixelBytes, images } = input.layout;
  const { layout } = output;
  lowering.emit('Convolution', {
    input: firstTap(input, rows, columns),
    inputOffsets: pixelOffsets(lowering, input.layout, rows.output, columns.output, rowBytes * rows.stride, pixelBytes * columns.stride),
    output: at(output.region, layout.origin),
    outputOffsets: pixelOffsets(lowering, layout, layout.rows, layout.columns, layout.rowBytes, layout.pixelBytes),
    pixels: images * rows.output * columns.output,
    taps: taps.offsets.length,
    tapOffsets: at(lowering.regions.shared(`taps ${taps.offsets}`, () => Int32Array.from(taps.offsets))),
    depth,
    panels,
    panelOffsets: at(lowering.regions.shared(`panels ${taps.first}`, () => Int32Array.from(taps.first, (channel) => channel * 4))),
    weights: lowering.fill(`${node.type} ${node.id} panels`, panels * panelOutputs * taps.offsets.length * depth, (target) =>
      packPanels(source, layer, taps, target),
    ),
    ...biasFields(lowering, node, weights.outputs),
    ...clampFields(activation),
  });
}
