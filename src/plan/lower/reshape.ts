// Owns the lowering of RESHAPE, SQUEEZE and EXPAND_DIMS: another name for the same memory, or for the dense codes.
import type { Node, Value } from '../../graph/graph';
import { zeroPointOf } from '../../quant/params';
import { is8Bit } from '../demands';
import { hasBorder, imageShape, type Layout, makeLayout } from '../layout';
import type { Lowering } from '../lowering';

/** `input`'s memory under the output's shape: possible when both are the same list of pixels, or have no gaps at all. */
function reshapedLayout(input: Layout, output: Value): Layout | undefined {
  const shape = imageShape(output.shape);
  if (hasBorder(input)) return undefined;
  const gapless = input.pixelElements === input.channels && shape.channels % 8 === 0;
  if (input.channels !== shape.channels && !gapless) return undefined;
  return makeLayout(shape, undefined, input.pixelElements === input.channels);
}

export function lowerReshape(lowering: Lowering, node: Node<'RESHAPE' | 'SQUEEZE' | 'EXPAND_DIMS'>): string | undefined {
  const input = node.inputs[0] as Value;
  const output = node.outputs[0];
  const sameZero = is8Bit(input) && is8Bit(output) && zeroPointOf(input) === zeroPointOf(output);
  if (sameZero && !lowering.isRawOnly(input)) {
    const source = lowering.centred(input);
    const layout = reshapedLayout(source.layout, output);
    if (layout && lowering.aliasCentred(output, source, layout)) return 'alias';
  }
  // Dense codes or elements are the same whatever their shape.
  lowering.aliasRaw(output, lowering.raw(input));
  return 'alias';
}
