// Owns the operators that make a tensor from a few numbers, or find and order elements: WHERE, FILL, RANGE, ONE_HOT, TOPK_V2, CUMSUM.
import { elementCount } from '../graph/graph';
import { resolveAxis } from '../graph/shape-rules/rule';
import { copySpan } from './element-copy';
import { axisOperand, integers, type ReferenceKernel, type ReferenceKernels } from './kernel';

/** The coordinates of every element that is not 0, in row-major order (`tflite/kernels/where.cc`). */
const where: ReferenceKernel<'WHERE'> = (node, inputs, outputs) => {
  const { shape } = node.inputs[0]!;
  const coordinates = outputs[0] as BigInt64Array;
  let row = 0;
  inputs[0]!.forEach((element: number | bigint, index: number) => {
    if (!element) return;
    let rest = index;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      coordinates[row + axis] = BigInt(rest % shape[axis]);
      rest = Math.floor(rest / shape[axis]);
    }
    row += shape.length;
  });
};

const fill: ReferenceKernel<'FILL'> = (_, inputs, [output]) => {
  (output as Int32Array).fill((inputs[1] as Int32Array)[0]);
};

/** Sums of steps in the dtype, so that floats round at each (`CalculateRange` in `tflite/kernels/range.cc`). */
const range: ReferenceKernel<'RANGE'> = (_, inputs, outputs) => {
  const [start, , step] = inputs as Float32Array[];
  const output = outputs[0] as Float32Array;
  for (let i = 0; i < output.length; i++) output[i] = i === 0 ? start[0] : output[i - 1] + step[0];
};

/** output[.., depth, ..] is on where the index is the position along the new axis (`tflite/kernels/one_hot.cc`). */
const oneHot: ReferenceKernel<'ONE_HOT'> = (node, inputs, [output]) => {
  const { shape } = node.inputs[0]!;
  const axis = resolveAxis(node, node.attributes.axis, shape.length + 1);
  const depth = node.outputs[0].shape[axis];
  const inner = elementCount(shape.slice(axis));
  const indices = integers(inputs[0]!);
  const [on, off] = [inputs[2]![0], inputs[3]![0]];
  for (let i = 0; i < output.length; i++) {
    const position = Math.floor(i / inner);
    output[i] = indices[Math.floor(position / depth) * inner + (i % inner)] === position % depth ? on : off;
  }
};

/** The largest elements of every row in descending order, of equal ones the first, NaN last (`tflite/kernels/topk_v2.cc`). */
const topK: ReferenceKernel<'TOPK_V2'> = (node, inputs, [values, indices]) => {
  const depth = node.inputs[0]!.shape.at(-1)!;
  const k = node.outputs[0].shape.at(-1)!;
  for (let row = 0; row * k < values.length; row++) {
    // Elements are only compared and moved, so that the casts serve int64 too.
    const data = inputs[0]!.subarray(row * depth, (row + 1) * depth) as Float32Array;
    const order = Int32Array.from(data, (_, i) => i).sort((a, b) => {
      if (data[a] > data[b]) return -1;
      if (data[a] < data[b]) return 1;
      return Number(Number.isNaN(data[a])) - Number(Number.isNaN(data[b])) || a - b;
    });
    for (let i = 0; i < k; i++) {
      values[row * k + i] = data[order[i]];
      indices[row * k + i] = order[i];
    }
  }
};

/** Running sums along one axis, each step in the dtype (`tflite/kernels/internal/reference/cumsum.h`). */
const cumulativeSum: ReferenceKernel<'CUMSUM'> = (node, inputs, outputs) => {
  const { exclusive, reverse } = node.attributes;
  const { shape } = node.inputs[0]!;
  const axis = axisOperand(node, inputs[1]!, shape.length);
  const count = shape[axis];
  const inner = elementCount(shape.slice(axis + 1));
  const input = inputs[0] as Float32Array;
  const sums = outputs[0] as Float32Array;
  // Exclusive sums add the element before, and begin with zero.
  if (exclusive) (sums as { fill(value: number | bigint): void }).fill(outputs[0] instanceof BigInt64Array ? 0n : 0);
  else copySpan(input, 0, sums, 0, sums.length);
  for (let line = 0; line < input.length / count; line++) {
    const first = Math.floor(line / inner) * count * inner + (line % inner);
    for (let i = 1; i < count; i++) {
      const at = first + (reverse ? count - 1 - i : i) * inner;
      const before = at + (reverse ? inner : -inner);
      sums[at] = sums[before] + input[exclusive ? before : at];
    }
  }
};

export const generateKernels: ReferenceKernels = {
  WHERE: where,
  FILL: fill,
  RANGE: range,
  ONE_HOT: oneHot,
  TOPK_V2: topK,
  CUMSUM: cumulativeSum,
};
