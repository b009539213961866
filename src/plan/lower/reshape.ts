// Owns the lowering of operators that change the shape alone, as RESHAPE: aliases of the input's image or of its dense elements.
import { dtypeBytes, elementCount, type Node, type Value } from '../../graph/graph';
import { hasBorder, imageShape, isCompact, type Layout, makeLayout } from '../layout';
import type { Lowering } from '../lowering';
import { type Address, at, partOf, type Region } from '../region';

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

/** Addresses of regions are multiples of this, and so are those of their parts. */
const alignment = 16;

/** `bytes` of a region from `first` on, as a region; undefined where they do not begin at an address that a region may have. */
function partAt(region: Region, first: number, bytes: number): Region | undefined {
  if (first === 0 && bytes === region.bytes) return region;
  return first % alignment === 0 ? partOf(region, first, bytes) : undefined;
}

/**
 * `output` is the span of elements of `input` from `first` on. Returns whether it could become an alias: nothing is moved then.
 */
export function renameSpan(lowering: Lowering, input: Value, output: Value, first: number): boolean {
  const count = elementCount(output.shape);
  if (count === elementCount(input.shape)) return renameElements(lowering, input, output) !== undefined;
  if (count === 0) return false;
  const format = lowering.formatOf(input);
  const image = lowering.existingImage(input);
  // Where the input is an image, its dense elements would have to be made first.
  if (!image) return aliasPart(lowering, output, lowering.dense(input), first * dtypeBytes[input.dtype]);
  if (format !== lowering.formatOf(output) || !format!.sameElements(input, output)) return false;
  const { channels, elementBytes, pixelBytes } = image.layout;
  if (!isCompact(image.layout) && first % channels !== 0) return false;
  const layout = reshapedLayout(image.layout, output);
  const region =
    layout && partAt(image.region, isCompact(image.layout) ? first * elementBytes : (first / channels) * pixelBytes, layout.bytes);
  return region !== undefined && lowering.tryAlias(output, { region, layout: layout! }, layout!);
}

function aliasPart(lowering: Lowering, output: Value, { region, offset }: Address, firstBytes: number): boolean {
  const part = partAt(region, offset + firstBytes, elementCount(output.shape) * dtypeBytes[output.dtype]);
  if (part) lowering.aliasDense(output, at(part));
  return part !== undefined;
}
