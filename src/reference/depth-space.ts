// Owns SPACE_TO_DEPTH and DEPTH_TO_SPACE: square blocks of an image traded for channels, for any dtype.
import { allOffsets, copyElements } from './element-copy';
import type { ReferenceKernel, ReferenceKernels } from './kernel';

// Both operators equate an image [n, h, block, w, block, c] with channels [n, h, w, block, block, c]: the channel of the deep side is
// (row in block * block + column in block) * c + channel of the wide side (tflite/kernels/internal/reference/space_to_depth.h,
// depth_to_space.h).
const deepOrder = [0, 1, 3, 2, 4, 5];

function blocksOf(shape: readonly number[], blockSize: number): number[] {
  const [batches, height, width, channels] = shape;
  return [batches, height / blockSize, blockSize, width / blockSize, blockSize, channels];
}

const spaceToDepth: ReferenceKernel<'SPACE_TO_DEPTH'> = (node, inputs, outputs) => {
  const wide = blocksOf(node.inputs[0]!.shape, node.attributes.blockSize);
  const from = allOffsets(wide);
  copyElements(
    inputs[0]!,
    deepOrder.map((axis) => from[axis]),
    outputs[0],
    allOffsets(deepOrder.map((axis) => wide[axis])),
  );
};

const depthToSpace: ReferenceKernel<'DEPTH_TO_SPACE'> = (node, inputs, outputs) => {
  const wide = blocksOf(node.outputs[0].shape, node.attributes.blockSize);
  const to = allOffsets(wide);
  copyElements(
    inputs[0]!,
    allOffsets(deepOrder.map((axis) => wide[axis])),
    outputs[0],
    deepOrder.map((axis) => to[axis]),
  );
};

export const depthSpaceKernels: ReferenceKernels = { SPACE_TO_DEPTH: spaceToDepth, DEPTH_TO_SPACE: depthToSpace };
