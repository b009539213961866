// Owns the reading of one tensor: shape, dtype, quantization and the constant's elements, every number checked.
import { ModelError } from '../errors';
import { describeValue, dtypeBytes, elementCount, type Quantization, type TensorData, type Value, viewAs } from '../graph/graph';
import { SoundQuantizations } from '../graph/validate/quantization';
import { entryAt, type FlatBuffer, type Table } from './flatbuffer';
import { int4Bytes, unpackInt4 } from './int4';
import type { densified } from './read-sparsity';
import { dtypes, int4Type, resourceType, slots, tensorTypes } from './schema';

/** Of TFLite's kernels (`tflite/kernels/internal/runtime_shape.h`, kMaxSmallSize). */
const maxRank = 6;

/** Reads sparse constants; entries without it refuse them. */
export type Densify = typeof densified;

/** How a tensor's buffer holds its elements. */
interface Storage {
  readonly sparsity: Table | undefined;
  readonly isInt4: boolean;
}

/** Turns Tensor tables into Values; constants are views of the file where it is aligned for them, else copies. */
export class TensorReader {
  /** Copies of unaligned constants, so that tensors that share a buffer share the copy. Key: place and dtype. */
  private readonly copies = new Map<string, TensorData>();
  private readonly sound: SoundQuantizations;
  /** Tensors that graphs do not have: handles of variables, and intermediate ones. */
  readonly absent = new Set<Value>();

  /** `buffers[i]` is what the Buffer table i holds, undefined where it holds nothing. */
  constructor(
    private readonly file: FlatBuffer,
    private readonly buffers: readonly (Uint8Array | undefined)[],
    private readonly densify: Densify | undefined,
  ) {
    this.sound = new SoundQuantizations(file.account);
  }

  read(table: Table, id: number): Value {
    const slot = slots.Tensor;
    const name = table.string(slot.name) ?? '';
    const type = table.int8(slot.type);
    const dtype = type === int4Type ? 'int8' : dtypes[type];
    const value: Value = { id, name, dtype: dtype ?? 'uint8', shape: [] };
    const where = describeValue(value);
    if (type === resourceType) {
      this.absent.add(value);
      return value;
    }
    if (!dtype) throw new ModelError('bad-dtype', `TensorType ${type} (${tensorTypes[type] ?? 'unknown'}) is not supported`, { where });
    if (table.uint32(slot.externalBuffer) !== 0) {
      throw new ModelError('unsupported-feature', 'data in an external file is not supported', { where });
    }
    value.shape = table.int32s(slot.shape) ?? [];
    checkShape(value.shape, where);
    const signature = table.int32s(slot.shapeSignature);
    if (signature?.length) {
      if (signature.length !== value.shape.length || signature.some((dimension) => dimension < -1)) {
        throw new ModelError('bad-shape', `signature [${signature}] does not fit shape [${value.shape}]`, { where });
      }
      value.shapeSignature = signature;
    }
    const parameters = table.table(slot.quantization);
    const quantization = parameters && readQuantization(parameters, value, where, this.sound);
    if (quantization) value.quantization = quantization;
    if (table.bool(slot.isVariable)) value.isVariable = true;
    const data = this.elements(table.uint32(slot.buffer), value, where, {
      sparsity: table.table(slot.sparsity),
      isInt4: type === int4Type,
    });
    if (data) value.data = data;
    if (type === int4Type) {
      if (!data) throw new ModelError('bad-dtype', 'computed values of int4 are not supported, only constants', { where });
      value.storedBits = 4;
    }
    return value;
  }

  /** The constant's elements; undefined for a tensor without data. A present but empty buffer is data for shapes without elements. */
  private elements(buffer: number, value: Value, where: string, { sparsity, isInt4 }: Storage): TensorData | undefined {
    const bytes = entryAt(this.buffers, buffer, 'buffer', where);
    if (sparsity && isInt4) throw new ModelError('unsupported-feature', 'sparse constants of int4 are not supported', { where });
    if (sparsity) return this.sparse(sparsity, value, bytes, where);
    const count = elementCount(value.shape);
    if (!bytes || (bytes.length === 0 && count > 0)) return undefined;
    const needed = isInt4 ? int4Bytes(count) : count * dtypeBytes[value.dtype];
    if (bytes.length !== needed) {
      throw new ModelError('bad-shape', `shape [${value.shape}] takes ${needed} bytes, buffer ${buffer} has ${bytes.length}`, { where });
    }
    return isInt4 ? this.copy(bytes, `int4 ${count}`, count, () => unpackInt4(bytes, count)) : this.view(bytes, value, count);
  }

  /** `count` elements, which take all of `bytes`. */
  private view(bytes: Uint8Array, { dtype }: Value, count: number): TensorData {
    if (bytes.byteOffset % dtypeBytes[dtype] === 0) return viewAs(dtype, bytes.buffer, bytes.byteOffset, count);
    return this.copy(bytes, dtype, bytes.length, () => viewAs(dtype, bytes.slice().buffer, 0, count));
  }

  /** What `make` copies from `bytes`, `copied` bytes of elements of this type; the same where a tensor before shares them. */
  private copy({ byteOffset, length }: Uint8Array, type: string, copied: number, make: () => TensorData): TensorData {
    const key = `${byteOffset} ${length} ${type}`;
    let copy = this.copies.get(key);
    if (!copy) {
      this.file.account.charge('copiedByte', copied);
      copy = make();
      this.copies.set(key, copy);
    }
    return copy;
  }

  /** A sparse constant is read as the dense tensor that it stands for. */
  private sparse(sparsity: Table, value: Value, bytes: Uint8Array | undefined, where: string): TensorData {
    const count = (bytes?.length ?? 0) / dtypeBytes[value.dtype];
    if (!bytes || !Number.isInteger(count)) throw new ModelError('malformed', 'it is sparse, but has no elements', { where });
    if (!this.densify) throw new ModelError('unsupported-feature', 'sparse constants are read by zeropoint/float', { where });
    try {
      return this.densify(sparsity, value, this.view(bytes, value, count), this.file.account);
    } catch (error) {
      if (error instanceof ModelError && error.code === 'malformed' && !error.where)
        throw new ModelError('malformed', error.message, { where });
      throw error;
    }
  }
}

function checkShape(shape: readonly number[], where: string): void {
  if (shape.length > maxRank) {
    throw new ModelError('bad-shape', `${shape.length} dimensions, at most ${maxRank} are supported`, { where });
  }
  let count = 1;
  for (const dimension of shape) {
    if (dimension < 0) throw new ModelError('bad-shape', `dimension ${dimension} of shape [${shape}] must be >= 0`, { where });
    // Zeros count as 1, so that strides of empty tensors stay below 2^31, too.
    count *= Math.max(dimension, 1);
  }
  if (count >= 2 ** 31) throw new ModelError('too-large', `shape [${shape}] has 2^31 elements or more`, { where });
}

/**
 * TFLite's rules (`tflite/core/interpreter_builder.cc`, ParseQuantization): without scales there is no quantization; as many zero points
 * as scales; one for the tensor or one per channel. The axis counts only for several scales. Tables that share vectors share the lists
 * (see FlatBuffer), which `sound` checks once.
 */
function readQuantization(table: Table, value: Value, where: string, sound: SoundQuantizations): Quantization | undefined {
  const slot = slots.QuantizationParameters;
  if (table.uint8(slot.detailsType) !== 0) {
    throw new ModelError('unsupported-feature', 'custom, blockwise or multi-axis quantization is not supported', { where });
  }
  const [scale, min, max] = [slot.scale, slot.min, slot.max].map((vector) => table.float32s(vector));
  const zeroPoint = table.int64s(slot.zeroPoint) ?? [];
  if (!scale?.length) return undefined;
  // A vector has one axis; converters of 2019 wrote the weights' axis into biases.
  const axis = value.shape.length === 1 && scale.length > 1 ? 0 : table.int32(slot.quantizedDimension);
  const fault = sound.fault({ ...value, quantization: { scale, zeroPoint, axis } });
  if (fault) throw new ModelError('bad-quantization', fault, { where });
  return { scale, zeroPoint, axis, ...(min?.length && { min }), ...(max?.length && { max }) };
}
