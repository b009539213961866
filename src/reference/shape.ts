// Owns SHAPE: the shape of its input as data.
import type { ReferenceKernel, ReferenceKernels } from './kernel';

const shape: ReferenceKernel<'SHAPE'> = (node, _, outputs) => {
  const target = outputs[0];
  node.inputs[0]!.shape.forEach((dimension, axis) => {
    target[axis] = target instanceof BigInt64Array ? BigInt(dimension) : dimension;
  });
};

export const shapeKernels: ReferenceKernels = { SHAPE: shape };
