// Owns lookup tables of 8-bit unary operators: the output code for each of the 256 input codes.
import type { Node } from '../graph/graph';
import { type CodeOperator, codeFunction } from './code-functions';

/** Entry i is the output code for input code i (uint8) or i - 128 (int8). Input is 8-bit, output 8- or 16-bit, both per tensor. */
export function lookupTable(node: Node<CodeOperator>): Int16Array {
  const compute = codeFunction(node);
  const lowest = node.inputs[0]!.dtype === 'int8' ? -128 : 0;
  return Int16Array.from({ length: 256 }, (_, i) => compute(lowest + i));
}
