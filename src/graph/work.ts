// Owns the number of operations of one node, for limits and profiles.
import { costs } from '../account';
import { elementCount, type Node, type OperatorType, type Value } from './graph';
import { weightedInputs } from './weighted';

/**
 * Multiply-adds of a node, or element operations where it has none, for one run with the inferred shapes. Exact for convolutions and
 * fully connected layers (padding counted as computed), an upper estimate within a small factor elsewhere.
 */
export function workOf(node: Node): number {
  const count = (value: Value | undefined) => (value ? elementCount(value.shape) : 0);
  const output = count(node.outputs[0]);
  switch (node.type) {
    case 'CONV_2D':
    case 'FULLY_CONNECTED':
      // The weights of one filter: all weights over the number of filters.
      return output * (count(node.inputs[1]) / Math.max(1, node.inputs[1]!.shape[0]));
    case 'DEPTHWISE_CONV_2D':
      return output * node.inputs[1]!.shape[1] * node.inputs[1]!.shape[2];
    case 'BATCH_MATMUL':
      return output * node.inputs[0]!.shape.at(node.attributes.adjX ? -2 : -1)!;
    case 'TRANSPOSE_CONV':
      return output + (count(node.inputs[2]) * count(node.inputs[1])) / Math.max(1, node.inputs[1]!.shape[3]);
    case 'AVERAGE_POOL_2D':
    case 'MAX_POOL_2D': {
      const [, height, width] = node.inputs[0]!.shape;
      return output * Math.min(node.attributes.filterH, height) * Math.min(node.attributes.filterW, width);
    }
    case 'TFLite_Detection_PostProcess': {
      // Scores are read and sorted once; suppression compares each kept box with all others, per class if regular.
      const [, boxes, classes] = node.inputs[1]!.shape;
      const { useRegularNms, maxDetections } = node.attributes;
      return boxes * classes + (useRegularNms ? classes : 1) * boxes * (32 + maxDetections);
    }
    case 'CUSTOM':
      return node.attributes.operator.work(node);
    default:
      return [...node.inputs, ...node.outputs].reduce((sum, value) => sum + count(value), 0);
  }
}

/**
 * Nanoseconds of the reference machine per operation of workOf in the kernels of reference/, at worst over dtypes and shapes; 60 for all
 * others. Measured by `npm run bench:costs`.
 */
const hostCosts: Readonly<Partial<Record<OperatorType, number>>> = {
  ...{ CONV_2D: 5, DEPTHWISE_CONV_2D: 8, FULLY_CONNECTED: 5, TRANSPOSE_CONV: 30 },
  ...{ DEQUANTIZE: 10, RESHAPE: 2, SQUEEZE: 2, EXPAND_DIMS: 2, CAST: 20 },
  ...{ TOPK_V2: 1200, SPACE_TO_BATCH_ND: 200, BATCH_TO_SPACE_ND: 200, BATCH_MATMUL: 30 },
};

/** Of 8-bit operators with weights, whichever number of scales they have; 0 for others. */
function outputChannels(node: Node): number {
  const weighted = weightedInputs(node.type);
  const weights = weighted && node.inputs[weighted.weights];
  return weights?.quantization ? weights.shape[weighted!.channelAxis] : 0;
}

/** Functions of int16 whose table of 513 entries is made in every run: about three values of the function for each. */
const tabulated: ReadonlySet<OperatorType> = new Set<OperatorType>(['EXP', 'LOG', 'GELU', 'RSQRT']);
const tableOperations = 150_000;

/** Time of a node on the host, in operations of about a nanosecond. */
export function hostOperations(node: Node): number {
  // Reference kernels convert the multiplier of every channel in every run.
  const scales = node.inputs.reduce((sum, value) => sum + (value?.quantization?.scale.length ?? 0), 0);
  const channels = Math.max(scales, outputChannels(node));
  const table = tabulated.has(node.type) && node.outputs[0].dtype === 'int16' ? tableOperations : 0;
  return workOf(node) * (hostCosts[node.type] ?? 60) + channels * costs.channel.operations + table;
}
