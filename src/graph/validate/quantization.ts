// Owns where 8-bit values must and may be quantized, and how: per tensor, or per channel along one axis.
import type { DType, Node, OperatorType, Value } from '../graph';
import { describeValue } from '../graph';
import { reject } from '../reject';
import { weightedInputs } from '../weighted';

/** Operators that compute with the codes of 8- and 16-bit values as they are; all others need to know what the codes mean. */
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
  'MAXIMUM',
  'MINIMUM',
]);

const codeRanges: Readonly<Partial<Record<DType, readonly [number, number]>>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  int16: [-32768, 32767],
  int32: [-(2 ** 31), 2 ** 31 - 1],
};

/** Whether the elements of `value` are codes that stand for reals when quantization is given. */
function holdsCodes(value: Value): boolean {
  return value.dtype === 'uint8' || value.dtype === 'int8' || value.dtype === 'int16';
}

/** Throws `bad-quantization` when a value that `node` computes with has no or senseless quantization, or one per channel out of place. */
export function checkQuantization(node: Node): void {
  for (const [index, value] of node.inputs.entries()) {
    if (value) checkValue(node, value, inputAxis(node, index, value));
  }
  for (const value of node.outputs) checkValue(node, value, node.type === 'QUANTIZE' ? value.quantization?.axis : undefined);
}

/** The axis along which input `index` may be quantized; undefined: only per tensor. */
function inputAxis(node: Node, index: number, value: Value): number | undefined {
  if (node.type === 'DEQUANTIZE') return value.quantization?.axis;
  // Legacy uint8 kernels know one filter scale (PopulateConvolutionQuantizationParams in kernel_util.cc).
  if (value.dtype === 'uint8') return undefined;
  const weighted = weightedInputs(node.type);
  if (index === weighted?.weights) return weighted.channelAxis;
  return index === weighted?.bias ? 0 : undefined;
}

function checkValue(node: Node, value: Value, axis: number | undefined): void {
  const { quantization, dtype } = value;
  if (!quantization) {
    if (holdsCodes(value) && !codeOperators.has(node.type)) {
      reject('bad-quantization', node, `${describeValue(value)} has no scale and zero point; quantize the model or use float32`);
    }
    return;
  }
  const range = codeRanges[dtype];
  // On other dtypes quantization is a leftover of conversion and means nothing.
  if (!range) return;
  const { scale, zeroPoint } = quantization;
  if (scale.length === 0 || scale.length !== zeroPoint.length) {
    reject('bad-quantization', node, `${describeValue(value)} has ${scale.length} scales and ${zeroPoint.length} zero points`);
  }
  for (let i = 0; i < scale.length; i++) {
    if (!(scale[i] > 0 && Math.fround(scale[i]) === scale[i] && scale[i] < Number.POSITIVE_INFINITY)) {
      reject('bad-quantization', node, `${describeValue(value)} has scale ${scale[i]}; a finite float32 > 0 is needed`);
    }
    if (!(Number.isInteger(zeroPoint[i]) && zeroPoint[i] >= range[0] && zeroPoint[i] <= range[1])) {
      reject('bad-quantization', node, `${describeValue(value)} has zero point ${zeroPoint[i]}; ${dtype} holds ${range[0]} to ${range[1]}`);
    }
  }
  if (scale.length > 1) checkChannels(node, value, axis);
}

/** `axis` is the only axis that scales may run along, or undefined. */
function checkChannels(node: Node, value: Value, axis: number | undefined): void {
  const { scale, axis: actual } = value.quantization!;
  if (axis === undefined) {
    reject('bad-quantization', node, `${describeValue(value)} has ${scale.length} scales, but only one can be used here`);
  }
  if (actual !== axis || scale.length !== value.shape[axis]) {
    reject(
      'bad-quantization',
      node,
      `${describeValue(value)} of shape [${value.shape}] has ${scale.length} scales along axis ${actual}; one per index of axis ${axis} is needed`,
    );
  }
}
