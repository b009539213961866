// Owns the reading of sparse constants: elements without most zeros, as the dense tensor that they stand for.
import type { Account } from '../account';
import { ModelError } from '../errors';
import { allocate, dtypeBytes, elementCount, type TensorData, type Value } from '../graph/graph';
import type { Table } from './flatbuffer';
import { slots } from './schema';

/** Bytes of an index by the type of SparseIndexVector: none, Int32Vector, Uint16Vector, Uint8Vector. */
const indexBytes = [undefined, 4, 2, 1] as const;

/** One axis of the tensor or of its blocks. */
interface Axis {
  readonly size: number;
  /** Distance of neighbours in the dense tensor. */
  readonly stride: number;
}

/**
 * The elements of `value` from those that a file has of it: every level of the traversal order is dense, all positions of its axis, or
 * SPARSE_CSR, the positions `indices[segments[i]]` to `indices[segments[i + 1] - 1]` for entry i of the level above
 * (`tflite/kernels/internal/utils/sparsity_format_converter.cc`, Populate). Blocks are axes behind those of the tensor.
 * @throws ModelError `malformed` for what contradicts itself or the shape, `too-large` where the account does not afford the dense tensor
 */
export function densified(table: Table, value: Value, stored: TensorData, account: Account): TensorData {
  const order = table.int32s(slots.SparsityParameters.traversalOrder) ?? [];
  const levels = table.tables(slots.SparsityParameters.dimMetadata);
  const axes = axesOf(value, order, levels, table.int32s(slots.SparsityParameters.blockMap) ?? []);
  // Where the entries of the level so far lie in the dense tensor.
  let places: Int32Array = new Int32Array(1);
  order.forEach((axis, level) => {
    places = isDense(levels[level]) ? dense(places, axes[axis], account) : compressed(levels[level], places, axes[axis], account);
  });
  if (places.length !== stored.length) malformed(`has ${stored.length} elements for ${places.length} places`);
  const count = elementCount(value.shape);
  account.spend(count * dtypeBytes[value.dtype], count);
  const data = allocate(value.dtype, count);
  // Elements are only moved, so that the casts serve int64 too.
  for (let i = 0; i < places.length; i++) (data as Int32Array)[places[i]] = (stored as Int32Array)[i];
  return data;
}

function malformed(what: string): never {
  throw new ModelError('malformed', `its sparsity ${what}`);
}

function isDense(level: Table): boolean {
  const format = level.int8(slots.DimensionMetadata.format);
  if (format !== 0 && format !== 1) malformed(`has the unknown format ${format}`);
  return format === 0;
}

/** The axes of the tensor, in steps of blocks where it has them, then those of the blocks. */
function axesOf({ shape }: Value, order: readonly number[], levels: readonly Table[], blockMap: readonly number[]): Axis[] {
  const rank = shape.length;
  // Messages stay short.
  if (order.length > 2 * rank || blockMap.length > rank) malformed(`has ${order.length} levels for ${rank} axes`);
  const sorted = [...order.slice(0, rank).sort((a, b) => a - b), ...order.slice(rank).sort((a, b) => a - b)];
  if (order.length !== rank + blockMap.length || levels.length !== order.length || sorted.some((axis, i) => axis !== i)) {
    malformed(`has ${levels.length} levels and blocks [${blockMap}] in the order [${order}] for shape [${shape}]`);
  }
  const sizes = [...shape];
  const strides = shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
  blockMap.forEach((axis, block) => {
    const level = levels[order.indexOf(rank + block)];
    const size = level.int32(slots.DimensionMetadata.denseSize);
    if (!isDense(level) || blockMap.indexOf(axis) !== block || !(size > 0 && shape[axis] % size === 0)) {
      malformed(`has blocks of ${size} along axis ${axis} of shape [${shape}]`);
    }
    sizes[axis] /= size;
    sizes.push(size);
    strides.push(strides[axis]);
  });
  blockMap.forEach((axis, block) => {
    strides[axis] *= sizes[rank + block];
  });
  order.forEach((axis, level) => {
    const size = levels[level].int32(slots.DimensionMetadata.denseSize);
    if (isDense(levels[level]) && size !== sizes[axis]) malformed(`has ${size} positions of axis ${axis}, which has ${sizes[axis]}`);
  });
  return sizes.map((size, axis) => ({ size, stride: strides[axis] }));
}

function dense(places: Int32Array, { size, stride }: Axis, account: Account): Int32Array {
  account.charge('offset', places.length * size);
  const next = new Int32Array(places.length * size);
  for (let i = 0, to = 0; i < places.length; i++) for (let k = 0; k < size; k++) next[to++] = places[i] + k * stride;
  return next;
}

function compressed(level: Table, places: Int32Array, { size, stride }: Axis, account: Account): Int32Array {
  const vector = (slot: number): Int32Array => {
    const bytes = indexBytes[level.uint8(slot)];
    const table = level.table(slot + 1);
    return bytes && table ? table.integers(0, bytes) : malformed('lacks indices');
  };
  const segments = vector(slots.DimensionMetadata.segmentsType);
  const indices = vector(slots.DimensionMetadata.indicesType);
  if (segments.length !== places.length + 1 || segments[0] !== 0 || segments[places.length] !== indices.length) {
    malformed(`has ${segments.length} segments of ${indices.length} indices for ${places.length} entries`);
  }
  account.charge('offset', indices.length);
  const next = new Int32Array(indices.length);
  for (let i = 0; i < places.length; i++) {
    if (segments[i] > segments[i + 1]) malformed(`has a segment from ${segments[i]} to ${segments[i + 1]}`);
    for (let at = segments[i]; at < segments[i + 1]; at++) {
      if (!(indices[at] >= 0 && indices[at] < size)) malformed(`has index ${indices[at]} of an axis of ${size}`);
      next[at] = places[i] + indices[at] * stride;
    }
  }
  return next;
}
