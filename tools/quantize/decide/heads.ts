// Owns output heads: which outputs of a network each of its values leads to, and the parts of a network that a module treats.
import type { Graph, Value } from 'zeropoint/graph';

/** Whether a module treats the part of the network that computes a value of the float graph. Copies of a graph keep its scopes. */
export type Scope = (value: Pick<Value, 'id'>) => boolean;

export const everywhere: Scope = () => true;
export const nowhere: Scope = () => false;

/** Indices of the graph's outputs that each value leads to, by value id; values that lead to none are absent. */
export type Reach = ReadonlyMap<number, ReadonlySet<number>>;

/** The outputs that the values of `graph`, in execution order, lead to. */
export function reachOf(graph: Graph): Reach {
  const reach = new Map<number, Set<number>>();
  const add = (value: Value, heads: Iterable<number>): void => {
    let found = reach.get(value.id);
    if (!found) {
      found = new Set();
      reach.set(value.id, found);
    }
    for (const head of heads) found.add(head);
  };
  for (const [head, value] of graph.outputs.entries()) add(value, [head]);
  for (const node of graph.nodes.slice().reverse()) {
    const heads = new Set(node.outputs.flatMap((value) => [...(reach.get(value.id) ?? [])]));
    for (const value of node.inputs) if (value) add(value, heads);
  }
  return reach;
}

/** The part of the network that leads to an output of `gaining` and to none of `losing`. */
export function partOf(reach: Reach, gaining: ReadonlySet<number>, losing: ReadonlySet<number>): Scope {
  return ({ id }) => {
    const heads = reach.get(id);
    if (!heads) return false;
    let gains = false;
    for (const head of heads) {
      if (losing.has(head)) return false;
      gains ||= gaining.has(head);
    }
    return gains;
  };
}
