// Owns the lowering of operators that change the shape alone, as RESHAPE: aliases of the input's image or of its dense elements.
import { dtypeBytes, elementCount, type Node, type Value } from '../../graph/graph';
import { imageShape, partLayout, reshapedLayout } from '../layout';
import type { Lowering } from '../lowering';
import { at, partOf } from '../region';
import type { Image } from '../step';

/** RESHAPE, SQUEEZE and EXPAND_DIMS of any dtype. */
export function lowerReshape(lowering: Lowering, node: Node<'RESHAPE' | 'SQUEEZE' | 'EXPAND_DIMS'>): string {
  renameElements(lowering, node.inputs[0]!, node.outputs[0]);
  return 'alias';
}

/** `output` has the elements of `input` in the same order. */
function renameElements(lowering: Lowering, input: Value, output: Value): void {
  const format = lowering.formatOf(input);
  if (format && format === lowering.formatOf(output) && format.sameElements(input, output)) {
    const image = lowering.existingImage(input);
    const layout = image && reshapedLayout(image.layout, imageShape(output.shape));
    if (layout && lowering.tryAlias(output, image, layout)) return;
  }
  // Dense codes or elements are the same whatever their shape.
  lowering.aliasDense(output, lowering.dense(input));
}

/** `output` is the span of elements of `input` from `first` on. Returns whether it could become an alias: nothing is moved then. */
export function renameSpan(lowering: Lowering, input: Value, output: Value, first: number): boolean {
  const count = elementCount(output.shape);
  if (count === 0) return false;
  if (count < elementCount(input.shape)) return aliasPart(lowering, input, output, first);
  renameElements(lowering, input, output);
  return true;
}

/** As renameSpan, of fewer elements than the input has. Where it is an image, its dense elements would have to be made first. */
function aliasPart(lowering: Lowering, input: Value, output: Value, first: number): boolean {
  const image = lowering.existingImage(input);
  if (image) return aliasImagePart(lowering, image, [input, output], first);
  const { region, offset } = lowering.dense(input);
  const elementBytes = dtypeBytes[input.dtype];
  const part = partOf(region, offset + first * elementBytes, elementCount(output.shape) * elementBytes);
  if (part) lowering.aliasDense(output, at(part));
  return part !== undefined;
}

function aliasImagePart(lowering: Lowering, { region, layout }: Image, [input, output]: readonly [Value, Value], first: number): boolean {
  const format = lowering.formatOf(input)!;
  if (format !== lowering.formatOf(output) || !format.sameElements(input, output)) return false;
  const found = partLayout(layout, first, imageShape(output.shape));
  const part = found && partOf(region, found.offset, found.layout.bytes);
  return part !== undefined && lowering.tryAlias(output, { region: part, layout: found!.layout }, found!.layout);
}
