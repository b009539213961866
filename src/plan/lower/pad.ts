// Owns the lowering of PAD with constant paddings of rows and columns: zeros around a copy.
import type { Node, Value } from '../../graph/graph';
import { codeCopyTable, emitCopy } from '../copy';
import { allCentred } from '../formats/centred';
import type { Lowering } from '../lowering';
import { type Address, at } from '../region';
import type { Image } from '../step';
import { lowerPadding } from './movement';

/** Paddings [rank][before, after] of an image, when only rows and columns are padded. */
function spatialPadding(node: Node<'PAD'>): { top: number; bottom: number; left: number; right: number } | undefined {
  const paddings = node.inputs[1]?.data;
  if (!paddings || node.inputs[0]!.shape.length !== 4) return undefined;
  const [n0, n1, top, bottom, left, right, c0, c1] = Array.from<number | bigint, number>(paddings, Number);
  return n0 + n1 + c0 + c1 === 0 ? { top, bottom, left, right } : undefined;
}

/**
 * Emits a PAD of rows and columns whose fill is the element 0 (centred: the output's zero point): the padding is cleared together with
 * the target's border, and `copy` copies the input to `output`. False, with nothing emitted, for other paddings.
 */
export function padImage(lowering: Lowering, node: Node<'PAD'>, copy: (source: Image, target: Image, output: Address) => void): boolean {
  const padding = spatialPadding(node);
  if (!padding) return false;
  const source = lowering.image(node.inputs[0]!);
  const target = lowering.createImage(node.outputs[0]);
  const { layout, region } = target;
  const { border, rowBytes, pixelBytes } = layout;
  // From the start of a row, border included, since whole rows are cleared on top and at the bottom.
  lowering.clear(lowering.formatOf(node.outputs[0])!, layout, at(region, border.top * rowBytes), source.layout.rows, {
    topBytes: padding.top * rowBytes,
    bottomBytes: padding.bottom * rowBytes,
    leftBytes: (border.left + padding.left) * pixelBytes,
    rightBytes: (padding.right + border.right) * pixelBytes,
  });
  copy(source, target, at(region, layout.origin + padding.top * rowBytes + padding.left * pixelBytes));
  return true;
}

export function lowerPad(lowering: Lowering, node: Node<'PAD'>): string | undefined {
  const input = node.inputs[0] as Value;
  const [result] = node.outputs;
  // Rows and columns of float images are padded by the binary that computes on them.
  if (!allCentred([input, result])) return spatialPadding(node) && lowering.formatOf(result) ? undefined : lowerPadding(lowering, node);
  const isPadded = padImage(lowering, node, (source, target, output) =>
    emitCopy(lowering, input, source, target, { output, table: codeCopyTable(input, result) }),
  );
  return isPadded ? 'pad' : lowerPadding(lowering, node);
}
