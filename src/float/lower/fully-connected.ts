// Owns the lowering of FULLY_CONNECTED: a GEMM over rows of the input.
import type { Node, Value } from '../../graph/graph';
import { elementCount } from '../../graph/graph';
import type { WindowAxis } from '../../graph/window';
import { floatLayout } from '../demands';
import { emitGemm, hasConstantWeights } from '../gemm';
import type { Lowering } from '../lowering';

/** Weights [outputs, depth]; every row of `depth` dense elements of the input is one pixel. */
export function lowerFullyConnected(lowering: Lowering, node: Node<'FULLY_CONNECTED'>): boolean {
  const [input, weights] = node.inputs as Value[];
  if (!hasConstantWeights(node) || !input.shape.length) return false;
  const [outputs, depth] = weights.shape;
  const batches = elementCount(input.shape) / depth;
  const axis = (size: number): WindowAxis => ({ input: size, output: size, filter: 1, stride: 1, dilation: 1, before: 0, after: 0 });
  emitGemm(lowering, {
    node,
    input: { region: lowering.dense(input).region, layout: floatLayout([1, 1, batches, depth], undefined, true) },
    rows: axis(1),
    columns: axis(batches),
    weights: { outputs, channels: depth, groups: 1, outputStride: depth, positionStride: depth, channelStride: 1 },
    activation: node.attributes.activation,
  });
  return true;
}
