// Owns the lowering of float DEPTHWISE_CONV_2D with one filter per channel.
import { DepthwiseVariant } from '../../core/abi-float';
import type { Node } from '../../graph/graph';
import type { WindowAxes } from '../../graph/window';
import { blocks } from '../fields';
import { floatCore } from '../formats/float32';
import { depthwiseAxes, depthwisePixels, depthwiseTaps } from '../lower/depthwise';
import type { Lowering } from '../lowering';
import { clampFields } from './activation';
import { filled } from './convolution';

/** The 3x3 microkernels compute tiles of 4 pixels (stride 1) and 2 pixels (stride 2). */
function depthwiseVariant({ rows, columns }: WindowAxes): DepthwiseVariant {
  const isPlain = rows.filter === 3 && columns.filter === 3 && rows.dilation === 1 && columns.dilation === 1;
  if (isPlain && columns.stride === 1 && columns.output >= 4) return DepthwiseVariant.Kernel3x3Stride1;
  if (isPlain && columns.stride === 2 && columns.output >= 2) return DepthwiseVariant.Kernel3x3Stride2;
  return DepthwiseVariant.Any;
}

/** Weights per 4 channels: [taps][4], then the bias [4]; padding lanes have zeros. */
function packDepthwise(node: Node<'DEPTHWISE_CONV_2D'>, taps: number, target: Float32Array): void {
  const weights = node.inputs[1]!.data as Float32Array;
  const bias = node.inputs[2]?.data as Float32Array | undefined;
  const channels = node.inputs[1]!.shape[3];
  for (let channel = 0; channel < channels; channel++) {
    const to = (channel >> 2) * (taps + 1) * 4 + (channel & 3);
    for (let tap = 0; tap < taps; tap++) target[to + tap * 4] = weights[tap * channels + channel];
    target[to + taps * 4] = bias ? bias[channel] : 0;
  }
}

export function emitDepthwise(lowering: Lowering, node: Node<'DEPTHWISE_CONV_2D'>): true {
  const input = lowering.image(node.inputs[0]!);
  const output = lowering.createImage(node.outputs[0]);
  const axes = depthwiseAxes(node);
  const taps = axes.rows.filter * axes.columns.filter;
  lowering.emit(floatCore, 'Depthwise', {
    ...depthwisePixels(input, output, axes),
    variant: depthwiseVariant(axes),
    taps,
    tapOffsets: depthwiseTaps(lowering, input.layout, axes, 1),
    weights: filled(lowering, 'weights', blocks(output.layout) * (taps + 1) * 4, (target) => packDepthwise(node, taps, target)),
    ...clampFields(node.attributes.activation),
  });
  return true;
}
