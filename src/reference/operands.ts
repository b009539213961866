// Owns reading the integer operands (axis, perm, paddings, indices) that steer data movement.
import type { Node, TensorData } from '../graph/graph';
import { resolveAxis } from '../graph/shape-rules/rule';

/** The elements of an int16, int32 or int64 operand as numbers. */
export function integers(data: TensorData): number[] {
  return Array.from<number | bigint, number>(data, Number);
}

/** The axis that a one-element operand names in a tensor of `rank` axes; negative ones count from the end. */
export function axisOperand(node: Node, data: TensorData, rank: number): number {
  return resolveAxis(node, Number(data[0]), rank);
}
