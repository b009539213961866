// Owns the geometry of the GEMM microkernels, for every format: how filters of any shape become taps and spans of input elements.
//
//   A tap is a position in the input that is addressed by an offset. Kernel columns without dilation are neighbours in memory, so a whole
//   kernel row is one tap, whose depth runs over columns and channels; over padding lanes, too, where Format.multipliesPadding.
import type { WindowAxes } from '../graph/window';
import { firstTap, origin } from './fields';
import type { Format } from './format';
import type { GemmKernel } from './gemm-kernels';
import { isCompact, type Layout } from './layout';
import type { Lowering } from './lowering';
import { coreJob } from './pack';
import type { Address } from './region';
import type { Image } from './step';
import type { FilterOrder, PackedNode } from './weights';

/** Filters as the file has them, and the window that they slide over the input; strides in elements. */
export interface GemmLayer extends WindowAxes {
  readonly node: PackedNode;
  readonly input: Image;
  /** Output channels. */
  readonly outputs: number;
  /** Input channels of one filter. */
  readonly channels: number;
  readonly groups: number;
  readonly outputStride: number;
  /** From one kernel position to the next. */
  readonly positionStride: number;
  readonly channelStride: number;
  /** Where the results go; absent: the image of the node's output. */
  readonly output?: Image;
}

/** The taps of a layer: where they lie, and the input elements of each. */
export interface GemmTaps {
  readonly taps: number;
  /** Bytes from a pixel's first tap, and the same as i32[taps]. */
  readonly offsets: readonly number[];
  readonly tapOffsets: Address;
  /** Kernel positions of one tap. */
  readonly positions: number;
  /** Input elements of one tap, a multiple of the kernel's stepElements. */
  readonly depth: number;
  /** Input channels of one position that are read, from each panel's first on. */
  readonly span: number;
  readonly firstChannels: readonly number[];
  /** i32[panels]: bytes to the first input channel. */
  readonly panelOffsets: Address;
}

/** The order of a layer's weights in the file. */
export function filterOrder({ rows, columns, channels, outputStride, positionStride, channelStride }: GemmLayer): FilterOrder {
  // A filter's elements are neighbours, or, one per position, `positionStride` apart.
  return { depth: rows.filter * columns.filter * channels, outputStride, depthStride: channels === 1 ? positionStride : channelStride };
}

function roundUp(count: number, multiple: number): number {
  return Math.ceil(count / multiple) * multiple;
}

/** First input channel of every panel, and how many channels the widest panel reads: a panel may contain outputs of several groups. */
function panelChannels({ outputs, channels, groups }: Omit<GemmLayer, 'node'>, { panelChannels, stepElements }: GemmKernel, limit: number) {
  const groupOf = (output: number) => Math.floor((output * groups) / outputs);
  const first: number[] = [];
  let span = 0;
  for (let output = 0; output < outputs; output += panelChannels) {
    const firstGroup = groupOf(output);
    first.push(firstGroup * channels);
    span = Math.max(span, (groupOf(Math.min(output + panelChannels, outputs) - 1) - firstGroup + 1) * channels);
  }
  span = roundUp(span, stepElements);
  // A panel that would read past the limit starts at an earlier channel.
  return { firstChannels: first.map((channel) => Math.max(0, Math.min(channel, limit - span))), span };
}

export function gemmTaps(
  lowering: Lowering,
  format: Pick<Format, 'elementBytes' | 'multipliesPadding'>,
  kernel: GemmKernel,
  layer: Omit<GemmLayer, 'node'>,
): GemmTaps {
  const { input, rows, columns, channels, groups } = layer;
  const { layout } = input;
  const isContiguous = columns.filter === 1 || (columns.dilation === 1 && (format.multipliesPadding || isCompact(layout)));
  const isFolded = groups === 1 && isContiguous;
  const positions = isFolded ? columns.filter : 1;
  const { firstChannels, span } = panelChannels(layer, kernel, format.multipliesPadding ? layout.pixelElements : groups * channels);
  const offsets: number[] = [];
  for (let row = 0; row < rows.filter; row++) {
    for (let column = 0; column < columns.filter; column += positions) {
      offsets.push(row * rows.dilation * layout.rowBytes + column * columns.dilation * layout.pixelBytes);
    }
  }
  const depth = isFolded ? (columns.filter - 1) * layout.pixelElements + channels : span;
  const panels = firstChannels.map((channel) => channel * format.elementBytes);
  return {
    taps: offsets.length,
    offsets,
    tapOffsets: lowering.shared(`gemm taps ${offsets}`, offsets.length, () => Int32Array.from(offsets)),
    positions,
    depth: roundUp(depth, kernel.stepElements),
    span,
    firstChannels,
    panelOffsets: lowering.shared(`panels ${panels}`, panels.length, () => Int32Array.from(panels)),
  };
}

/** Bytes from the origin of `layout` for every pixel of `images` x `rows` x `columns`, `step` pixels apart. */
function pixelOffsets(lowering: Lowering, layout: Layout, rows: number, columns: number, stepRows: number, stepColumns: number): Address {
  const { images, imageBytes, rowBytes, pixelBytes } = layout;
  const rowStep = rowBytes * stepRows;
  const columnStep = pixelBytes * stepColumns;
  return lowering.sharedPacked(
    `offsets ${images} ${imageBytes} ${rows} ${rowStep} ${columns} ${columnStep}`,
    4 * images * rows * columns,
    (output) =>
      coreJob('PixelOffsets', { output, images, imageBytes, rows, rowBytes: rowStep, columns, columnBytes: columnStep }, new Uint8Array(0)),
  );
}

/** The fields of a Convolution descriptor that say which pixels it reads and writes. */
export function gemmPixels(lowering: Lowering, { input, rows, columns }: Omit<GemmLayer, 'node'>, output: Image) {
  return {
    input: firstTap(input, rows, columns),
    inputOffsets: pixelOffsets(lowering, input.layout, rows.output, columns.output, rows.stride, columns.stride),
    output: origin(output),
    outputOffsets: pixelOffsets(lowering, output.layout, rows.output, columns.output, 1, 1),
    pixels: input.layout.images * rows.output * columns.output,
  };
}
