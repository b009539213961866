// Owns what a shape rule is, and the reads and axis arithmetic that the rules share.
import type { Node, OperatorType, Value } from '../graph';
import { reject } from '../reject';

export type Shape = readonly number[];

export interface ShapeContext {
  /** Elements of shape operand `index`; throws `dynamic-shape` when they are known only at run time. */
  operand(index: number): readonly number[];
  /** Images per run when the caller asked for a number, else 1. */
  readonly batch: number;
}

/**
 * Shapes of a node's outputs from those of its inputs, as the operator's Prepare() in tflite/kernels sets them. A rule throws where
 * there is no output shape; nodes with an output shape that no kernel could compute are refused by graph/validate/.
 */
export type ShapeRule<T extends OperatorType> = (node: Node<T>, context: ShapeContext) => Shape[];

export type ShapeRules = { readonly [T in OperatorType]?: ShapeRule<T> };

/** Shape of input `index`, which is not optional. */
export function inputShape(node: Node, index: number): Shape {
  return (node.inputs[index] as Value).shape;
}

/** Shape of input `index`, which must have `rank` dimensions; `role` names the input in messages, such as 'filter'. */
export function inputOfRank(node: Node, index: number, rank: number, role: string): Shape {
  const shape = inputShape(node, index);
  if (shape.length !== rank) reject('bad-shape', node, `its ${role} [${shape}] must have ${rank} dimensions`);
  return shape;
}

/** `axis` counted from the front, in [0, rank); negative axes count from the end. */
export function resolveAxis(node: Node, axis: number, rank: number): number {
  const resolved = axis < 0 ? axis + rank : axis;
  if (resolved < 0 || resolved >= rank) reject('bad-shape', node, `axis ${axis} does not exist, the tensor has ${rank}`);
  return resolved;
}

/** The only element of operand `index`. */
export function scalarOperand(node: Node, context: ShapeContext, index: number): number {
  const elements = context.operand(index);
  if (elements.length !== 1) reject('bad-shape', node, `input ${index} must have 1 element, it has ${elements.length}`);
  return elements[0];
}

/** `shape` with the dimension at `axis` replaced by the dimensions `by`. */
export function replaceAxis(shape: Shape, axis: number, ...by: number[]): Shape {
  return [...shape.slice(0, axis), ...by, ...shape.slice(axis + 1)];
}

/** Shapes aligned at their last dimension; a dimension of 1 or a missing one repeats (CalculateShapeForBroadcast in kernel_util.cc). */
export function broadcastShape(node: Node, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      reject('bad-shape', node, `shape [${b}] does not fit [${a}]: ${right} against ${left}`);
    }
    return left === 1 ? right : left;
  });
}
