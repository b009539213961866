// Owns the lowering of operators that change the shape alone, as RESHAPE: aliases of the input's image or of its dense elements.
import type { Node, Value } from '../../graph/graph';
import { hasBorder, imageShape, isCompact, type Layout, makeLayout } from '../layout';
import type { Lowering } from '../lowering';

/** The layout of `input` under the output's shape: it exists without border, for equal pixels or without padding lanes. */
function reshapedLayout(input: Layout, output: Value): Layout | undefined {
  const shape = imageShape(output.shape);
  if (hasBorder(input)) return undefined;
  const isGapless = isCompact(input) && shape.channels % 8 === 0;
  if (input.channels !== shape.channels && !isGapless) return undefined;
  return makeLayout(shape, input.elementBytes, undefined, isCompact(input));
}

/** RESHAPE, SQUEEZE and EXPAND_DIMS of any dtype. */
export function lowerReshape(lowering: Lowering, node: Node<'RESHAPE' | 'SQUEEZE' | 'EXPAND_DIMS'>): string {
  return renameElements(lowering, node.inputs[0]!, node.outputs[0]);
}

/** `output` has the elements of `input` in the same order. */
export function renameElements(lowering: Lowering, input: Value, output: Value): string {
  const format = lowering.formatOf(input);
  if (format && format === lowering.formatOf(output) && format.sameElements(input, output)) {
    const image = lowering.existingImage(input);
    const layout = image && reshapedLayout(image.layout, output);
    if (layout && lowering.tryAlias(output, image, layout)) return 'alias';
  }
  // Dense codes or elements are the same whatever their shape.
  lowering.aliasDense(output, lowering.dense(input));
  return 'alias';
}
