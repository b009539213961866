// Owns the loop nests that every data movement shares: copying elements between two tensors of one dtype.
import type { TensorData } from '../graph/graph';

/**
 * Where a box of elements lies in a tensor: one table per axis, and the element at position [i, j, ...] of the box has the index
 * `offsets[0][i] + offsets[1][j] + ...`. No axes: the single element 0.
 */
export type Offsets = readonly Int32Array[];

/** Distance in elements between neighbours along each axis of a row-major tensor. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides: number[] = new Array(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/**
 * Offsets in a row-major tensor of `shape` whose position i along axis k is `position(i, k)`, for `counts[k]` positions.
 * The caller keeps positions inside the shape.
 */
export function mapOffsets(shape: readonly number[], counts: readonly number[], position: (i: number, axis: number) => number): Offsets {
  const strides = rowMajorStrides(shape);
  return counts.map((count, axis) => Int32Array.from({ length: count }, (_, i) => position(i, axis) * strides[axis]));
}

/** Offsets of all elements of a row-major tensor. */
export function allOffsets(shape: readonly number[]): Offsets {
  return mapOffsets(shape, shape, (i) => i);
}

/** Copies the box at `from` in `source` to the box at `to` in `target`; both have the same number of positions along each axis. */
export function copyElements(source: TensorData, from: Offsets, target: TensorData, to: Offsets): void {
  // Both arrays are of one dtype; the cast serves int64 too, since elements are only moved.
  const read = source as Int32Array;
  const write = target as Int32Array;
  const last = from.length - 1;
  if (last < 0) {
    write[0] = read[0];
    return;
  }
  const walk = (axis: number, readOffset: number, writeOffset: number) => {
    const readTable = from[axis];
    const writeTable = to[axis];
    for (let i = 0; i < readTable.length; i++) {
      if (axis < last) walk(axis + 1, readOffset + readTable[i], writeOffset + writeTable[i]);
      else write[writeOffset + writeTable[i]] = read[readOffset + readTable[i]];
    }
  };
  walk(0, 0, 0);
}

/** Copies `count` neighbours from `source[from]` on to `target[to]` on. */
export function copySpan(source: TensorData, from: number, target: TensorData, to: number, count: number): void {
  const read = source as Int32Array;
  const write = target as Int32Array;
  for (let i = 0; i < count; i++) write[to + i] = read[from + i];
}
