// Owns which operands of PACK and CONCATENATION are computed straight into their places in the result, so that nothing is copied.
import { elementCount, type Graph, type Node, type Value } from '../graph/graph';
import { sameParams } from '../quant/params';
import type { Format } from './format';
import { containsBorder, imageShape, type Layout, partLayout } from './layout';
import { partOf, type Region } from './region';
import type { Image } from './step';

/** The place of an operand in the result of the node that joins it with others. */
export interface Join {
  readonly whole: Value;
  /** The operand's number, and the first of the result's elements that is its own. */
  readonly index: number;
  readonly first: number;
  /** The operand, and before it the values that it is another shape of: whichever is computed has the place. */
  readonly values: readonly Value[];
  /** Memory of the place, once one of the values has it. */
  region?: Region;
}

/** Properties of values that a plan takes before they are computed. */
interface Representations {
  formatOf(value: Value): Format | undefined;
  requiredLayout(value: Value): Layout;
  isOutput(value: Value): boolean;
}

/** Nodes from the first value of a joined one to the node that joins it, at most; and where the result takes more than little memory. */
const maxDistance = 256;
const maxDistanceOfLarge = 8;
/** The result takes little memory where it has at most this share of the largest operands and results of one node. */
const littleShare = 1 / 4;
/** Values that an operand is another shape of, at most. */
const maxShapes = 8;

/** The place of a value in an image of the whole, where the whole's pixels and border have what the value's consumers require. */
export function imagePlace({ region, layout }: Image, first: number, value: Value, required: Layout): Image | undefined {
  const part = partLayout(layout, first, imageShape(value.shape));
  if (!part || part.layout.pixelElements !== required.pixelElements) return undefined;
  if (!containsBorder(part.layout.border, required.border)) return undefined;
  const place = partOf(region, part.offset, part.layout.bytes);
  return place && { region: place, layout: part.layout };
}

/** Whether a node joins operands that lie one after the other in its result. */
function isJoining(node: Node): node is Node<'PACK' | 'CONCATENATION'> {
  if ((node.type !== 'PACK' && node.type !== 'CONCATENATION') || node.inputs.length < 2) return false;
  const [{ shape }] = node.outputs;
  const { axis } = node.attributes;
  return shape.slice(0, axis < 0 ? axis + shape.length : axis).every((size) => size === 1);
}

/** Whether a node's output has the elements of its input in another shape. */
function isReshape({ type }: Node): boolean {
  return type === 'RESHAPE' || type === 'SQUEEZE' || type === 'EXPAND_DIMS';
}

function hasElementsOf(whole: Value, value: Value): boolean {
  return value.dtype === whole.dtype && sameParams(value, whole);
}

/** Whether the result of a node has one representation, in which its operands can be written. */
function isJoinable({ type, inputs, outputs: [whole] }: Node, representations: Representations): boolean {
  const format = representations.formatOf(whole);
  // CONCATENATION of images requantizes operand by operand; others move all of them in one representation.
  const isByOperand = format && type === 'CONCATENATION' && whole.shape.length <= 4;
  return (inputs as Value[]).every(
    (value) => elementCount(value.shape) > 0 && representations.formatOf(value) === format && (isByOperand || hasElementsOf(whole, value)),
  );
}

/** Whether a value's memory, which it does not have yet, can be a part of the result's. */
function canBePart(whole: Value, first: number, value: Value, representations: Representations, isInput: boolean): boolean {
  const format = representations.formatOf(whole);
  if (value.data || !hasElementsOf(whole, value) || representations.formatOf(value) !== format) return false;
  // What users write and read has memory of its own.
  if ((isInput || representations.isOutput(value)) && (!format || format.denseIsImage)) return false;
  if (!format) return true;
  const layout = representations.requiredLayout(whole);
  const region: Region = { kind: 'arena', name: '', bytes: layout.bytes, pinned: false, address: 0 };
  return imagePlace({ region, layout }, first, value, representations.requiredLayout(value)) !== undefined;
}

/**
 * The joins of a graph, by the values that have their places. A result lives from its first operand on, so that one that is computed long
 * before the others would keep memory that others use meanwhile: it has no place.
 */
export function joinsOf({ nodes, inputs }: Graph, representations: Representations): ReadonlyMap<Value, Join> {
  const joins = new Map<Value, Join>();
  if (!nodes.some(isJoining)) return joins;
  const given = new Set(inputs);
  const producers = new Map<Value, Node>();
  /** The first node in which the memory of a value is alive. */
  const begins = new Map<Value, number>();
  let mostElements = 0;
  nodes.forEach((node, index) => {
    let elements = 0;
    for (const value of [...node.inputs, ...node.outputs]) {
      if (!value || value.data) continue;
      elements += elementCount(value.shape);
      if (!begins.has(value)) begins.set(value, index);
    }
    mostElements = Math.max(mostElements, elements);
    for (const value of node.outputs) producers.set(value, node);
  });
  nodes.forEach((node, index) => {
    if (!isJoining(node) || !isJoinable(node, representations)) return;
    const [whole] = node.outputs;
    const distance = elementCount(whole.shape) <= mostElements * littleShare ? maxDistance : maxDistanceOfLarge;
    let [first, wholeBegin] = [0, index];
    for (const [i, operand] of (node.inputs as Value[]).entries()) {
      const values: Value[] = [];
      let begin = index;
      let value: Value | undefined | null = operand;
      while (value && values.length < maxShapes && !joins.has(value) && canBePart(whole, first, value, representations, given.has(value))) {
        values.push(value);
        begin = begins.get(value)!;
        const producer: Node | undefined = producers.get(value);
        value = producer && isReshape(producer) ? producer.inputs[0] : undefined;
      }
      if (index - begin <= distance) {
        const join: Join = { whole, index: i, first, values };
        for (const each of values) joins.set(each, join);
        wholeBegin = Math.min(wholeBegin, begin);
      }
      first += elementCount(operand.shape);
    }
    begins.set(whole, wholeBegin);
  });
  return joins;
}
