// Owns the map from values to the nodes that read them.
import type { Graph, Node, Value } from './graph';

/** The readers of every value that some node reads, in execution order; a node that reads it twice appears once. */
export function consumersOf(graph: Graph): Map<Value, Node[]> {
  const consumers = new Map<Value, Node[]>();
  for (const node of graph.nodes) {
    for (const value of new Set(node.inputs)) {
      if (!value) continue;
      const readers = consumers.get(value);
      if (readers) readers.push(node);
      else consumers.set(value, [node]);
    }
  }
  return consumers;
}
