// Owns the lowering of float AVERAGE_POOL_2D and MAX_POOL_2D.
import type { Node } from '../../graph/graph';
import { type WindowAxis, windowAxes } from '../../graph/window';
import { floatCore } from '../formats/float32';
import { poolPixels } from '../lower/pool';
import type { Lowering } from '../lowering';
import { clampFields } from './activation';

type Pool = Node<'AVERAGE_POOL_2D' | 'MAX_POOL_2D'>;

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

export const poolEmitters = { AVERAGE_POOL_2D: lowerPool, MAX_POOL_2D: lowerPool };
