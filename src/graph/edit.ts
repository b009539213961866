// Owns every change of a graph that has been read or built: no other file of src writes to nodes, values or lists of them.
import { elementCount, type Graph, type Node, type OperatorAttributes, type OperatorType, type TensorData, type Value } from './graph';
import { rejectValue } from './reject';

/** Makes `to` input `index` of a node. */
export function replaceInput(node: Node, index: number, to: Value): void {
  node.inputs[index] = to;
}

/** Makes `to` output `index` of a node; `to` must have no other producer in the graph. */
export function replaceOutput(node: Node, index: number, to: Value): void {
  node.outputs[index] = to;
}

/** Replaces some attributes of a node. */
export function setAttributes<T extends OperatorType>(node: Node<T>, attributes: Partial<OperatorAttributes[T]>): void {
  Object.assign(node, { attributes: { ...node.attributes, ...attributes } });
}

/** Sets the shape of a value, as inferred. */
export function setShape(value: Value, shape: readonly number[]): void {
  value.shape = shape;
}

/** Takes nodes out of the graph; their outputs stay in it as values without a producer. */
export function removeNodes(graph: Graph, nodes: ReadonlySet<Node>): void {
  graph.nodes = graph.nodes.filter((node) => !nodes.has(node));
}

/** Takes values out of the graph. No node, graph input or output, or signature may refer to them. */
export function removeValues(graph: Graph, values: ReadonlySet<Value>): void {
  graph.values = graph.values.filter((value) => !values.has(value));
}

/**
 * Makes a node's output a constant; the caller removes its producer. `data`: the elements, row-major.
 * @throws ModelError `bad-shape` unless `data` has as many elements as the value's shape
 */
export function makeConstant(value: Value, data: TensorData): void {
  if (data.length !== elementCount(value.shape)) {
    rejectValue('bad-shape', value, `${data.length} elements do not fill shape [${value.shape}]`);
  }
  value.data = data;
}

/**
 * Adds a constant under the smallest id above all others of the graph.
 * @throws ModelError `bad-shape` unless `data` has as many elements as `shape`
 */
export function addConstant(graph: Graph, constant: Omit<Value, 'id'> & { data: TensorData }): Value {
  const value: Value = { ...constant, id: graph.values.reduce((max, { id }) => Math.max(max, id), -1) + 1 };
  makeConstant(value, constant.data);
  graph.values.push(value);
  return value;
}
