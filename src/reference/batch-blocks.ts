// Owns SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND, which spread the pixels of blocks over the batch, and back; any dtype, codes unchanged.
import { allOffsets, copyElements, type Offsets, rowMajorStrides } from './element-copy';
import { integers, type ReferenceKernel, type ReferenceKernels } from './kernel';
import { zeroOf } from './pad';

/**
 * Where every element of an image [batch, rows, columns or not, channels] lies in the tensor of its blocks: pixel [r, c] of all blocks, `block`
 * rows and columns each, is image (r * block columns + c) * batch + n (tflite/kernels/internal/reference/space_to_batch_nd.h). The image
 * begins `amounts[2 * axis]` rows or columns after the blocks do.
 */
function blockOffsets(image: readonly number[], blocked: readonly number[], block: readonly number[], amounts: readonly number[]): Offsets {
  const strides = rowMajorStrides(blocked);
  let pixelStride = image[0] * strides[0];
  const tables = allOffsets(image).map((_, axis) => Int32Array.from({ length: image[axis] }, (_, i) => i * strides[axis]));
  for (let axis = block.length; axis > 0; axis--) {
    const size = block[axis - 1];
    const stride = pixelStride;
    tables[axis].forEach((_, i) => {
      const position = i + amounts[2 * axis - 2];
      tables[axis][i] = (position % size) * stride + Math.floor(position / size) * strides[axis];
    });
    pixelStride *= size;
  }
  return tables;
}

const spaceToBatch: ReferenceKernel<'SPACE_TO_BATCH_ND'> = (node, inputs, outputs) => {
  const { shape } = node.inputs[0]!;
  (outputs[0] as { fill(value: number | bigint): void }).fill(zeroOf(node.outputs[0]));
  const blocked = blockOffsets(shape, node.outputs[0].shape, integers(inputs[1]!), integers(inputs[2]!));
  copyElements(inputs[0]!, allOffsets(shape), outputs[0], blocked);
};

const batchToSpace: ReferenceKernel<'BATCH_TO_SPACE_ND'> = (node, inputs, outputs) => {
  const { shape } = node.outputs[0];
  const blocked = blockOffsets(shape, node.inputs[0]!.shape, integers(inputs[1]!), integers(inputs[2]!));
  copyElements(inputs[0]!, blocked, outputs[0], allOffsets(shape));
};

export const batchBlockKernels: ReferenceKernels = { SPACE_TO_BATCH_ND: spaceToBatch, BATCH_TO_SPACE_ND: batchToSpace };
