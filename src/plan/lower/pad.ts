// Owns the lowering of PAD with constant paddings of rows and columns: zeros around a copy.
import type { Node, Value } from '../../graph/graph';
import { codeCopyTable, emitCopy } from '../copy';
import { all8Bit, type Lowering } from '../lowering';
import { at } from '../region';

/** Paddings [rank][before, after] of an image, when only rows and columns are padded. */
function spatialPadding(node: Node<'PAD'>): { top: number; bottom: number; left: number; right: number } | undefined {
  const paddings = node.inputs[1]?.data;
  if (!paddings || node.inputs[0]!.shape.length !== 4) return undefined;
  const [n0, n1, top, bottom, left, right, c0, c1] = Array.from(paddings as Int32Array, Number);
  return n0 + n1 + c0 + c1 === 0 ? { top, bottom, left, right } : undefined;
}

/** The fill is the output's zero point, which is 0 centred: the pad is a border that belongs to the image. */
export function lowerPad(lowering: Lowering, node: Node<'PAD'>): string | undefined {
  const input = node.inputs[0] as Value;
  const output = node.outputs[0];
  const padding = spatialPadding(node);
  if (!padding || !all8Bit([input, output])) return undefined;
  const source = lowering.centred(input);
  const target = lowering.createCentred(output);
  const { layout } = target;
  const { border, rowBytes, pixelBytes } = layout;
  const inner = at(target.region, layout.origin + padding.top * rowBytes + padding.left * pixelBytes);
  // From the start of the first row, so that clearing whole rows ends with a row.
  lowering.clear(layout, at(target.region, border.top * rowBytes), source.layout.rows, {
    topBytes: padding.top * rowBytes,
    bottomBytes: padding.bottom * rowBytes,
    leftBytes: (border.left + padding.left) * pixelBytes,
    rightBytes: (padding.right + border.right) * pixelBytes,
  });
  emitCopy(lowering, input, source, target, { output: inner, table: codeCopyTable(input, output) });
  return 'pad';
}
