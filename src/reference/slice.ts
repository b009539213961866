// Owns the operators that take parts of a tensor: SLICE, STRIDED_SLICE, SPLIT, SPLIT_V, UNPACK. They copy any dtype; codes unchanged.
import { describeNode, type Node, type TensorData } from '../graph/graph';
import { replaceAxis, resolveAxis } from '../graph/shape-rules/rule';
import { sliceRange, stridedSliceRange } from '../graph/slice-range';
import { allOffsets, copyElements, mapOffsets } from './element-copy';
import { axisOperand, type Inputs, type Outputs, type ReferenceKernel, type ReferenceKernels } from './kernel';

/** Copies the box that begins at `starts` to a whole tensor of the shape `counts`. */
function copyBox(
  shape: readonly number[],
  source: TensorData,
  starts: readonly number[],
  counts: readonly number[],
  target: TensorData,
  steps: readonly number[] = counts.map(() => 1),
): void {
  const from = mapOffsets(shape, counts, (i, axis) => starts[axis] + i * steps[axis]);
  copyElements(source, from, target, allOffsets(counts));
}

const slice: ReferenceKernel<'SLICE'> = (node, inputs, outputs) => {
  const { shape } = node.inputs[0]!;
  const range = sliceRange(shape, inputs[1]!, inputs[2]!, describeNode(node));
  copyBox(shape, inputs[0]!, range.starts, range.counts, outputs[0], range.steps);
};

const stridedSlice: ReferenceKernel<'STRIDED_SLICE'> = (node, inputs, outputs) => {
  const { shape } = node.inputs[0]!;
  const range = stridedSliceRange(node.attributes, shape, inputs[1]!, inputs[2]!, inputs[3]!, describeNode(node));
  copyBox(shape, inputs[0]!, range.starts, range.counts, outputs[0], range.steps);
};

/** Cuts input `data` along the axis that input `axisInput` holds into consecutive parts of the outputs' shapes. */
function cut(node: Node<'SPLIT' | 'SPLIT_V'>, inputs: Inputs, data: number, axisInput: number, outputs: Outputs): void {
  const { shape } = node.inputs[data]!;
  const axis = axisOperand(node, inputs[axisInput]!, shape.length);
  const starts = shape.map(() => 0);
  outputs.forEach((output, part) => {
    const counts = node.outputs[part].shape;
    copyBox(shape, inputs[data]!, starts, counts, output);
    starts[axis] += counts[axis];
  });
}

/** Inputs: axis, data (`tflite/kernels/split.cc`). */
const split: ReferenceKernel<'SPLIT'> = (node, inputs, outputs) => cut(node, inputs, 1, 0, outputs);

/** Inputs: data, sizes, axis (`tflite/kernels/split_v.cc`). */
const splitV: ReferenceKernel<'SPLIT_V'> = (node, inputs, outputs) => cut(node, inputs, 0, 2, outputs);

/** Output i is slice i along the axis, without the axis (`tflite/kernels/unpack.cc`). */
const unpack: ReferenceKernel<'UNPACK'> = (node, inputs, outputs) => {
  const { shape } = node.inputs[0]!;
  const axis = resolveAxis(node, node.attributes.axis, shape.length);
  const counts = replaceAxis(shape, axis, 1);
  outputs.forEach((output, position) => {
    const starts = shape.map((_, k) => (k === axis ? position : 0));
    copyBox(shape, inputs[0]!, starts, counts, output);
  });
};

export const sliceKernels: ReferenceKernels = {
  SLICE: slice,
  STRIDED_SLICE: stridedSlice,
  SPLIT: split,
  SPLIT_V: splitV,
  UNPACK: unpack,
};
