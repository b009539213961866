// Owns TRANSPOSE: reordering the axes of a tensor of any dtype.
import { allOffsets, copyElements } from './element-copy';
import type { ReferenceKernel, ReferenceKernels } from './kernel';
import { integers } from './operands';

/** Output axis k is input axis perm[k] (`tflite/kernels/transpose.cc`). */
const transpose: ReferenceKernel<'TRANSPOSE'> = (node, inputs, outputs) => {
  const { shape } = node.inputs[0]!;
  const permutation = integers(inputs[1]!);
  const from = allOffsets(shape);
  copyElements(
    inputs[0]!,
    permutation.map((axis) => from[axis]),
    outputs[0],
    allOffsets(node.outputs[0].shape),
  );
};

export const transposeKernels: ReferenceKernels = { TRANSPOSE: transpose };
