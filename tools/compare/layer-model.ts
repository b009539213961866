// Owns a single operator of a network as a model of its own, run by the same kernels as inside the network.
import type { Model } from 'zeropoint';
import { loadSync } from 'zeropoint/float';
import { type ExplicitPadding, elementCount, type Graph, type Node, type Value, writeModel } from 'zeropoint/tflite';

export interface LayerModel {
  readonly model: Model;
  /** The network's values that the model's inputs stand for, in order: the node's inputs without constants, each once. */
  readonly inputs: readonly Value[];
}

/** PAD and a convolution without padding: a `.tflite` has no field for the explicit padding that the pass fuse-pad gives a convolution. */
function withPad(
  node: Node<'CONV_2D' | 'DEPTHWISE_CONV_2D'>,
  padding: ExplicitPadding,
  freshId: number,
): { nodes: Node[]; added: Value[] } {
  const [input, ...constants] = node.inputs as [Value, ...(Value | undefined)[]];
  const { top, bottom, left, right } = padding;
  const amounts: Value = {
    id: freshId,
    name: 'paddings',
    dtype: 'int32',
    shape: [4, 2],
    data: Int32Array.of(0, 0, top, bottom, left, right, 0, 0),
  };
  const [batch, height, width, channels] = input.shape;
  const padded: Value = {
    ...input,
    id: freshId + 1,
    name: 'padded',
    shape: [batch, height + top + bottom, width + left + right, channels],
  };
  const pad: Node<'PAD'> = { type: 'PAD', id: 0, attributes: {}, inputs: [input, amounts], outputs: [padded], version: 1 };
  const convolution = { ...node, id: 1, attributes: { ...node.attributes, padding: 'VALID' }, inputs: [padded, ...constants] } as Node;
  return { nodes: [pad, convolution], added: [amounts, padded] };
}

/** The node of a validated graph as a model. @throws ModelError as `loadSync` does */
export function layerModel(node: Node): LayerModel {
  const present = [...new Set(node.inputs.filter((value): value is Value => value !== undefined))];
  const inputs = present.filter((value) => !value.data && elementCount(value.shape) > 0);
  const own: Value[] = [...present, ...node.outputs];
  const padding = (node.type === 'CONV_2D' || node.type === 'DEPTHWISE_CONV_2D') && node.attributes.padding;
  const freshId = Math.max(...own.map(({ id }) => id)) + 1;
  const { nodes, added } =
    typeof padding === 'object'
      ? withPad(node as Node<'CONV_2D' | 'DEPTHWISE_CONV_2D'>, padding, freshId)
      : { nodes: [node], added: [] as Value[] };
  const graph: Graph = {
    name: 'layer',
    description: '',
    values: [...own, ...added],
    inputs,
    outputs: [...node.outputs],
    nodes,
    signatures: [],
    metadata: [],
    trailer: new Uint8Array(0),
  };
  return { model: loadSync(writeModel(graph)), inputs };
}
