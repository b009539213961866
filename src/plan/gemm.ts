// Owns the panels of the GEMM microkernels: how filters of any geometry become taps, runs and pairs of input elements.
//
//   panels   i16 [panel][tap][depthPairs][16][2], and one more of [..][8][2] when the padded channel count is an odd multiple of 8
//   A tap is a place in the input that is reached through an offset. Neighbouring kernel columns without dilation lie behind each other
//   in memory, so a whole kernel row is one tap whose depth runs over columns and channels (padding lanes meet zero weights).
import { weightZeroPoint } from '../graph/weighted';
import type { WindowAxes, WindowAxis } from '../graph/window';
import { centredClamp } from './clamp';
import { type Layout, paddedChannels } from './layout';
import { isSigned, type Lowering, origin } from './lowering';
import { at, bytesOf, type Reference } from './region';
import type { Centred } from './step';
import { layerRequantization, type PackedNode } from './weights';

/** Filters as the file has them; strides in elements. */
interface GemmWeights {
  /** Input channels of one filter. */
  readonly channels: number;
  readonly groups: number;
  readonly outputStride: number;
  /** From one kernel position to the next. */
  readonly positionStride: number;
  readonly channelStride: number;
}

export interface GemmLayer extends GemmWeights, WindowAxes {
  readonly node: PackedNode;
  readonly input: Centred;
}

interface PackedGemm {
  readonly weights: Reference;
  readonly taps: number;
  readonly tapOffsets: Reference;
  readonly depthPairs: number;
  readonly panelOffsets: Reference;
}

const panelOutputs = 16;

/** First input channel of every panel, and how many channels the widest panel needs: several groups can meet in one panel. */
function panelChannels({ channels, groups }: GemmWeights, outputs: number, pixelElements: number): { first: number[]; span: number } {
  const perGroup = outputs / groups;
  const first: number[] = [];
  let span = 0;
  for (let output = 0; output < outputs; output += panelOutputs) {
    const firstGroup = Math.floor(output / perGroup);
    const lastGroup = Math.floor((Math.min(output + panelOutputs, outputs) - 1) / perGroup);
    first.push(firstGroup * channels);
    span = Math.max(span, (lastGroup - firstGroup + 1) * channels);
  }
  span += span & 1;
  // A panel near the last channel starts earlier rather than reading behind the pixel.
  return { first: first.map((channel) => Math.max(0, Math.min(channel, pixelElements - span))), span };
}

/** Plans the packing of a layer's weights for its input's layout. */
function packGemm(lowering: Lowering, layer: GemmLayer, outputs: number, scaleShifts: Uint8Array): PackedGemm {
  const { node, input, rows, columns, channels, groups, outputStride, positionStride, channelStride } = layer;
  const { layout } = input;
  const value = node.inputs[1]!;
  const folded = groups === 1 && (columns.dilation === 1 || columns.filter === 1);
  const taps = folded ? rows.filter : rows.filter * columns.filter;
  const panels = panelChannels(layer, outputs, layout.pixelElements);
  const depth = folded ? (columns.filter - 1) * layout.pixelElements + channels : panels.span;
  const depthPairs = Math.ceil(depth / 2);
  const offsets = Int32Array.from({ length: taps }, (_, tap) => {
    const row = folded ? tap : Math.floor(tap / columns.filter);
    const column = folded ? 0 : tap % columns.filter;
    return row * rows.dilation * layout.rowBytes + column * columns.dilation * layout.pixelBytes;
  });
  const panelOffsets = lowering.shared(`panels ${panels.first}`, () => Int32Array.from(panels.first, (channel) => channel * 2));
  const panelBytes = taps * depthPairs * panelOutputs * 4;
  const weights = lowering.packed('panels', (paddedChannels(outputs) / panelOutputs) * panelBytes);
  lowering.pack({
    operator: 'PackConvolution',
    source: bytesOf(value.data!),
    panels: outputStride > 1 ? { outputs, filterBytes: outputStride, panelBytes, output: weights } : undefined,
    fields: {
      output: weights,
      outputs,
      firstOutput: 0,
      taps,
      spans: folded ? columns.filter : 1,
      channels,
      outputStride,
      tapStride: folded ? columns.filter * positionStride : positionStride,
      spanStride: positionStride,
      channelStride,
      spanElements: layout.pixelElements,
      depthPairs,
      outputsPerGroup: outputs / groups,
      panelOffsets,
      zeroPoint: weightZeroPoint(node),
      signed: isSigned(value),
      scaleShifts: lowering.constant('shifts', scaleShifts),
    },
  });
  return { weights, taps, tapOffsets: lowering.shared(`gemm taps ${offsets}`, () => offsets), depthPairs, panelOffsets };
}

/** Bytes from the origin of `layout` for every pixel of `images` x `rows` x `columns`, `step` pixels apart. */
function pixelOffsets(lowering: Lowering, layout: Layout, rows: number, columns: number, stepRows: number, stepColumns: number): Reference {
  const { images, imageBytes, rowBytes, pixelBytes } = layout;
  const rowStep = rowBytes * stepRows;
  const columnStep = pixelBytes * stepColumns;
  return lowering.shared(`offsets ${images} ${imageBytes} ${rows} ${rowStep} ${columns} ${columnStep}`, () => {
    const offsets = new Int32Array(images * rows * columns);
    let i = 0;
    for (let image = 0; image < images; image++) {
      for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) offsets[i++] = image * imageBytes + y * rowStep + x * columnStep;
    }
    return offsets;
  });
}

/** Where the first tap of the first output pixel lies. */
export function firstTap({ region, layout }: Centred, rows: WindowAxis, columns: WindowAxis): Reference {
  return at(region, layout.origin - rows.before * layout.rowBytes - columns.before * layout.pixelBytes);
}

/** A layer whose outputs are sums over whole filters. */
export function emitGemm(lowering: Lowering, layer: GemmLayer): void {
  const { node, input, rows, columns, channels, outputStride, positionStride, channelStride } = layer;
  const [value] = node.outputs;
  const outputs = value.shape.at(-1)!;
  const depth = rows.filter * columns.filter * channels;
  // A filter's elements are either all behind each other or, one per position, `positionStride` apart.
  const depthStride = channels === 1 ? positionStride : channelStride;
  const requantization = layerRequantization(node, { depth, outputStride, depthStride });
  const packed = packGemm(lowering, layer, outputs, requantization.scaleShifts);
  const output = lowering.createCentred(value);
  const padded = paddedChannels(outputs);
  lowering.emit('Convolution', {
    ...packed,
    input: firstTap(input, rows, columns),
    inputOffsets: pixelOffsets(lowering, input.layout, rows.output, columns.output, rows.stride, columns.stride),
    output: origin(output),
    outputOffsets: pixelOffsets(lowering, output.layout, rows.output, columns.output, 1, 1),
    pixels: input.layout.images * rows.output * columns.output,
    panels: Math.floor(padded / panelOutputs),
    tail: (padded % panelOutputs) / 8,
    bias: lowering.constant('bias', requantization.bias),
    constants: lowering.constant('requantization', new Uint8Array(requantization.constants)),
    mode: requantization.mode,
    shift: requantization.shift,
    ...centredClamp(value, node.attributes.activation),
  });
}
