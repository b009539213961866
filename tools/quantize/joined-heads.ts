// Owns output heads that a concatenation joins although their ranges differ too much for one scale of 8 bits: the join stays float.
import type { Graph, Node, Value } from 'zeropoint/graph';
import type { Ranges } from '../calibrate/ranges';
import { memberOf } from '../json';
import { outputRule } from './build/operators';
import { constantRange } from './build/parameters';

/**
 * Quotient of the operands' magnitudes from which on their join stays float: the smallest operand has at most 1/8 of the codes then, and
 * loses 20 log10(8) = 18 dB.
 */
const maxQuotient = 8;

/** Largest magnitude of a value that was calibrated or is constant; 0 where no range is known. */
function magnitudeOf(value: Value, ranges: Ranges['tensors']): number {
  if (value.data) return value.data instanceof Float32Array ? largest(constantRange(value)) : 0;
  const range = memberOf(ranges, value.name);
  return range ? largest(range) : 0;
}

const largest = ({ min, max }: { min: number; max: number }): number => Math.max(Math.abs(min), Math.abs(max));

function isUneven({ inputs }: Node, ranges: Ranges['tensors']): boolean {
  const magnitudes = inputs.map((value) => (value ? magnitudeOf(value, ranges) : 0)).filter((magnitude) => magnitude > 0);
  return magnitudes.length > 1 && Math.max(...magnitudes) >= maxQuotient * Math.min(...magnitudes);
}

/**
 * First outputs of the nodes of a prepared float graph that stay float: concatenations of uneven operands that compute an output of the
 * graph, alone or through nodes that move elements, and these nodes. `ranges` by value name.
 */
export function unevenJoins(graph: Graph, ranges: Ranges['tensors']): Set<string> {
  /** Values that lead to an output of the graph through nodes that move elements. */
  const moved = new Set(graph.outputs);
  const movers: Node[] = [];
  for (const node of graph.nodes.slice().reverse()) {
    if (outputRule(node) !== 'shared' || !node.outputs.some((value) => moved.has(value))) continue;
    movers.push(node);
    for (const value of node.inputs) if (value) moved.add(value);
  }
  const joined = new Set<Value>();
  for (const node of movers.reverse()) {
    const isJoin = node.type === 'CONCATENATION' && isUneven(node, ranges);
    if (isJoin || node.inputs.some((value) => value && joined.has(value))) for (const value of node.outputs) joined.add(value);
  }
  return new Set(movers.flatMap(({ outputs }) => (joined.has(outputs[0]) ? [outputs[0].name] : [])));
}

/** The nodes of `graph` whose first outputs have these names. */
export function nodesOf(graph: Graph, names: ReadonlySet<string>): Node[] {
  return graph.nodes.filter(({ outputs }) => names.has(outputs[0].name));
}
