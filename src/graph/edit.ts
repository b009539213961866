// Owns every change of a graph after it was read: passes call these functions and nothing else writes to nodes or values.
import { ModelError } from '../errors';
import {
  describeValue,
  elementCount,
  type Graph,
  type Node,
  type OperatorAttributes,
  type OperatorType,
  type TensorData,
  type Value,
} from './graph';

/** Lets input `index` of one node read `to`. */
export function replaceInput(node: Node, index: number, to: Value): void {
  node.inputs[index] = to;
}

/** Lets `node` produce `to` as its output `index`; `to` must have no other producer left in the graph. */
export function replaceOutput(node: Node, index: number, to: Value): void {
  node.outputs[index] = to;
}

/** Replaces some attributes of a node. */
export function setAttributes<T extends OperatorType>(node: Node<T>, attributes: Partial<OperatorAttributes[T]>): void {
  Object.assign(node, { attributes: { ...node.attributes, ...attributes } });
}

/** Takes nodes out of the graph; their outputs stay as values without a producer. */
export function removeNodes(graph: Graph, nodes: ReadonlySet<Node>): void {
  graph.nodes = graph.nodes.filter((node) => !nodes.has(node));
}

/** Takes values out of the graph. Nothing may name them any more: not a node, a graph input or output, nor a signature. */
export function removeValues(graph: Graph, values: ReadonlySet<Value>): void {
  graph.values = graph.values.filter((value) => !values.has(value));
}

/**
 * Makes a node's output a constant. Its producer is to be removed too: both would give the value. `data` has one element per
 * element of its shape, else `bad-shape`.
 */
export function makeConstant(value: Value, data: TensorData): void {
  if (data.length !== elementCount(value.shape)) {
    throw new ModelError('bad-shape', `${data.length} elements do not fill shape [${value.shape}]`, { where: describeValue(value) });
  }
  value.data = data;
}

/** Adds a constant with a fresh id, named `name`. `data` has one element per element of `shape`. */
export function addConstant(graph: Graph, constant: Omit<Value, 'id'> & { data: TensorData }): Value {
  const value: Value = { ...constant, id: graph.values.reduce((highest, { id }) => Math.max(highest, id), -1) + 1 };
  makeConstant(value, constant.data);
  graph.values.push(value);
  return value;
}
