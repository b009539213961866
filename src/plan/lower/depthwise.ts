// Owns the lowering of DEPTHWISE_CONV_2D: by blocks of channels, or as a grouped convolution when it has a multiplier.
import { DepthwiseVariant, Requantization } from '../../core/abi';
import type { Node, Value } from '../../graph/graph';
import { weightZeroPoint } from '../../graph/weighted';
import { type WindowAxis, windowAxes } from '../../graph/window';
import { centredClamp } from '../clamp';
import { isDepthwiseByBlocks } from '../demands';
import { emitGemm, firstTap } from '../gemm';
import { type Layout, paddedChannels } from '../layout';
import { all8Bit, imageFields, isSigned, type Lowering, origin, strides } from '../lowering';
import { bytesOf, type Reference } from '../region';
import type { LayerRequantization } from '../requantization';
import { layerRequantization } from '../weights';

/** Filters [1, rows, columns, outputs]; output o belongs to input channel floor(o / multiplier). */
export function lowerDepthwise(lowering: Lowering, node: Node<'DEPTHWISE_CONV_2D'>): string | undefined {
  const [input, filter] = node.inputs as Value[];
  if (!all8Bit([input, filter, node.outputs[0]]) || !filter.data) return undefined;
  const [, filterRows, filterColumns, outputs] = filter.shape;
  const axes = windowAxes(node.attributes, filterRows, filterColumns, input.shape, node.outputs[0].shape);
  if (isDepthwiseByBlocks(node)) return emitDepthwise(lowering, node, axes.rows, axes.columns);
  emitGemm(lowering, {
    node,
    input: lowering.centred(input),
    ...axes,
    channels: 1,
    groups: input.shape[3],
    outputStride: 1,
    positionStride: outputs,
    channelStride: outputs,
  });
  return `depthwise ${filterRows}x${filterColumns} multiplied`;
}

/** Pairs of taps per block as the 3x3 microkernels draw them; -1 is a zero weight. */
const stride1Pairs = [0, 3, 1, 4, 2, 5, 6, 7, 8, -1, -1, 6, 7, 8];
const stride2Pairs = [0, 1, 3, 4, 6, 7, 2, 5, 8, -1];

function depthwiseVariant(rows: WindowAxis, columns: WindowAxis, mode: Requantization): DepthwiseVariant {
  const plain = rows.filter === 3 && columns.filter === 3 && rows.dilation === 1 && columns.dilation === 1;
  if (!plain || rows.stride !== columns.stride || columns.output < 2 || mode === Requantization.General) return DepthwiseVariant.Any;
  if (rows.stride === 1) return DepthwiseVariant.Kernel3x3Stride1;
  return rows.stride === 2 ? DepthwiseVariant.Kernel3x3Stride2 : DepthwiseVariant.Any;
}

/** Any kernel: taps in order, two at a time, an odd last one with a zero. */
function consecutivePairs(taps: number): number[] {
  return Array.from({ length: taps + (taps & 1) }, (_, tap) => (tap < taps ? tap : -1));
}

/** Plans the packing: per block of 8 channels the zipped pairs of taps and the bias. */
function packDepthwise(
  lowering: Lowering,
  node: Node<'DEPTHWISE_CONV_2D'>,
  layer: LayerRequantization,
  pairs: readonly number[],
): Reference {
  const filter = node.inputs[1]!;
  const channels = filter.shape[3];
  const blocks = paddedChannels(channels) / 8;
  const blockBytes = (pairs.length / 2) * 32 + 32;
  const output = lowering.packed('weights', blocks * blockBytes);
  lowering.pack({
    operator: 'PackDepthwise',
    source: bytesOf(filter.data!),
    fields: {
      output,
      channels,
      channelStride: channels,
      blocks,
      blockBytes,
      pairs: pairs.length / 2,
      pairTaps: lowering.shared(`pairs ${pairs}`, () => Int32Array.from(pairs)),
      zeroPoint: weightZeroPoint(node),
      signed: isSigned(filter),
      scaleShifts: lowering.constant('shifts', layer.scaleShifts),
      bias: lowering.constant('bias', layer.bias),
    },
  });
  return output;
}

function emitDepthwise(lowering: Lowering, node: Node<'DEPTHWISE_CONV_2D'>, rows: WindowAxis, columns: WindowAxis): string {
  const [inputValue, filter] = node.inputs as Value[];
  const channels = filter.shape[3];
  const blocks = paddedChannels(channels) / 8;
  const input = lowering.centred(inputValue);
  const layer = layerRequantization(node, { depth: rows.filter * columns.filter, outputStride: 1, depthStride: channels });
  const variant = depthwiseVariant(rows, columns, layer.mode);
  const pairs = [consecutivePairs(rows.filter * columns.filter), stride1Pairs, stride2Pairs][variant];
  const weights = packDepthwise(lowering, node, layer, pairs);
  const output = lowering.createCentred(node.outputs[0]);
  lowering.emit('Depthwise', {
    input: firstTap(input, rows, columns),
    output: origin(output),
    ...imageFields(output.layout),
    blocks,
    ...strides('input', input.layout),
    strideRows: rows.stride,
    strideColumns: columns.stride,
    ...strides('output', output.layout),
    variant,
    tapPairs: pairs.length / 2,
    tapOffsets: variant === DepthwiseVariant.Any ? tapPairOffsets(lowering, input.layout, rows, columns) : 0,
    weights,
    constants: lowering.constant('requantization', new Uint8Array(layer.constants)),
    mode: layer.mode,
    shift: layer.shift,
    ...centredClamp(node.outputs[0], node.attributes.activation),
  });
  const name = `depthwise ${rows.filter}x${columns.filter}`;
  return variant === DepthwiseVariant.Any ? `${name} any` : `${name} stride ${rows.stride}`;
}

/** Bytes from a pixel's first tap, pair by pair; the partner of an odd last tap reads the same place. */
function tapPairOffsets(lowering: Lowering, layout: Layout, rows: WindowAxis, columns: WindowAxis): Reference {
  const rowStep = layout.rowBytes * rows.dilation;
  const columnStep = layout.pixelBytes * columns.dilation;
  return lowering.shared(`taps ${rows.filter} ${columns.filter} ${rowStep} ${columnStep}`, () => {
    const taps = rows.filter * columns.filter;
    return Int32Array.from({ length: taps + (taps & 1) }, (_, i) => {
      const tap = Math.min(i, taps - 1);
      return Math.floor(tap / columns.filter) * rowStep + (tap % columns.filter) * columnStep;
    });
  });
}
