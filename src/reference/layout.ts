// Owns the operators that keep every element and arrange them anew, for any dtype: RESHAPE to REVERSE_V2; and SHAPE, which reads none.
import { allOffsets, copyElements, copySpan, mapOffsets } from './element-copy';
import { integers, type ReferenceKernel, type ReferenceKernels } from './kernel';

/** Another shape over the same elements: a plain copy, since tensors are row-major. */
const reshape: ReferenceKernel<'RESHAPE' | 'SQUEEZE' | 'EXPAND_DIMS'> = (_, inputs, outputs) =>
  copySpan(inputs[0]!, 0, outputs[0], 0, outputs[0].length);

/** Output axis k is input axis perm[k] (`tflite/kernels/transpose.cc`). */
const transpose: ReferenceKernel<'TRANSPOSE'> = (node, inputs, outputs) => {
  const from = allOffsets(node.inputs[0]!.shape);
  const to = allOffsets(node.outputs[0].shape);
  const permuted = integers(inputs[1]!).map((axis) => from[axis]);
  copyElements(inputs[0]!, permuted, outputs[0], to);
};

// SPACE_TO_DEPTH and DEPTH_TO_SPACE equate an image [n, h, block, w, block, c] with channels [n, h, w, block, block, c]: the channel of
// the deep side is (row in block * block + column in block) * c + channel of the wide side
// (tflite/kernels/internal/reference/space_to_depth.h, depth_to_space.h).
const deepOrder = [0, 1, 3, 2, 4, 5];

function blocksOf([batches, height, width, channels]: readonly number[], blockSize: number): number[] {
  return [batches, height / blockSize, blockSize, width / blockSize, blockSize, channels];
}

const spaceToDepth: ReferenceKernel<'SPACE_TO_DEPTH'> = (node, inputs, outputs) => {
  const wide = blocksOf(node.inputs[0]!.shape, node.attributes.blockSize);
  const from = allOffsets(wide);
  const deep = deepOrder.map((axis) => from[axis]);
  copyElements(inputs[0]!, deep, outputs[0], allOffsets(deepOrder.map((axis) => wide[axis])));
};

const depthToSpace: ReferenceKernel<'DEPTH_TO_SPACE'> = (node, inputs, outputs) => {
  const wide = blocksOf(node.outputs[0].shape, node.attributes.blockSize);
  const to = allOffsets(wide);
  const deep = deepOrder.map((axis) => to[axis]);
  copyElements(inputs[0]!, allOffsets(deepOrder.map((axis) => wide[axis])), outputs[0], deep);
};

/** Positions along the named axes from last to first (`tflite/kernels/reverse.cc`). */
const reverse: ReferenceKernel<'REVERSE_V2'> = (node, inputs, outputs) => {
  const { shape } = node.inputs[0]!;
  const axes = new Set(integers(inputs[1]!).map((axis) => (axis < 0 ? axis + shape.length : axis)));
  const from = mapOffsets(shape, shape, (i, axis) => (axes.has(axis) ? shape[axis] - 1 - i : i));
  copyElements(inputs[0]!, from, outputs[0], allOffsets(shape));
};

const shape: ReferenceKernel<'SHAPE'> = (node, _, [output]) => {
  node.inputs[0]!.shape.forEach((dimension, axis) => {
    output[axis] = output instanceof BigInt64Array ? BigInt(dimension) : dimension;
  });
};

export const layoutKernels: ReferenceKernels = {
  RESHAPE: reshape,
  SQUEEZE: reshape,
  EXPAND_DIMS: reshape,
  TRANSPOSE: transpose,
  SPACE_TO_DEPTH: spaceToDepth,
  DEPTH_TO_SPACE: depthToSpace,
  REVERSE_V2: reverse,
  SHAPE: shape,
};
