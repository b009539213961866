// Owns the form of FULLY_CONNECTED with computed weights in graphs that are quantized: BATCH_MATMUL and ADD, which stay float.
import { elementCount, type Graph, type Node, type Value } from 'zeropoint/graph';

/** Numbers nodes and values that are added to a graph. */
class Additions {
  readonly values: Value[];
  private nodeId: number;

  constructor({ values, nodes }: Graph) {
    this.values = [...values];
    this.nodeId = nodes.reduce((max, { id }) => Math.max(max, id), 0);
  }

  value(name: string, shape: readonly number[]): Value {
    const id = this.values.reduce((max, value) => Math.max(max, value.id), 0) + 1;
    const value: Value = { id, name, dtype: 'float32', shape };
    this.values.push(value);
    return value;
  }

  node(type: Node['type'], attributes: object, inputs: Value[], output: Value): Node {
    return { type, id: ++this.nodeId, attributes, inputs, outputs: [output], version: 1 } as Node;
  }
}

function isComputed({ type, inputs: [, weights, bias] }: Node): boolean {
  return type === 'FULLY_CONNECTED' && !(weights!.data && (!bias || bias.data));
}

/** x W^T + b as nodes of their own; an input that is flattened is reshaped before, and the rows are given the output's shape after. */
function product({ inputs, outputs: [output], attributes }: Node<'FULLY_CONNECTED'>, added: Additions): Node[] {
  const [input, weights, bias] = inputs as [Value, Value, Value?];
  const [channels, depth] = weights.shape;
  const rows = elementCount(input.shape) / depth;
  const nodes: Node[] = [];
  const step = (type: Node['type'], attributes: object, inputs: Value[], shape: readonly number[], isLast = false): Value => {
    const result = isLast ? output : added.value(`${output.name} (${type})`, shape);
    nodes.push(added.node(type, attributes, inputs, result));
    return result;
  };
  const x = input.shape.length === 2 ? input : step('RESHAPE', { newShape: [rows, depth] }, [input], [rows, depth]);
  const isMatrix = output.shape.length === 2;
  const activation = attributes.activation;
  const isPlain = !bias && activation === 'NONE';
  let y = step('BATCH_MATMUL', { adjX: false, adjY: true }, [x, weights], [rows, channels], isMatrix && isPlain);
  if (bias) y = step('ADD', { activation }, [y, bias], [rows, channels], isMatrix);
  else if (!isPlain) y = step(activation as 'RELU', {}, [y], [rows, channels], isMatrix);
  if (!isMatrix) step('RESHAPE', { newShape: output.shape }, [y], output.shape, true);
  return nodes;
}

/** A validated float graph without FULLY_CONNECTED with computed weights or bias, and with the same results. */
export function computedWeightsToProducts(graph: Graph): Graph {
  if (!graph.nodes.some(isComputed)) return graph;
  const added = new Additions(graph);
  const nodes = graph.nodes.flatMap((node) => (isComputed(node) ? product(node as Node<'FULLY_CONNECTED'>, added) : [node]));
  return { ...graph, nodes, values: added.values };
}
