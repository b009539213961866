// Owns running one reference kernel on hand-made tensors, and index arithmetic for expectations that do not share its code.
import type { DType, OperatorAttributes, OperatorType, Quantization, TensorData } from '../../src/graph/graph';
import { allocate, elementCount } from '../../src/graph/graph';
import type { ReferenceKernel, ReferenceKernels } from '../../src/reference/kernel';
import { GraphBuilder } from './build';

/** An input tensor: dtype, shape, elements (repeated when too few), quantization. */
export type Tensor = [dtype: DType, shape: readonly number[], data: ArrayLike<number>, quantization?: Quantization];

/** An output without its elements. */
export type Result = [dtype: DType, shape: readonly number[], quantization?: Quantization];

/** Runs the kernel of `type` and returns the elements of its outputs, which are filled with 1 before. */
export function runKernel<T extends OperatorType>(
  kernels: ReferenceKernels,
  type: T,
  attributes: OperatorAttributes[T],
  inputs: readonly Tensor[],
  ...results: Result[]
): TensorData[] {
  const builder = new GraphBuilder();
  const values = inputs.map((input) => builder.constant(...input));
  builder.node(type, attributes, values, ...results.map(([dtype, shape, quantization]) => ({ dtype, shape, quantization })));
  const outputs = results.map(([dtype, shape]) => {
    const data = allocate(dtype, elementCount(shape));
    for (let i = 0; i < data.length; i++) data[i] = dtype === 'int64' ? 1n : 1;
    return data;
  });
  const kernel = kernels[type] as unknown as ReferenceKernel<OperatorType>;
  kernel(
    builder.graph.nodes[0],
    values.map((value) => value.data),
    outputs,
  );
  return outputs;
}

/** All index vectors of `shape` in row-major order. */
export function indicesOf(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>((all, dimension) => all.flatMap((index) => count(dimension).map((i) => [...index, i])), [[]]);
}

/** Position of the element at `index` in a row-major tensor of `shape`. */
export function flatIndex(shape: readonly number[], index: readonly number[]): number {
  return shape.reduce((flat, dimension, axis) => flat * dimension + index[axis], 0);
}

/** 0, 1, ... `n` - 1: as data, every element tells where it came from. */
export function count(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/** A tensor whose elements are their own positions. */
export function positions(shape: readonly number[], dtype: DType = 'int32'): Tensor {
  return [dtype, shape, count(elementCount(shape))];
}

/** A vector operand. */
export function ints(...data: number[]): Tensor {
  return ['int32', [data.length], data];
}
