// Owns copies of graphs and of single nodes: edits of a copy leave the original as it is.
import type { Graph, Node, Value } from './graph';

/**
 * A copy with nodes and values of its own under the same ids. Constants' elements, metadata and the trailer are shared: edits replace
 * them and never write into them.
 */
export function copyGraph(graph: Graph): Graph {
  const copies = new Map(graph.values.map((value) => [value, { ...value }]));
  const copy = (value: Value): Value => copies.get(value)!;
  const port = ({ name, value }: { name: string; value: Value }) => ({ name, value: copy(value) });
  return {
    ...graph,
    values: [...copies.values()],
    inputs: graph.inputs.map(copy),
    outputs: graph.outputs.map(copy),
    ...(graph.states && { states: graph.states.map((state) => ({ ...state, input: copy(state.input), output: copy(state.output) })) }),
    nodes: graph.nodes.map((node) => copyNode(node, copy)),
    signatures: graph.signatures.map(({ key, inputs, outputs }) => ({ key, inputs: inputs.map(port), outputs: outputs.map(port) })),
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

/** A graph of a copy of one node; its inputs are the node's variable inputs. */
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

/** The inputs of a node that are not constants, each once, in order. */
export function variableInputs(node: Node): Value[] {
  return [...new Set(node.inputs)].filter((value): value is Value => value !== undefined && !value.data);
}
