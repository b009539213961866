// Owns making hybrid layers float: int8 and uint8 weights of layers with float activations become float32 constants.
import { addConstant, replaceInput } from '../graph/edit';
import { allocate, elementCount, type Graph, type Node, type Value } from '../graph/graph';
import type { PassOptions } from './pass';

const weighted = ['CONV_2D', 'DEPTHWISE_CONV_2D', 'FULLY_CONNECTED'];

/** Whether a value is an 8-bit constant whose scales and elements fit its shape; validation reports faults of others. */
function isDequantizable({ dtype, data, shape, quantization }: Value): boolean {
  if ((dtype !== 'int8' && dtype !== 'uint8') || !quantization || data?.length !== elementCount(shape)) return false;
  const { scale, zeroPoint, axis } = quantization;
  return zeroPoint.length === scale.length && (scale.length === 1 || scale.length === shape[axis]);
}

/**
 * Replaces the quantized weights of convolutions and fully connected layers with float inputs by their real values. Stock kernels
 * would round the activations to 8 bits instead (tflite/kernels/conv.cc, EvalHybrid). Runs before validation, which refuses hybrid dtypes.
 */
export function dequantizeWeights(graph: Graph, options: PassOptions): void {
  const reals = new Map<Value, Value>();
  for (const node of graph.nodes) {
    const [input, weights] = node.inputs;
    if (!weighted.includes(node.type) || input?.dtype !== 'float32' || !weights || !isDequantizable(weights)) continue;
    const real = reals.get(weights) ?? dequantized(graph, weights, options);
    reals.set(weights, real);
    replaceInput(node, 1, real);
  }
}

function dequantized(graph: Graph, weights: Value, { evaluate }: PassOptions): Value {
  const { name, shape } = weights;
  const data = allocate('float32', elementCount(shape));
  const output: Value = { id: -1, name, dtype: 'float32', shape };
  const node: Node = { type: 'DEQUANTIZE', id: -1, attributes: {}, inputs: [weights], outputs: [output], version: 1 };
  evaluate(node, [weights.data], [data]);
  return addConstant(graph, { name: `${name} (float)`, dtype: 'float32', shape, data });
}
