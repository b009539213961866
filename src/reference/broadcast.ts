// Owns broadcasting: which element of a smaller tensor belongs to each element of a larger one.
import { elementCount, type Node, type TensorData } from '../graph/graph';
import type { Inputs } from './kernel';

/**
 * For every element of `outputShape` in row-major order, the index of its element in a tensor of `shape`. Shapes are aligned at
 * their last dimensions; a missing dimension or one of 1 repeats. Any rank; the shapes are known to be compatible.
 */
export function broadcastIndices(shape: readonly number[], outputShape: readonly number[]): Int32Array {
  const indices = new Int32Array(elementCount(outputShape));
  // Innermost dimension first: the indices so far are repeated along each dimension, plus the operand's stride per repetition.
  let filled = 1;
  let stride = 1;
  for (let back = 1; back <= outputShape.length; back++) {
    const repeats = outputShape[outputShape.length - back];
    const size = back <= shape.length ? shape[shape.length - back] : 1;
    const step = size === 1 ? 0 : stride;
    for (let i = filled; i < filled * repeats; i++) indices[i] = indices[i - filled] + step;
    filled *= repeats;
    stride *= size;
  }
  return indices;
}

/** `data` of `shape` repeated to `outputShape`; `data` itself when there is nothing to repeat. */
export function broadcastTo<T extends TensorData>(data: T, shape: readonly number[], outputShape: readonly number[]): T {
  if (elementCount(outputShape) === data.length) return data;
  const indices = broadcastIndices(shape, outputShape);
  // Elements are only moved, so that the cast serves int64 too.
  const source = data as Int32Array;
  const repeated = new (data.constructor as Int32ArrayConstructor)(indices.length);
  for (let i = 0; i < indices.length; i++) repeated[i] = source[indices[i]];
  return repeated as unknown as T;
}

/** Both operands of a binary operator, repeated to the output's shape. */
export function broadcastOperands({ inputs: [a, b], outputs: [{ shape }] }: Node, [dataA, dataB]: Inputs): [TensorData, TensorData] {
  return [broadcastTo(dataA!, a!.shape, shape), broadcastTo(dataB!, b!.shape, shape)];
}
