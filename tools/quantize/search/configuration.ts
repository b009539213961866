// Owns configurations: the precision of every node of a network, and what a quantized graph has of them.
import type { Graph, Node } from 'zeropoint/graph';
import { outputRule } from '../build/operators';
import { type CodeType, canHaveInt4Weights, type Scheme, type SchemeSettings } from '../build/scheme';
import type { ExceptionGlobs } from '../exceptions';

/**
 * `base`: as the scheme says. `int4`: with weights of 4 bits. `int16`: activations of 16 bits and weights of 8. `float32`: not quantized.
 */
export type Precision = 'base' | 'int4' | 'int16' | 'float32';

/** Precisions of the nodes of a graph, in order. */
export type Configuration = readonly Precision[];

/** Dtype of a node's activations. */
export const activationsOf = (precision: Precision, { activations }: Scheme): CodeType | 'float32' =>
  precision === 'float32' || precision === 'int16' ? precision : activations.dtype;

/** Whether an operator has a form of this precision; layers of 16 and of 4 bits are exceptions of int8 alone. */
export function hasForm(node: Node, precision: Precision, { name }: SchemeSettings, { activations }: Scheme): boolean {
  if (precision === 'float32') return true;
  if (precision === 'base') return outputRule(node, activations.dtype) !== undefined;
  if (name !== 'int8') return false;
  return precision === 'int4' ? canHaveInt4Weights(node) && outputRule(node) !== undefined : outputRule(node, 'int16') !== undefined;
}

/** Names of the nodes' first outputs by precision, as settings take them. Operators that have no 8-bit form need no mention. */
export function exceptionNames({ nodes }: Graph, configuration: Configuration, { activations }: Scheme): Required<ExceptionGlobs> {
  const isQuantized = (node: Node) => outputRule(node, activations.dtype) !== undefined;
  const named = (precision: Precision) =>
    nodes.filter((node, i) => configuration[i] === precision && isQuantized(node)).map(({ outputs }) => outputs[0].name);
  return { skip: named('float32'), int16: named('int16'), int4: named('int4') };
}
