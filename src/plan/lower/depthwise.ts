// Owns the lowering of DEPTHWISE_CONV_2D: by blocks of channels, or as a grouped convolution when it has a multiplier.
import { DepthwiseVariant, Requantization } from '../../core/abi';
import type { Node, Value } from '../../graph/graph';
import { weightZeroPoint } from '../../graph/weighted';
import { type WindowAxes, type WindowAxis, windowAxes } from '../../graph/window';
import { blocks, firstTap, pixelFields } from '../fields';
import { centredClamp, core, is16Bit, isSigned } from '../formats/centred';
import type { GemmLayer } from '../gemm';
import { type Layout, paddedChannels } from '../layout';
import { isDepthwiseByBlocks } from '../layout-requirements';
import type { Lowering } from '../lowering';
import { coreJob } from '../pack';
import { type Address, at, bytesOf } from '../region';
import type { LayerRequantization } from '../requantization';
import type { Image } from '../step';
import { layerRequantization } from '../weights';
import { emitDotDepthwise } from './dot-depthwise';
import { gemmOf, isWideDepthwise, wideSums } from './wide-gemm';

/** Filters [1, rows, columns, outputs]. */
export function depthwiseAxes(node: Node<'DEPTHWISE_CONV_2D'>): WindowAxes {
  const [input, filter] = node.inputs as Value[];
  return windowAxes(node.attributes, filter.shape[1], filter.shape[2], input.shape, node.outputs[0].shape);
}

/** A depthwise convolution with a multiplier as a GEMM with groups: output o belongs to input channel floor(o / multiplier). */
export function multipliedLayer(lowering: Lowering, node: Node<'DEPTHWISE_CONV_2D'>): GemmLayer {
  const [input, filter] = node.inputs as Value[];
  const outputs = filter.shape[3];
  return {
    node,
    input: lowering.image(input),
    ...depthwiseAxes(node),
    outputs,
    channels: 1,
    groups: input.shape[3],
    outputStride: 1,
    positionStride: outputs,
    channelStride: outputs,
  };
}

/** The fields of a Depthwise descriptor that say which pixels it reads and writes. */
export function depthwisePixels(input: Image, output: Image, { rows, columns }: WindowAxes) {
  return {
    ...pixelFields(input, output),
    input: firstTap(input, rows, columns),
    blocks: blocks(output.layout),
    strideRows: rows.stride,
    strideColumns: columns.stride,
  };
}

/** i32: bytes from a pixel's first tap, in order, filled up to a multiple of `step` with the last tap's. */
export function depthwiseTaps(lowering: Lowering, layout: Layout, { rows, columns }: WindowAxes, step: number): Address {
  const rowStep = layout.rowBytes * rows.dilation;
  const columnStep = layout.pixelBytes * columns.dilation;
  const taps = rows.filter * columns.filter;
  return lowering.shared(`taps ${rows.filter} ${columns.filter} ${rowStep} ${columnStep} ${step}`, taps, () => {
    return Int32Array.from({ length: Math.ceil(taps / step) * step }, (_, i) => {
      const tap = Math.min(i, taps - 1);
      return Math.floor(tap / columns.filter) * rowStep + (tap % columns.filter) * columnStep;
    });
  });
}

export function lowerDepthwise(lowering: Lowering, node: Node<'DEPTHWISE_CONV_2D'>): string | undefined {
  const [input, filter] = node.inputs as Value[];
  if (isDepthwiseByBlocks(node) && is16Bit(input)) return isWideDepthwise(lowering, node) ? emitWideDepthwise(lowering, node) : undefined;
  const emit = gemmOf(lowering, node);
  if (!emit) return undefined;
  if (isDepthwiseByBlocks(node)) return emitDepthwise(lowering, node);
  const suffix = emit(lowering, multipliedLayer(lowering, node));
  return `depthwise ${filter.shape[1]}x${filter.shape[2]} multiplied${suffix}`;
}

/** Pairs of taps in the order in which the 3x3 microkernels read them (assembly/microkernels/i16-depthwise-*.ts); -1: a zero weight. */
const stride1Pairs = [0, 3, 1, 4, 2, 5, 6, 7, 8, -1, -1, 6, 7, 8];
const stride2Pairs = [0, 1, 3, 4, 6, 7, 2, 5, 8, -1];

function depthwiseVariant(rows: WindowAxis, columns: WindowAxis, mode: Requantization): DepthwiseVariant {
  const isPlain = rows.filter === 3 && columns.filter === 3 && rows.dilation === 1 && columns.dilation === 1;
  if (!isPlain || rows.stride !== columns.stride || columns.output < 2 || mode === Requantization.General) return DepthwiseVariant.Any;
  if (rows.stride === 1) return DepthwiseVariant.Kernel3x3Stride1;
  return rows.stride === 2 ? DepthwiseVariant.Kernel3x3Stride2 : DepthwiseVariant.Any;
}

/** Pairs of any kernel: taps in order, an odd last one with a zero weight. */
function consecutivePairs(taps: number): number[] {
  return Array.from({ length: taps + (taps & 1) }, (_, tap) => (tap < taps ? tap : -1));
}

/** Plans the packing, per block of 8 channels: pairs of taps interleaved by channel, then the bias. */
function packDepthwise(
  lowering: Lowering,
  node: Node<'DEPTHWISE_CONV_2D'>,
  layer: Pick<LayerRequantization, 'scaleShifts' | 'bias'>,
  pairs: readonly number[],
): Address {
  const filter = node.inputs[1]!;
  const channels = filter.shape[3];
  const blocks = paddedChannels(channels) / 8;
  const blockBytes = (pairs.length / 2) * 32 + 32;
  const output = at(lowering.packed('weights', blocks * blockBytes));
  const fields = {
    output,
    channels,
    channelStride: channels,
    blocks,
    blockBytes,
    pairs: pairs.length / 2,
    pairTaps: lowering.shared(`pairs ${pairs}`, pairs.length, () => Int32Array.from(pairs)),
    zeroPoint: weightZeroPoint(node),
    signed: isSigned(filter),
    scaleShifts: lowering.constant('shifts', layer.scaleShifts),
    bias: lowering.constant('bias', layer.bias),
  };
  lowering.pack(coreJob('PackDepthwise', fields, bytesOf(filter.data!)));
  return output;
}

/** The bias of int16 layers is int64, and not with the weights. */
function emitWideDepthwise(lowering: Lowering, node: Node<'DEPTHWISE_CONV_2D'>): string {
  const [inputValue, filter] = node.inputs as Value[];
  const axes = depthwiseAxes(node);
  const padded = paddedChannels(filter.shape[3]);
  const pairs = consecutivePairs(axes.rows.filter * axes.columns.filter);
  const input = lowering.image(inputValue);
  lowering.account?.charge('weight', filter.data!.length);
  const weights = packDepthwise(lowering, node, { scaleShifts: new Uint8Array(padded), bias: new Int32Array(padded) }, pairs);
  lowering.emit(core, 'WideDepthwise', {
    ...depthwisePixels(input, lowering.createImage(node.outputs[0]), axes),
    tapPairs: pairs.length / 2,
    tapOffsets: depthwiseTaps(lowering, input.layout, axes, 2),
    weights,
    ...wideSums(lowering, node),
  });
  return `depthwise ${axes.rows.filter}x${axes.columns.filter} int16`;
}

function emitDepthwise(lowering: Lowering, node: Node<'DEPTHWISE_CONV_2D'>): string {
  const [inputValue, filter] = node.inputs as Value[];
  const axes = depthwiseAxes(node);
  const { rows, columns } = axes;
  const taps = rows.filter * columns.filter;
  const input = lowering.image(inputValue);
  const dot = emitDotDepthwise(lowering, node, input, axes);
  if (dot) return dot;
  const layer = layerRequantization(node, { depth: taps, outputStride: 1, depthStride: filter.shape[3] }, lowering);
  const variant = depthwiseVariant(rows, columns, layer.mode);
  const pairs = [consecutivePairs(taps), stride1Pairs, stride2Pairs][variant];
  const weights = packDepthwise(lowering, node, layer, pairs);
  lowering.emit(core, 'Depthwise', {
    ...depthwisePixels(input, lowering.createImage(node.outputs[0]), axes),
    variant,
    tapPairs: pairs.length / 2,
    tapOffsets: variant === DepthwiseVariant.Any ? depthwiseTaps(lowering, input.layout, axes, 2) : 0,
    weights,
    constants: lowering.constant('requantization', new Uint8Array(layer.constants)),
    mode: layer.mode,
    shift: layer.shift,
    ...centredClamp(node.outputs[0], node.attributes.activation),
  });
  const name = `depthwise ${rows.filter}x${columns.filter}`;
  return variant === DepthwiseVariant.Any ? `${name} any` : `${name} stride ${rows.stride}`;
}
