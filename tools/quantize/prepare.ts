// Owns what happens to a float graph before it is quantized: constants folded, activations fused, global pools with a scale of their own.
import {
  addConstant,
  copyGraph,
  foldConstants,
  fuseActivation,
  type Graph,
  type Node,
  removeDead,
  replaceInput,
  type Value,
  validate,
  weightedInputs,
} from 'zeropoint/graph';
import { evaluate } from 'zeropoint/reference';

/**
 * A validated copy of a float graph, ready to be quantized; names of the values that remain are those of `graph`. Pads stay nodes,
 * since a file has no other form for them. Throws what `validate` throws.
 */
export function prepareFloat(graph: Graph): Graph {
  const copy = copyGraph(graph);
  validate(copy, { evaluate });
  for (const pass of [foldConstants, fuseActivation]) pass(copy, { evaluate });
  const prepared = poolsToMeans(copy);
  separateWeights(prepared);
  removeDead(prepared);
  return prepared;
}

/**
 * AVERAGE_POOL_2D over the whole image becomes MEAN, the same function: a quantized pool must keep its input's scale, of which averages
 * use a small part, while MEAN has one of its own (`tflite/kernels/pooling.cc`, reduce.cc).
 */
function poolsToMeans(graph: Graph): Graph {
  const global = (node: Node): boolean => {
    if (node.type !== 'AVERAGE_POOL_2D' || node.attributes.activation !== 'NONE' || node.attributes.padding !== 'VALID') return false;
    const [, height, width] = node.inputs[0]!.shape;
    return node.attributes.filterH === height && node.attributes.filterW === width;
  };
  if (!graph.nodes.some(global)) return graph;
  const data = Int32Array.of(1, 2);
  const axes = addConstant(graph, { name: 'image axes', dtype: 'int32', shape: [2], data });
  const nodes = graph.nodes.map((node): Node => {
    if (!global(node)) return node;
    return { type: 'MEAN', id: node.id, attributes: { keepDims: true }, inputs: [node.inputs[0], axes], outputs: node.outputs, version: 1 };
  });
  return { ...graph, nodes };
}

/** Every layer gets weights and a bias of its own, so that scaling one layer leaves others alone. */
function separateWeights(graph: Graph): void {
  const taken = new Set<Value>();
  for (const node of graph.nodes) {
    const slots = weightedInputs(node.type);
    for (const slot of slots ? [slots.weights, slots.bias] : []) {
      const value = node.inputs[slot];
      if (!value?.data) continue;
      if (taken.has(value)) replaceInput(node, slot, addConstant(graph, { ...value, data: value.data }));
      taken.add(value);
    }
  }
}
