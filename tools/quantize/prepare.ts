// Owns the passes over a float graph before it is quantized: folding, fusing, MEAN for global pools, separate weights per layer.
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
import { requireFloat } from '../model/float-model';
import { computedWeightsToProducts } from './computed-weights';

/**
 * A validated copy of a float graph, ready to be quantized. Values that remain keep their names. PAD is not fused into convolutions, since
 * `.tflite` has no explicit padding. @throws ModelError as `validate` and `requireFloat` do
 */
export function prepareFloat(graph: Graph): Graph {
  requireFloat(graph);
  const copy = copyGraph(graph);
  validate(copy, { evaluate });
  for (const pass of [foldConstants, fuseActivation]) pass(copy, { evaluate });
  const prepared = computedWeightsToProducts(poolsToMeans(copy));
  separateWeights(prepared);
  removeDead(prepared);
  return prepared;
}

/**
 * Replaces AVERAGE_POOL_2D over the whole image by MEAN over both axes, which computes the same. The output of an 8-bit pool must have the
 * scale of its input (tflite/kernels/pooling.cc), and averages fill only a small part of that range; MEAN has an output scale of its own
 * (tflite/kernels/reduce.cc).
 */
function poolsToMeans(graph: Graph): Graph {
  const isGlobalPool = (node: Node): boolean => {
    if (node.type !== 'AVERAGE_POOL_2D' || node.attributes.activation !== 'NONE' || node.attributes.padding !== 'VALID') return false;
    const [, height, width] = node.inputs[0]!.shape;
    return node.attributes.filterH === height && node.attributes.filterW === width;
  };
  if (!graph.nodes.some(isGlobalPool)) return graph;
  const data = Int32Array.of(1, 2);
  const axes = addConstant(graph, { name: 'image axes', dtype: 'int32', shape: [2], data });
  const nodes = graph.nodes.map((node): Node => {
    if (!isGlobalPool(node)) return node;
    return { type: 'MEAN', id: node.id, attributes: { keepDims: true }, inputs: [node.inputs[0], axes], outputs: node.outputs, version: 1 };
  });
  return { ...graph, nodes };
}

/** Copies weights and biases that several layers share, so that equalization can scale them per layer. */
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
