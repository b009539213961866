// Owns reading Convolution2DTransposeBias of MediaPipe as TRANSPOSE_CONV: `mediapipe/util/tflite/operations/transpose_conv_bias.cc`.
import { type ErrorCode, ModelError } from '../errors';
import type { Node, Value } from '../graph/graph';
import { transposeBiasName } from './schema';

/** TfLitePadding of `tflite/core/c/builtin_op_data.h`; whatever is not SAME is computed as VALID. */
const samePadding = 1;
/** Bytes of padding, stride_width and stride_height, int32 each, in front of TfLiteTransposeConvParams. */
const optionBytes = 12;
const maxInt32 = 2 ** 31 - 1;

interface TransposeBias {
  readonly id: number;
  /** A C struct, TfLiteTransposeConvParams. */
  readonly options: Uint8Array | undefined;
  /** Data, filter and bias. */
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: Value[];
}

/**
 * The output's shape, which TRANSPOSE_CONV takes as a constant, here with id `shapeId`, follows from those of data and filter:
 * (rows - 1) * stride + filter - padding rows, where SAME pads max(0, filter - (rows - 1) % stride - 1) in all, half of it in front.
 * TRANSPOSE_CONV pads the same: (ceil(output / stride) - 1) * stride + filter - output (`tflite/kernels/padding.h`), where
 * ceil(output / stride) = rows, since filter - padding is in 1..stride.
 */
export function readTransposeBias({ id, options, inputs, outputs }: TransposeBias, shapeId: number): Node<'TRANSPOSE_CONV'> {
  const fail = (code: ErrorCode, message: string): never => {
    throw new ModelError(code, message, { where: `${transposeBiasName} #${id}` });
  };
  const [data, filter, bias] = inputs;
  if (inputs.length !== 3 || !data || !filter || !bias) return fail('bad-graph', 'it takes data, filter and bias');
  if (!options || options.length < optionBytes) {
    return fail('bad-option', `its options have ${options?.length ?? 0} bytes; they must have ${optionBytes} or more`);
  }
  const struct = new DataView(options.buffer, options.byteOffset, optionBytes);
  const [padding, strideW, strideH] = [0, 4, 8].map((at) => struct.getInt32(at, true));
  if (strideW < 1 || strideH < 1) fail('bad-option', `its strides are ${strideH} and ${strideW}; they must be >= 1`);
  if (data.shapeSignature?.slice(1).some((dimension) => dimension < 0)) {
    fail('dynamic-shape', `height or width of its input [${data.shapeSignature}] is open; convert the model again with static shapes`);
  }
  const size = (axis: number, stride: number): number => {
    const [last, window] = [data.shape[axis] - 1, filter.shape[axis]];
    const total = padding === samePadding ? Math.max(0, window - (last % stride) - 1) : 0;
    return last * stride + window - total;
  };
  const shape = [data.shape[0], size(1, strideH), size(2, strideW), filter.shape[0]];
  const isSound =
    data.shape.length === 4 && filter.shape.length === 4 && shape.every((dimension) => dimension > 0 && dimension <= maxInt32);
  if (!isSound) fail('bad-shape', `its input [${data.shape}] and filter [${filter.shape}] give no output shape`);
  const constant: Value = { id: shapeId, name: 'output shape', dtype: 'int32', shape: [4], data: Int32Array.from(shape) };
  const attributes = { padding: padding === samePadding ? 'SAME' : 'VALID', strideH, strideW, activation: 'NONE' } as const;
  return { type: 'TRANSPOSE_CONV', id, attributes, inputs: [constant, filter, data, bias], outputs, version: 1 };
}
