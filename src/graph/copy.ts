// Owns copies of graphs and of single nodes, so that a step may edit its graph without touching anyone else's.
import type { Graph, Node, Value } from './graph';

/** A graph of its own nodes and values with the same ids; constants' elements and blobs are shared, since they are replaced, never written. */
export function copyGraph(graph: Graph): Graph {
  const copies = new Map(graph.values.map((value) => [value, { ...value }]));
  const copy = (value: Value): Value => copies.get(value)!;
  const end = ({ name, value }: { name: string; value: Value }) => ({ name, value: copy(value) });
  return {
    ...graph,
    values: [...copies.values()],
    inputs: graph.inputs.map(copy),
    outputs: graph.outputs.map(copy),
    nodes: graph.nodes.map((node) => copyNode(node, copy)),
    signatures: graph.signatures.map(({ key, inputs, outputs }) => ({ key, inputs: inputs.map(end), outputs: outputs.map(end) })),
    metadata: [...graph.metadata],
  };
}

function copyNode(node: Node, copy: (value: Value) => Value): Node {
  return {
    ...node,
    attributes: { ...node.attributes },
    inputs: node.inputs.map((value) => value && copy(value)),
    outputs: node.outputs.map(copy),
  } as Node;
}

/** A graph of one node, whose inputs are the node's inputs without data, in order, each once. */
export function isolateNode(node: Node): Graph {
  const copies = new Map<Value, Value>();
  const copy = (value: Value): Value => {
    let found = copies.get(value);
    if (!found) {
      found = { ...value, id: copies.size };
      copies.set(value, found);
    }
    return found;
  };
  const single = copyNode(node, copy);
  return {
    name: '',
    description: '',
    values: [...copies.values()],
    inputs: variableInputs(node).map(copy),
    outputs: single.outputs,
    nodes: [single],
    signatures: [],
    metadata: [],
    trailer: new Uint8Array(0),
  };
}

/** The inputs that a run gives, each once. */
export function variableInputs(node: Node): Value[] {
  return [...new Set(node.inputs)].filter((value): value is Value => value !== undefined && !value.data);
}
