// Owns the shape of a reference kernel: one plain function per operator over typed arrays.
import type { Node, OperatorType, TensorData } from '../graph/graph';

/**
 * Computes one node. `inputs[i]` holds the elements of `node.inputs[i]` (undefined where the optional input is left out),
 * `outputs[i]` is allocated for the inferred shape of `node.outputs[i]` and is written completely. Shapes, dtypes and quantization
 * are read from the node's values, which have been validated; only what depends on data is checked here, with `bad-data`.
 */
export type ReferenceKernel<T extends OperatorType> = (
  node: Node<T>,
  inputs: readonly (TensorData | undefined)[],
  outputs: readonly TensorData[],
) => void;

/** A family of kernels by operator type. */
export type ReferenceKernels = { readonly [T in OperatorType]?: ReferenceKernel<T> };
