// Owns the lowering of CONV_2D: pointwise and any other kernel, stride, dilation and number of groups.
import type { Node, Value } from '../../graph/graph';
import { windowAxes } from '../../graph/window';
import { emitGemm } from '../gemm';
import { all8Bit, type Lowering } from '../lowering';

/** Filters OHWI. */
export function lowerConvolution(lowering: Lowering, node: Node<'CONV_2D'>): string | undefined {
  const [input, filter] = node.inputs as Value[];
  if (!all8Bit([input, filter, node.outputs[0]]) || !filter.data) return undefined;
  const [, filterRows, filterColumns, channels] = filter.shape;
  const groups = input.shape[3] / channels;
  emitGemm(lowering, {
    node,
    input: lowering.centred(input),
    ...windowAxes(node.attributes, filterRows, filterColumns, input.shape, node.outputs[0].shape),
    channels,
    groups,
    outputStride: filterRows * filterColumns * channels,
    positionStride: channels,
    channelStride: 1,
  });
  if (groups > 1) return `grouped ${filterRows}x${filterColumns}`;
  return filterRows * filterColumns === 1 ? 'pointwise' : `convolution ${filterRows}x${filterColumns}`;
}
