// Owns the elements of ONNX tensors: initializers and the values of constants, as float32 or as integers.
import { ModelError } from 'zeropoint';
import { elementCount, shapeFault, viewAs } from 'zeropoint/graph';
import { float16Values } from 'zeropoint/reference';
import { quote } from '../../quote';
import type { ImportAccount } from '../account';
import type { ExternalData } from './external';
import { constantOperand, type Operand } from './operand';
import type { TensorMessage } from './proto';

/** `TensorProto.DataType` (onnx.proto). */
export const dataTypes = { FLOAT: 1, UINT8: 2, INT8: 3, INT32: 6, INT64: 7, BOOL: 9, FLOAT16: 10, DOUBLE: 11 } as const;
/** Floats of any width; everything is computed in float32. */
export const floatTypes: readonly number[] = [dataTypes.FLOAT, dataTypes.FLOAT16, dataTypes.DOUBLE];
/** Integers of up to 64 bits. */
export const integerTypes: readonly number[] = [2, 3, 4, 5, dataTypes.INT32, dataTypes.INT64, 12, 13];

interface Reading {
  readonly bytes: 1 | 2 | 4 | 8;
  /** Elements from `raw`, whose bytes are aligned and hold `count` elements. */
  raw(raw: ArrayBuffer, count: number): Float32Array | readonly number[];
  /** Elements from the typed field of the message. */
  listed(tensor: TensorMessage): Float32Array | readonly number[];
}

const readings: Readonly<Record<number, Reading>> = {
  [dataTypes.FLOAT]: {
    bytes: 4,
    raw: (raw) => new Float32Array(raw),
    listed: ({ floatData }) => Float32Array.from(floatData),
  },
  [dataTypes.DOUBLE]: {
    bytes: 8,
    raw: (raw) => Float32Array.from(new Float64Array(raw)),
    listed: ({ doubleData }) => Float32Array.from(doubleData),
  },
  [dataTypes.FLOAT16]: {
    bytes: 2,
    raw: (raw) => float16Values(new Uint16Array(raw)),
    listed: ({ int32Data }) => float16Values(Uint16Array.from(int32Data)),
  },
  [dataTypes.INT64]: integers('int64', 8, ({ int64Data }) => int64Data.map(Number)),
  [dataTypes.INT32]: integers('int32', 4, ({ int32Data }) => int32Data),
  [dataTypes.INT8]: integers('int8', 1, ({ int32Data }) => int32Data),
  [dataTypes.UINT8]: integers('uint8', 1, ({ int32Data }) => int32Data),
  [dataTypes.BOOL]: integers('bool', 1, ({ int32Data }) => int32Data),
};

function integers(
  dtype: 'int64' | 'int32' | 'int8' | 'uint8' | 'bool',
  bytes: 1 | 4 | 8,
  listed: (tensor: TensorMessage) => number[],
): Reading {
  const raw = (buffer: ArrayBuffer, count: number) => {
    const view = viewAs(dtype, buffer, 0, count);
    // Several times as fast as Array.from, which matters for weights of codes.
    const elements = new Array<number>(count);
    for (let i = 0; i < count; i++) elements[i] = Number(view[i]);
    return elements;
  };
  return { bytes, raw, listed };
}

/** Elements in the typed fields of the message. */
function listedCount({ floatData, doubleData, int32Data, int64Data }: TensorMessage): number {
  return floatData.length + doubleData.length + int32Data.length + int64Data.length;
}

/** What reading a tensor is charged to, and where elements in other files come from. */
interface TensorSource {
  readonly account: ImportAccount;
  readonly external: ExternalData;
}

/**
 * A constant of the file. Floats of other widths become float32.
 * @throws ModelError `unsupported-feature` for other element types, `bad-shape`, `bad-data`, `too-large`
 */
export function readTensor(tensor: TensorMessage, where: string, { account, external }: TensorSource): Operand {
  const { dataType, dataLocation } = tensor;
  account.charge(tensor.dims.length, where);
  const dims = tensor.dims.map(Number);
  const fail = (code: 'unsupported-feature' | 'bad-shape', message: string): never => {
    throw new ModelError(code, quote(message, 400), { where });
  };
  const reading = readings[dataType];
  if (!reading) {
    return fail('unsupported-feature', `element type ${dataType} is not supported; convert the model to float32`);
  }
  const fault = shapeFault(dims);
  if (fault) fail('bad-shape', `it has shape [${dims}], ${fault}`);
  const count = elementCount(dims);
  const rawData = dataLocation === 1 ? external.read(tensor, count * reading.bytes, where) : tensor.rawData;
  const isRaw = rawData.length > 0;
  if (isRaw && rawData.length !== count * reading.bytes) {
    fail('bad-shape', `${rawData.length} bytes do not fill shape [${dims}] of ${reading.bytes}-byte elements`);
  }
  account.charge(isRaw ? count : listedCount(tensor), where);
  // A copy, since raw data need not be aligned; not by slice(), which for Buffer is a view.
  const data = isRaw ? reading.raw(new Uint8Array(rawData).buffer, count) : reading.listed(tensor);
  if (data.length !== count) fail('bad-shape', `${data.length} elements do not fill shape [${dims}]`);
  return { ...constantOperand(data, dims), elementType: dataType };
}
