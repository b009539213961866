// Owns the way from nodes to steps: each node to its core kernel or to the host, with the conversions between representations.
import type { Graph, Node, OperatorType } from '../graph/graph';
import type { FloatSegment } from './float-segment';
import { lowerConcatenation } from './lower/concatenation';
import { lowerConvolution } from './lower/convolution';
import { lowerDepthwise } from './lower/depthwise';
import { lowerAdd, lowerMultiply } from './lower/elementwise';
import { lowerFullyConnected } from './lower/fully-connected';
import { lowerLookup } from './lower/lookup';
import { lowerPad } from './lower/pad';
import { lowerPool, lowerReduction } from './lower/pool';
import { lowerDequantize, lowerQuantize } from './lower/quantize';
import { lowerReshape } from './lower/reshape';
import { lowerResizeBilinear, lowerResizeNearest } from './lower/resize';
import { lowerSoftmax } from './lower/softmax';
import { Lowering } from './lowering';

/** Emits the steps of one node and returns the kernel's name; undefined, with nothing emitted, when the core has none for it. */
export type Lower<T extends OperatorType> = (lowering: Lowering, node: Node<T>) => string | undefined;

const lowerings: { readonly [T in OperatorType]?: Lower<T> } = {
  CONV_2D: lowerConvolution,
  DEPTHWISE_CONV_2D: lowerDepthwise,
  FULLY_CONNECTED: lowerFullyConnected,
  ADD: lowerAdd,
  SUB: lowerAdd,
  MUL: lowerMultiply,
  AVERAGE_POOL_2D: lowerPool,
  MAX_POOL_2D: lowerPool,
  MEAN: lowerReduction,
  SUM: lowerReduction,
  SOFTMAX: lowerSoftmax,
  LOGISTIC: lowerLookup,
  TANH: lowerLookup,
  HARD_SWISH: lowerLookup,
  RELU: lowerLookup,
  RELU6: lowerLookup,
  RELU_N1_TO_1: lowerLookup,
  LEAKY_RELU: lowerLookup,
  CONCATENATION: lowerConcatenation,
  PAD: lowerPad,
  RESHAPE: lowerReshape,
  SQUEEZE: lowerReshape,
  EXPAND_DIMS: lowerReshape,
  RESIZE_BILINEAR: lowerResizeBilinear,
  RESIZE_NEAREST_NEIGHBOR: lowerResizeNearest,
  QUANTIZE: lowerQuantize,
  DEQUANTIZE: lowerDequantize,
};

/** Lowers every node of a validated graph, those of `segments` together; throws `too-large` for values and tables beyond `maxBytes`. */
export function lowerGraph(graph: Graph, maxBytes: number, segments: readonly FloatSegment[]) {
  const lowering = new Lowering(graph, maxBytes);
  const kernels = new Map<Node, string>();
  const segmentOf = new Map(segments.map((segment) => [segment.nodes[0], segment]));
  for (const node of graph.nodes) {
    const segment = segmentOf.get(node);
    if (segment) {
      lowering.float(segment);
      segment.nodes.forEach((member, i) => {
        kernels.set(member, segment.kernels[i]);
      });
    }
    if (kernels.has(node)) continue;
    lowering.begin(node);
    const lower = lowerings[node.type] as Lower<OperatorType> | undefined;
    kernels.set(node, lower?.(lowering, node) ?? lowering.host());
    lowering.finish();
  }
  return { ...lowering.result(), kernels };
}
