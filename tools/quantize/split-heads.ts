// Owns cutting a network before the concatenations that only join its outputs, so that every head has a scale of its own.
import { ModelError } from 'zeropoint';
import { copyGraph, type Graph, removeDead, type Signature, type Value } from 'zeropoint/graph';

/** The heads that a concatenation joins, which concatenations may have computed; the value itself where it is none of computed values. */
function headsOf(graph: Graph, value: Value): Value[] {
  const producer = graph.nodes.find(({ outputs }) => outputs.includes(value));
  const inputs = producer?.inputs.flatMap((input) => input ?? []) ?? [];
  if (producer?.type !== 'CONCATENATION' || producer.attributes.activation !== 'NONE' || inputs.some(({ data }) => data)) return [value];
  return inputs.flatMap((input) => headsOf(graph, input));
}

/**
 * A copy of a float graph in which the operands of each CONCATENATION that computes an output are outputs in its place, in their order; a
 * signature names them as the output with `_0`, `_1` and so on.
 * @throws ModelError `bad-argument` where no output is a concatenation of computed values
 */
export function splitHeads(graph: Graph): Graph {
  const copy = copyGraph(graph);
  const heads = new Map(copy.outputs.map((output) => [output, [...new Set(headsOf(copy, output))]]));
  if ([...heads].every(([output, [head]]) => head === output)) {
    throw new ModelError('bad-argument', 'no output is a concatenation, so that there are no heads to split');
  }
  const split = (entry: Signature['outputs'][number]): Signature['outputs'][number][] => {
    const parts = heads.get(entry.value)!;
    if (parts[0] === entry.value) return [entry];
    return parts.map((value, i) => ({ name: `${entry.name}_${i}`, value }));
  };
  const divided: Graph = {
    ...copy,
    outputs: [...new Set(copy.outputs.flatMap((output) => heads.get(output)!))],
    signatures: copy.signatures.map((signature) => ({ ...signature, outputs: signature.outputs.flatMap(split) })),
  };
  removeDead(divided);
  return divided;
}
