// Owns the lowering of CONV_2D: pointwise and any other kernel, stride, dilation and number of groups.
import type { Node, Value } from '../../graph/graph';
import { type ChannelMultipliers, convolutionMultipliers } from '../../quant/channel-multipliers';
import { emitGemm } from '../gemm';
import { all8Bit, type Lowering } from '../lowering';
import { windowAxes } from '../window';

export function channelMultipliers(node: Node<'CONV_2D' | 'DEPTHWISE_CONV_2D'>, outputs: number): ChannelMultipliers {
  const [input, filter] = node.inputs as Value[];
  return convolutionMultipliers(
    input.quantization!.scale[0],
    filter.quantization!.scale,
    node.outputs[0].quantization!.scale[0],
    outputs,
    input.dtype as 'int8' | 'uint8',
  );
}

/** int8 filters are symmetric: the stock kernels take their zero point as 0 whatever the file says. */
export function filterZeroPoint(filter: Value): number {
  return filter.dtype === 'uint8' ? filter.quantization!.zeroPoint[0] : 0;
}

/** Filters OHWI. */
export function lowerConvolution(lowering: Lowering, node: Node<'CONV_2D'>): string | undefined {
  const [input, filter] = node.inputs as Value[];
  if (!all8Bit([input, filter, node.outputs[0]]) || !filter.data) return undefined;
  const [outputs, filterRows, filterColumns, channels] = filter.shape;
  const { rows, columns } = windowAxes(node.attributes, filterRows, filterColumns, input.shape, node.outputs[0].shape);
  const groups = input.shape[3] / channels;
  emitGemm(lowering, {
    node,
    input: lowering.centred(input),
    rows,
    columns,
    weights: {
      outputs,
      channels,
      groups,
      filterRows,
      filterColumns,
      rowDilation: rows.dilation,
      columnDilation: columns.dilation,
      outputStride: filterRows * filterColumns * channels,
      positionStride: channels,
      channelStride: 1,
      zeroPoint: filterZeroPoint(filter),
    },
    multipliers: channelMultipliers(node, outputs),
    activation: node.attributes.activation,
  });
  if (groups > 1) return `grouped ${filterRows}x${filterColumns}`;
  return filterRows * filterColumns === 1 ? 'pointwise' : `convolution ${filterRows}x${filterColumns}`;
}
