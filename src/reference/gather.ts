// Owns GATHER and GATHER_ND: picking slices by an index tensor, for any dtype.
import { elementCount, type Node } from '../graph/graph';
import { reject } from '../graph/reject';
import { resolveAxis } from '../graph/shape-rules/rule';
import { copySpan, rowMajorStrides } from './element-copy';
import { integers, type ReferenceKernel, type ReferenceKernels } from './kernel';

/** Throws `bad-data` for an index outside of its axis of `count` positions. */
export function requireIndex(index: number, count: number, node: Node): void {
  if (!(index >= 0 && index < count)) reject('bad-data', node, `index ${index} is outside [0, ${count})`);
}

/**
 * output[b, o, p, i] = data[b, o, indices[b, p], i], where b are the first `batchDims` axes, o those from there to `axis`, p the other
 * axes of the indices and i the axes behind `axis` (`tflite/kernels/gather.cc`).
 */
const gather: ReferenceKernel<'GATHER'> = (node, inputs, outputs) => {
  const { shape } = node.inputs[0]!;
  const indexShape = node.inputs[1]!.shape;
  const axis = resolveAxis(node, node.attributes.axis, shape.length);
  const batchDims = node.attributes.batchDims + (node.attributes.batchDims < 0 ? indexShape.length : 0);
  const batches = elementCount(shape.slice(0, batchDims));
  const outer = elementCount(shape.slice(batchDims, axis));
  const inner = elementCount(shape.slice(axis + 1));
  const picks = elementCount(indexShape.slice(batchDims));
  const indices = integers(inputs[1]!);
  for (const index of indices) requireIndex(index, shape[axis], node);
  let to = 0;
  for (let batch = 0; batch < batches; batch++) {
    for (let o = 0; o < outer; o++) {
      for (let pick = 0; pick < picks; pick++) {
        const from = ((batch * outer + o) * shape[axis] + indices[batch * picks + pick]) * inner;
        copySpan(inputs[0]!, from, outputs[0], to, inner);
        to += inner;
      }
    }
  }
};

/** The last axis of the indices holds coordinates of the leading axes of the data (`tflite/kernels/gather_nd.cc`). */
const gatherNd: ReferenceKernel<'GATHER_ND'> = (node, inputs, outputs) => {
  const { shape } = node.inputs[0]!;
  const indexShape = node.inputs[1]!.shape;
  const depth = indexShape[indexShape.length - 1];
  const strides = rowMajorStrides(shape);
  const span = elementCount(shape.slice(depth));
  const tuples = elementCount(indexShape.slice(0, -1));
  const indices = integers(inputs[1]!);
  for (let tuple = 0; tuple < tuples; tuple++) {
    let from = 0;
    for (let axis = 0; axis < depth; axis++) {
      const index = indices[tuple * depth + axis];
      requireIndex(index, shape[axis], node);
      from += index * strides[axis];
    }
    copySpan(inputs[0]!, from, outputs[0], tuple * span, span);
  }
};

export const gatherKernels: ReferenceKernels = { GATHER: gather, GATHER_ND: gatherNd };
