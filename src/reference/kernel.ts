// Owns what a reference kernel is: one plain function per operator over typed arrays, and its integer operands as numbers.
import type { Node, OperatorType, TensorData } from '../graph/graph';
import { resolveAxis } from '../graph/shape-rules/rule';

/** Elements of every input of a node; undefined where an optional input is left out. */
export type Inputs = readonly (TensorData | undefined)[];
export type Outputs = readonly TensorData[];

/** Codes of quantized values. */
export type Codes = Int8Array | Uint8Array | Int16Array;

/**
 * Computes one node. `inputs[i]` holds the elements of `node.inputs[i]`; `outputs[i]` is allocated for the inferred shape of
 * `node.outputs[i]` and is written completely. Shapes, dtypes and quantization are read from the node's values, which have been
 * validated; only what depends on data is checked here, with `bad-data`.
 */
export type ReferenceKernel<T extends OperatorType> = (node: Node<T>, inputs: Inputs, outputs: Outputs) => void;

/** A family of kernels by operator type. */
export type ReferenceKernels = { readonly [T in OperatorType]?: ReferenceKernel<T> };

/** The elements of an int16, int32 or int64 operand as numbers. */
export function integers(data: TensorData): number[] {
  return Array.from<number | bigint, number>(data, Number);
}

/** The axis that a one-element operand names in a tensor of `rank` axes; negative ones count from the end. */
export function axisOperand(node: Node, data: TensorData, rank: number): number {
  return resolveAxis(node, Number(data[0]), rank);
}
