// Owns the removal of dead code: nodes and values that no graph output depends on.
import { removeNodes, removeValues } from '../graph/edit';
import type { Graph, Node, Value } from '../graph/graph';
import { PassLog, type PassRecord } from './pass';

/** Removes nodes that no graph output depends on, then values that no node, graph input or output, or signature refers to. */
export function removeDead(graph: Graph): PassRecord[] {
  const log = new PassLog('remove-dead');
  const needed = new Set<Value>(graph.outputs);
  const dead = new Set<Node>();
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i];
    if (node.outputs.some((value) => needed.has(value))) {
      for (const value of node.inputs) if (value) needed.add(value);
      // A kernel writes all outputs of its node, those without reader included.
      for (const value of node.outputs) needed.add(value);
    } else {
      dead.add(node);
      log.changed(node, 'no graph output depends on it');
    }
  }
  removeNodes(graph, dead);
  for (const value of graph.inputs) needed.add(value);
  for (const { inputs, outputs } of graph.signatures) for (const { value } of [...inputs, ...outputs]) needed.add(value);
  removeValues(graph, new Set(graph.values.filter((value) => !needed.has(value))));
  return log.records;
}
