// Owns the lowering of CONV_2D: pointwise and any other kernel, stride, dilation and number of groups.
import type { Node, Value } from '../../graph/graph';
import { windowAxes } from '../../graph/window';
import type { GemmLayer } from '../gemm';
import type { Lowering } from '../lowering';
import { gemmOf } from './wide-gemm';

/** CONV_2D as a GEMM; filters OHWI. */
export function convolutionLayer(lowering: Lowering, node: Node<'CONV_2D'>): GemmLayer {
  const [input, filter] = node.inputs as Value[];
  const [outputs, filterRows, filterColumns, channels] = filter.shape;
  return {
    node,
    input: lowering.image(input),
    ...windowAxes(node.attributes, filterRows, filterColumns, input.shape, node.outputs[0].shape),
    outputs,
    channels,
    groups: input.shape[3] / channels,
    outputStride: filterRows * filterColumns * channels,
    positionStride: channels,
    channelStride: 1,
  };
}

export function lowerConvolution(lowering: Lowering, node: Node<'CONV_2D'>): string | undefined {
  const emit = gemmOf(lowering, node);
  if (!emit) return undefined;
  const layer = convolutionLayer(lowering, node);
  const suffix = emit(lowering, layer);
  const size = `${layer.rows.filter}x${layer.columns.filter}`;
  if (layer.groups > 1) return `grouped ${size}${suffix}`;
  return size === '1x1' ? `pointwise${suffix}` : `convolution ${size}${suffix}`;
}
