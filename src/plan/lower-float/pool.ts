// Owns the lowering of float pools, and of MEAN and SUM over rows and columns or over channels.
import type { Node } from '../../graph/graph';
import { type WindowAxis, windowAxes } from '../../graph/window';
import { imageFields, origin, strides } from '../fields';
import { floatCore } from '../formats/float32';
import { meanPixels, poolPixels, reducedImageAxes } from '../lower/pool';
import type { Lowering } from '../lowering';
import { clampFields } from './activation';
import { anyImage } from './dense';

type Pool = Node<'AVERAGE_POOL_2D' | 'MAX_POOL_2D'>;
type Reduction = Node<'MEAN' | 'SUM'>;

/** Whether every position of a window has an element inside the image: explicit padding may leave some without. */
function touchesImage({ before, filter, output, stride, input }: WindowAxis): boolean {
  return before < filter && (output - 1) * stride - before < input;
}

function lowerPool(lowering: Lowering, node: Pool): boolean {
  const { attributes, inputs, outputs } = node;
  const axes = windowAxes(attributes, attributes.filterH, attributes.filterW, inputs[0]!.shape, outputs[0].shape);
  if (!touchesImage(axes.rows) || !touchesImage(axes.columns)) return false;
  const { blocks, ...pixels } = poolPixels(lowering, node);
  lowering.emit(floatCore, node.type === 'MAX_POOL_2D' ? 'MaxPool' : 'AveragePool', {
    ...pixels,
    blocks: blocks / 2,
    ...clampFields(attributes.activation),
  });
  return true;
}

/** Results are dense: one element for every pixel. */
function reduceChannels(lowering: Lowering, node: Reduction): void {
  const [value] = node.inputs;
  const source = anyImage(lowering, value!);
  const { layout } = source;
  lowering.emit(floatCore, 'ReduceChannels', {
    input: origin(source),
    output: lowering.createDense(node.outputs[0]),
    ...imageFields(layout),
    ...strides('input', layout),
    channels: layout.channels,
    divisor: node.type === 'MEAN' ? layout.channels : 1,
  });
}

function lowerReduction(lowering: Lowering, node: Reduction): boolean {
  const axes = reducedImageAxes(node);
  if (axes?.size === 1 && axes.has(3)) {
    reduceChannels(lowering, node);
    return true;
  }
  const found = meanPixels(lowering, node);
  if (!found) return false;
  const { blocks, ...pixels } = found;
  const divisor = node.type === 'MEAN' ? pixels.rows * pixels.columns : 1;
  lowering.emit(floatCore, 'Reduce', { ...pixels, blocks: blocks / 2, divisor });
  return true;
}

/** Results are dense int32 or int64. */
function lowerArg(lowering: Lowering, node: Node<'ARG_MAX' | 'ARG_MIN'>): boolean {
  const [value, axis] = node.inputs;
  const { shape } = value!;
  const isLast = axis?.data !== undefined && [shape.length - 1, -1].includes(Number(axis.data[0]));
  if (!isLast) return false;
  const source = anyImage(lowering, value!);
  lowering.emit(floatCore, node.type === 'ARG_MAX' ? 'ArgMax' : 'ArgMin', {
    input: origin(source),
    output: lowering.createDense(node.outputs[0]),
    ...imageFields(source.layout),
    ...strides('input', source.layout),
    channels: source.layout.channels,
    outputBytes: node.outputs[0].dtype === 'int64' ? 8 : 4,
  });
  return true;
}

export const poolEmitters = {
  AVERAGE_POOL_2D: lowerPool,
  MAX_POOL_2D: lowerPool,
  MEAN: lowerReduction,
  SUM: lowerReduction,
  ARG_MAX: lowerArg,
  ARG_MIN: lowerArg,
};
