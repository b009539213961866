// Owns the lowering of operators that move elements of any dtype: of images where all of them have one format, else of dense elements.
import { allocate, dtypeBytes, type Node, type Value } from '../../graph/graph';
import { zeroPointOf } from '../../quant/params';
import { denseImage } from '../fields';
import { is8Bit } from '../formats/centred';
import type { Layout } from '../layout';
import type { Lowering } from '../lowering';
import { emitMove, type MoveLoop } from '../move';
import { at } from '../region';
import type { Image } from '../step';
import { type Box, type Boxes, type BoxLoop, boxes, fillingBox, paddedBox, paddingBoxes, spaceToBatch } from './boxes';
import { renameSpan } from './reshape';

/** Bytes from one position to the next along each axis of a shape: leading dimensions are images. */
export function axisBytes(shape: readonly number[], { imageBytes, rowBytes, pixelBytes, elementBytes }: Layout): number[] {
  const bytes = [elementBytes, pixelBytes, rowBytes, imageBytes];
  for (let fromEnd = bytes.length; fromEnd < shape.length; fromEnd++) bytes.push(bytes[fromEnd - 1] * shape[shape.length - fromEnd]);
  return shape.map((_, axis) => bytes[shape.length - 1 - axis]);
}

function moveBox(lowering: Lowering, { input, output, loops }: Box, source: Image, target: Image): void {
  const [from, to] = [axisBytes(input.shape, source.layout), axisBytes(output.shape, target.layout)];
  let [first, last] = [source.layout.origin, target.layout.origin];
  const moved = loops.map((loop): MoveLoop => {
    const { count, from: taken, to: put } = loop;
    const inputBytes = taken ? from[taken.axis] : 0;
    const outputBytes = put ? to[put.axis] : 0;
    first += (taken?.start ?? 0) * inputBytes;
    last += (put?.start ?? 0) * outputBytes;
    const step = taken?.list ? taken.list.map((position) => position * inputBytes) : inputBytes * (taken?.step ?? 1);
    return { count, input: step, output: outputBytes * (put?.step ?? 1) };
  });
  emitMove(lowering, target.layout.elementBytes, at(source.region, first), at(target.region, last), moved);
}

/** How the values of a node are moved. */
interface Representation {
  readonly source: (value: Value) => Image;
  readonly target: (value: Value) => Image;
}

/** As images of one format whose elements mean the same in all of them, or as dense elements. */
function representation(lowering: Lowering, inputs: readonly Value[], outputs: readonly Value[]): Representation {
  const [output] = outputs;
  const format = lowering.formatOf(output);
  const isImage =
    format && [...inputs, ...outputs].every((value) => lowering.formatOf(value) === format && format.sameElements(value, output));
  if (isImage) return { source: (value) => lowering.image(value), target: (value) => lowering.createImage(value) };
  const dense = (value: Value, address: typeof lowering.dense) => denseImage(value, dtypeBytes[value.dtype], address.call(lowering, value));
  return { source: (value) => dense(value, lowering.dense), target: (value) => dense(value, lowering.createDense) };
}

const isSeveral = ({ count }: BoxLoop) => count !== 1;

const sizes = (shape: readonly number[]) => shape.filter((size) => size !== 1);

/**
 * The first element of a box that is one span of its input's elements, in their order, and all of its output's; undefined for other boxes.
 * Such are the whole input in another shape, and a part along the outermost of its axes that have more than one position.
 */
function spanStart({ input, output, loops }: Box): number | undefined {
  const moved = loops.filter(isSeveral);
  const isOrdered = moved.every(({ from, to }, i) => {
    const isPlain = from && !from.list && (from.step ?? 1) === 1 && !to?.start && (to?.step ?? 1) === 1;
    return isPlain && from.axis > (moved[i - 1]?.from?.axis ?? -1);
  });
  if (!isOrdered || `${moved.map(({ count }) => count)}` !== `${sizes(output.shape)}`) return undefined;
  let first = 0;
  let isWhole = false;
  for (const [axis, size] of input.shape.entries()) {
    const loop = loops.find(({ from }) => from?.axis === axis);
    const [start, count] = [(loop?.from?.list?.[0] ?? loop?.from?.start) || 0, loop?.count ?? 1];
    if (isWhole && count !== size) return undefined;
    // All axes behind one of several positions must be whole.
    isWhole ||= count > 1;
    first = first * size + start;
  }
  return first;
}

/** As spanStart, of all boxes of a node, where every one fills an output of its own. */
function spansOf(node: Node, found: readonly Box[]): (number | undefined)[] | undefined {
  const isEachOne = found.length === node.outputs.length && new Set(found.map(({ output }) => output)).size === found.length;
  return isEachOne ? found.map(spanStart) : undefined;
}

/** Moves what a node's boxes say; undefined where a run decides it. */
export function lowerMovement(lowering: Lowering, node: Node<keyof typeof boxes>): string | undefined {
  const all = (boxes[node.type] as Boxes)(node);
  if (!all) return undefined;
  const starts = spansOf(node, all);
  const found = all.filter(({ input, output }, i) => starts?.[i] === undefined || !renameSpan(lowering, input, output, starts[i]));
  if (found.length === 0) return 'alias';
  const inputs = [...new Set(found.map(({ input }) => input))];
  const outputs = [...new Set(found.map(({ output }) => output))];
  const { source, target } = representation(lowering, inputs, outputs);
  const sources = new Map(inputs.map((value) => [value, source(value)]));
  const targets = new Map(outputs.map((value) => [value, target(value)]));
  // The boxes of a node that joins its operands are in their order.
  const moved = found.filter(({ input }, i) => !lowering.isInPlace(node, i, sources.get(input)!.region));
  for (const box of moved) moveBox(lowering, box, sources.get(box.input)!, targets.get(box.output)!);
  if (moved.length === 0) return 'alias';
  return node.type.toLowerCase().replaceAll('_', ' ');
}

/** PAD and PADV2 of any axes: the input and what is around it, each written once. */
export function lowerPadding(lowering: Lowering, node: Node<'PAD' | 'PADV2'>): string | undefined {
  const [input, paddings, given] = node.inputs as Value[];
  const [output] = node.outputs;
  if (!paddings.data || (node.type === 'PADV2' && !given.data)) return undefined;
  const pairs = Array.from<number | bigint, number>(paddings.data, Number);
  const { source, target } = representation(lowering, [input], [output]);
  const image = source(input);
  const padded = target(output);
  const fill = fillOf(lowering, output, given, padded.layout.elementBytes);
  moveBox(lowering, paddedBox(node, pairs), image, padded);
  for (const box of paddingBoxes(node, pairs, fill.value)) moveBox(lowering, box, fill.image, padded);
  return 'pad';
}

/** SPACE_TO_BATCH_ND: filled first where it pads. */
export function lowerSpaceToBatch(lowering: Lowering, node: Node<'SPACE_TO_BATCH_ND'>): string | undefined {
  const found = spaceToBatch(node);
  if (!found) return undefined;
  const [input, , paddings] = node.inputs as Value[];
  const [output] = node.outputs;
  const { source, target } = representation(lowering, [input], [output]);
  const image = source(input);
  const blocked = target(output);
  if (Array.from<number | bigint, number>(paddings.data!, Number).some((amount) => amount !== 0)) {
    const fill = fillOf(lowering, output, undefined, blocked.layout.elementBytes);
    moveBox(lowering, fillingBox(fill.value, output), fill.image, blocked);
  }
  for (const box of found) moveBox(lowering, box, image, blocked);
  return 'space to batch';
}

/** One element to fill with: real 0, or that of a PADV2. */
function fillOf(lowering: Lowering, output: Value, given: Value | undefined, elementBytes: number): { value: Value; image: Image } {
  const isCentred = is8Bit(output) && elementBytes === 2;
  const zero = output.quantization ? zeroPointOf(output) : 0;
  const data = allocate(isCentred ? 'int16' : output.dtype, 1);
  const element = given?.data?.[0] ?? (data instanceof BigInt64Array ? 0n : zero);
  data[0] = isCentred ? Number(element) - zero : (element as never);
  const value: Value = { id: -1, name: `${output.name} fill`, dtype: output.dtype, shape: [1], data };
  return { value, image: denseImage(value, elementBytes, lowering.constant('fill', data)) };
}
