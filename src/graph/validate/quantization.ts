// Owns where 8-bit values must and may be quantized, and how: per tensor, or per channel along one axis.
import type { Account } from '../../account';
import { type DType, describeValue, type Node, type OperatorType, type Value } from '../graph';
import { channelFault, holdsCodes, quantizationFault } from '../quantization-fault';
import { reject } from '../reject';
import { weightedInputs } from '../weighted';

/** Operators that work on the codes of 8- and 16-bit values as they are; all others need scale and zero point. */
const codeOperators: ReadonlySet<OperatorType> = new Set([
  'CONCATENATION',
  'SPLIT',
  'SPLIT_V',
  'SLICE',
  'STRIDED_SLICE',
  'PACK',
  'UNPACK',
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
  'WHERE',
  'FILL',
  'ONE_HOT',
  'TOPK_V2',
  'GATHER',
  'GATHER_ND',
  'SHAPE',
  'CAST',
  'RESIZE_BILINEAR',
  'RESIZE_NEAREST_NEIGHBOR',
  'SPACE_TO_DEPTH',
  'DEPTH_TO_SPACE',
  'ARG_MAX',
  'ARG_MIN',
  'REDUCE_MAX',
  'REDUCE_MIN',
  'MAXIMUM',
  'MINIMUM',
]);

/** Throws `bad-quantization` when a value that `node` computes with has no quantization or a bad one, or scales per channel where none may be. */
export function checkQuantization(node: Node, sound: SoundQuantizations): void {
  for (const [index, value] of node.inputs.entries()) {
    if (value) checkValue(node, value, inputAxis(node, index, value), sound);
  }
  for (const value of node.outputs) checkValue(node, value, node.type === 'QUANTIZE' ? value.quantization?.axis : undefined, sound);
}

/** Scales and zero points that were found sound for a dtype, so that values that share them are not checked channel by channel again. */
export class SoundQuantizations {
  private readonly zeroPoints = new Map<DType, Map<readonly number[], readonly number[]>>();

  constructor(private readonly account?: Account) {}

  fault(value: Value): string | undefined {
    const { scale, zeroPoint, axis } = value.quantization!;
    const known = this.zeroPoints.get(value.dtype) ?? new Map<readonly number[], readonly number[]>();
    this.zeroPoints.set(value.dtype, known);
    if (known.get(scale) === zeroPoint) return channelFault(scale.length, value.shape, axis);
    this.account?.charge('number', 2 * scale.length);
    const fault = quantizationFault(value);
    if (!fault) known.set(scale, zeroPoint);
    return fault;
  }
}

/** The axis along which input `index` may be quantized; undefined: only per tensor. */
function inputAxis(node: Node, index: number, value: Value): number | undefined {
  if (node.type === 'DEQUANTIZE') return value.quantization?.axis;
  // Legacy uint8 kernels have one filter scale (PopulateConvolutionQuantizationParams in kernel_util.cc).
  if (value.dtype === 'uint8') return undefined;
  const weighted = weightedInputs(node.type);
  if (index === weighted?.weights) return weighted.channelAxis;
  return index === weighted?.bias ? 0 : undefined;
}

function checkValue(node: Node, value: Value, axis: number | undefined, sound: SoundQuantizations): void {
  const { quantization, dtype } = value;
  if (!quantization) {
    if (holdsCodes(value) && !codeOperators.has(node.type)) {
      reject('bad-quantization', node, `${describeValue(value)} has no scale and zero point; quantize the model or use float32`);
    }
    return;
  }
  // On other dtypes quantization is left over from conversion and is not used.
  if (!holdsCodes(value) && dtype !== 'int32') return;
  const fault = sound.fault(value);
  if (fault) reject('bad-quantization', node, `${describeValue(value)}: ${fault}`);
  if (quantization.scale.length > 1) checkChannels(node, value, axis);
}

/** `axis` is the only axis that scales may run along, or undefined. */
function checkChannels(node: Node, value: Value, axis: number | undefined): void {
  const { scale, axis: actual } = value.quantization!;
  if (axis === undefined) {
    reject('bad-quantization', node, `${describeValue(value)} has ${scale.length} scales; it must have one`);
  }
  if (actual !== axis) {
    reject('bad-quantization', node, `${describeValue(value)} has scales along axis ${actual}; it must have them along axis ${axis}`);
  }
}
