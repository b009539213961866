// Owns the way from the nodes of a float graph to steps: each node to its core kernel or to the host.
import { elementCount, type Graph, type Node, type OperatorType } from '../graph/graph';
import { lowerConvolution, lowerDepthwise } from './lower/convolution';
import { lowerBinary, lowerUnary } from './lower/elementwise';
import { lowerFullyConnected } from './lower/fully-connected';
import { lowerConcatenation, lowerPad, lowerReshape } from './lower/movement';
import { lowerMean, lowerPool, lowerSoftmax } from './lower/pool';
import { Lowering } from './lowering';

/** Emits the steps of one node; false, with nothing emitted, when the core has no kernel for it. */
type Lower<T extends OperatorType> = (lowering: Lowering, node: Node<T>) => boolean;

/** Kernels of float32 inputs and outputs. */
const lowerings: { readonly [T in OperatorType]?: Lower<T> } = {
  CONV_2D: lowerConvolution,
  DEPTHWISE_CONV_2D: lowerDepthwise,
  FULLY_CONNECTED: lowerFullyConnected,
  ADD: lowerBinary,
  SUB: lowerBinary,
  MUL: lowerBinary,
  DIV: lowerBinary,
  RELU: lowerUnary,
  RELU6: lowerUnary,
  RELU_N1_TO_1: lowerUnary,
  LOGISTIC: lowerUnary,
  TANH: lowerUnary,
  HARD_SWISH: lowerUnary,
  AVERAGE_POOL_2D: lowerPool,
  MAX_POOL_2D: lowerPool,
  MEAN: lowerMean,
  SOFTMAX: lowerSoftmax,
  CONCATENATION: lowerConcatenation,
  PAD: lowerPad,
};

/** Kernels of any dtype. */
const renamings: { readonly [T in OperatorType]?: Lower<T> } = {
  RESHAPE: lowerReshape,
  SQUEEZE: lowerReshape,
  EXPAND_DIMS: lowerReshape,
};

/** float32 where it computes, and something to compute. */
function isFloat({ inputs, outputs }: Node): boolean {
  const steering = (i: number) => i > 0 && inputs[i]!.data !== undefined && inputs[i]!.dtype !== 'float32';
  return (
    inputs.every((value, i) => !value || (value.dtype === 'float32' && value.shape.every((size) => size > 0)) || steering(i)) &&
    outputs.every(({ dtype, shape }) => dtype === 'float32' && elementCount(shape) > 0)
  );
}

/** Lowers every node of a validated graph; throws `too-large` for values and tables beyond `maxBytes`. */
export function lowerGraph(graph: Graph, maxBytes: number): Lowering {
  const lowering = new Lowering(graph, maxBytes);
  for (const node of graph.nodes) {
    lowering.begin(node);
    const lower = (renamings[node.type] ?? (isFloat(node) ? lowerings[node.type] : undefined)) as Lower<OperatorType> | undefined;
    if (!lower?.(lowering, node)) lowering.host();
    lowering.finish();
  }
  return lowering;
}
