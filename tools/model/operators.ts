// Owns what TensorFlow Lite's 8-bit quantization specification says of operators, for the quantizer and the comparison alike.
import type { OperatorType } from 'zeropoint/graph';

/**
 * Operators with `restrict_same_input_output_scale` (tflite/tools/optimize/operator_property.cc): they copy, select or average codes
 * without rescaling them.
 */
const sharing: ReadonlySet<OperatorType> = new Set<OperatorType>([
  'AVERAGE_POOL_2D',
  'MAX_POOL_2D',
  'REDUCE_MAX',
  'REDUCE_MIN',
  'CONCATENATION',
  'SPLIT',
  'SPLIT_V',
  'SLICE',
  'STRIDED_SLICE',
  'PACK',
  'UNPACK',
  'PAD',
  'PADV2',
  'MIRROR_PAD',
  'RESHAPE',
  'SQUEEZE',
  'EXPAND_DIMS',
  'TRANSPOSE',
  'TILE',
  'BROADCAST_TO',
  'REVERSE_V2',
  'SPACE_TO_BATCH_ND',
  'BATCH_TO_SPACE_ND',
  'SELECT',
  'SELECT_V2',
  'TOPK_V2',
  'GATHER',
  'GATHER_ND',
  'RESIZE_BILINEAR',
  'RESIZE_NEAREST_NEIGHBOR',
  'SPACE_TO_DEPTH',
  'DEPTH_TO_SPACE',
  'MAXIMUM',
  'MINIMUM',
]);

/** Whether all inputs and outputs that hold real numbers must have one scale and zero point in common. */
export function sharesQuantization(type: OperatorType): boolean {
  return sharing.has(type);
}

/**
 * Magnitude beyond which the logistic function gives its lowest or highest code: 8-bit codes of probabilities have steps of 1/256
 * (tflite/kernels/activations.cc), and 1 / (1 + exp(x)) is below half a step from x = ln(511) on.
 */
export const saturation = Math.log(511);
