// Owns the lowering of what only moves elements: CONCATENATION, PAD, and RESHAPE with its kin.
import type { Node, Value } from '../../graph/graph';
import { hasBorder, imageShape } from '../../plan/layout';
import { at } from '../../plan/region';
import { floatLayout } from '../demands';
import type { Lowering } from '../lowering';

/** Each part is copied to its place along one of the four axes of an image. */
export function lowerConcatenation(lowering: Lowering, node: Node<'CONCATENATION'>): boolean {
  const output = node.outputs[0];
  const rank = output.shape.length;
  if (rank > 4 || node.attributes.activation !== 'NONE') return false;
  const axis = ((node.attributes.axis + rank) % rank) + 4 - rank;
  const inputs = node.inputs as Value[];
  const sources = inputs.map((value) => lowering.image(value));
  const target = lowering.createImage(output);
  const { origin, imageBytes, rowBytes, pixelBytes } = target.layout;
  const stepBytes = [imageBytes, rowBytes, pixelBytes, 4][axis];
  let offset = origin;
  for (const source of sources) {
    lowering.copy(source, target, at(target.region, offset));
    const { images, rows, columns, channels } = source.layout;
    offset += [images, rows, columns, channels][axis] * stepBytes;
  }
  return true;
}

/** Constant paddings of rows and columns: the pad is a border that belongs to the image. */
export function lowerPad(lowering: Lowering, node: Node<'PAD'>): boolean {
  const paddings = node.inputs[1]?.data;
  if (!paddings || node.inputs[0]!.shape.length !== 4) return false;
  const [n0, n1, top, bottom, left, right, c0, c1] = Array.from<number | bigint, number>(paddings, Number);
  if (n0 + n1 + c0 + c1 > 0) return false;
  const source = lowering.image(node.inputs[0]!);
  const target = lowering.createImage(node.outputs[0]);
  const { border, rowBytes, pixelBytes, origin, images, imageBytes } = target.layout;
  // From the start of the first row, so that clearing whole rows ends with a row.
  lowering.emit('Clear', {
    output: at(target.region, border.top * rowBytes),
    images,
    rows: source.layout.rows,
    imageBytes,
    topBytes: top * rowBytes,
    bottomBytes: bottom * rowBytes,
    rowBytes,
    leftBytes: (border.left + left) * pixelBytes,
    rightBytes: (right + border.right) * pixelBytes,
  });
  lowering.copy(source, target, at(target.region, origin + top * rowBytes + left * pixelBytes));
  return true;
}

/** Another name for the same memory: the same pixels when the channels stay, the same dense elements otherwise. */
export function lowerReshape(lowering: Lowering, node: Node<'RESHAPE' | 'SQUEEZE' | 'EXPAND_DIMS'>): boolean {
  const input = node.inputs[0] as Value;
  const output = node.outputs[0];
  const image = input.dtype === 'float32' ? lowering.existingImage(input) : undefined;
  const samePixels = image && !hasBorder(image.layout) && image.layout.channels === imageShape(output.shape).channels;
  if (samePixels && !hasBorder(lowering.demandedLayout(output))) {
    const compact = image.layout.pixelElements === image.layout.channels;
    const layout = floatLayout(output.shape, undefined, compact);
    if (layout.pixelElements === lowering.demandedLayout(output).pixelElements) {
      lowering.aliasImage(output, { region: image.region, layout });
      return true;
    }
  }
  lowering.aliasDense(output, lowering.dense(input));
  return true;
}
