// Owns the lowering of CONV_2D and DEPTHWISE_CONV_2D: as a GEMM, or by vectors of channels when every channel has one filter.

import { DepthwiseVariant } from '../../core/abi-float';
import type { Node, Value } from '../../graph/graph';
import { type WindowAxis, windowAxes } from '../../graph/window';
import type { Layout } from '../../plan/layout';
import { at, type Reference } from '../../plan/region';
import { clampFields, emitGemm, firstTap, hasConstantWeights } from '../gemm';
import { imageFields, type Lowering, strides, vectors } from '../lowering';

/** Filters OHWI. */
export function lowerConvolution(lowering: Lowering, node: Node<'CONV_2D'>): boolean {
  if (!hasConstantWeights(node)) return false;
  const [input, filter] = node.inputs as Value[];
  const [outputs, filterRows, filterColumns, channels] = filter.shape;
  emitGemm(lowering, {
    node,
    input: lowering.image(input),
    ...windowAxes(node.attributes, filterRows, filterColumns, input.shape, node.outputs[0].shape),
    weights: {
      outputs,
      channels,
      groups: input.shape[3] / channels,
      outputStride: filterRows * filterColumns * channels,
      positionStride: channels,
      channelStride: 1,
    },
    activation: node.attributes.activation,
  });
  return true;
}

/** Filters [1, rows, columns, outputs]; output o belongs to input channel floor(o / multiplier). */
export function lowerDepthwise(lowering: Lowering, node: Node<'DEPTHWISE_CONV_2D'>): boolean {
  if (!hasConstantWeights(node)) return false;
  const [input, filter] = node.inputs as Value[];
  const [, filterRows, filterColumns, outputs] = filter.shape;
  const { rows, columns } = windowAxes(node.attributes, filterRows, filterColumns, input.shape, node.outputs[0].shape);
  if (input.shape[3] === outputs) {
    emitDepthwise(lowering, node, rows, columns);
    return true;
  }
  emitGemm(lowering, {
    node,
    input: lowering.image(input),
    rows,
    columns,
    weights: { outputs, channels: 1, groups: input.shape[3], outputStride: 1, positionStride: outputs, channelStride: outputs },
    activation: node.attributes.activation,
  });
  return true;
}

/** The 3x3 microkernels compute tiles of 4 and 2 pixels. */
function depthwiseVariant(rows: WindowAxis, columns: WindowAxis): DepthwiseVariant {
  const plain = rows.filter === 3 && columns.filter === 3 && columns.dilation === 1;
  if (plain && rows.dilation === 1 && columns.stride === 1 && columns.output >= 4) return DepthwiseVariant.Kernel3x3Stride1;
  if (plain && rows.dilation === 1 && columns.stride === 2 && columns.output >= 2) return DepthwiseVariant.Kernel3x3Stride2;
  return DepthwiseVariant.Any;
}

/** Per 4 channels: f32 [taps][4], then the bias f32[4]; padding lanes have zeros. */
function packDepthwise(lowering: Lowering, node: Node<'DEPTHWISE_CONV_2D'>, taps: number, count: number): Reference {
  const weights = node.inputs[1]!.data as Float32Array;
  const bias = node.inputs[2]?.data as Float32Array | undefined;
  const channels = node.inputs[1]!.shape[3];
  return lowering.fill(`${node.type} ${node.id} weights`, count * (taps + 1) * 4, (target) => {
    for (let channel = 0; channel < channels; channel++) {
      const to = (channel >> 2) * (taps + 1) * 4 + (channel & 3);
      for (let tap = 0; tap < taps; tap++) target[to + tap * 4] = weights[tap * channels + channel];
      target[to + taps * 4] = bias ? bias[channel] : 0;
    }
  });
}

function tapOffsets(lowering: Lowering, layout: Layout, rows: WindowAxis, columns: WindowAxis): Reference {
  const rowStep = layout.rowBytes * rows.dilation;
  const columnStep = layout.pixelBytes * columns.dilation;
  const table = lowering.regions.shared(`depthwise ${rows.filter} ${columns.filter} ${rowStep} ${columnStep}`, () =>
    Int32Array.from(
      { length: rows.filter * columns.filter },
      (_, tap) => Math.floor(tap / columns.filter) * rowStep + (tap % columns.filter) * columnStep,
    ),
  );
  return at(table);
}

function emitDepthwise(lowering: Lowering, node: Node<'DEPTHWISE_CONV_2D'>, rows: WindowAxis, columns: WindowAxis): void {
  const input = lowering.image(node.inputs[0]!);
  const output = lowering.createImage(node.outputs[0]);
  const taps = rows.filter * columns.filter;
  lowering.emit('Depthwise', {
    input: firstTap(input, rows, columns),
    output: at(output.region, output.layout.origin),
    ...imageFields(output.layout),
    vectors: vectors(output.layout),
    ...strides('input', input.layout),
    strideRows: rows.stride,
    strideColumns: columns.stride,
    ...strides('output', output.layout),
    variant: depthwiseVariant(rows, columns),
    taps,
    tapOffsets: tapOffsets(lowering, input.layout, rows, columns),
    weights: packDepthwise(lowering, node, taps, vectors(output.layout)),
    ...clampFields(node.attributes.activation),
  });
}
