// Owns the operators that extend a tensor: PAD, PADV2, MIRROR_PAD with a border, TILE and BROADCAST_TO with copies of itself.
import type { Node, TensorData, Value } from '../graph/graph';
import { broadcastTo } from './broadcast';
import { allOffsets, copyElements, copySpan, mapOffsets } from './element-copy';
import { type Inputs, integers, type ReferenceKernel, type ReferenceKernels } from './kernel';

/** Elements to add before each axis, from the operand [rank, 2] of pairs (before, after). */
function paddingBefore(paddings: TensorData): number[] {
  return integers(paddings).filter((_, i) => i % 2 === 0);
}

/** The fill of PAD: real 0, which is the output's zero point for codes and 0 otherwise (`tflite/kernels/pad.cc`). */
export function zeroOf({ dtype, quantization }: Value): number | bigint {
  if (dtype === 'int64') return 0n;
  return dtype === 'int8' || dtype === 'uint8' || dtype === 'int16' ? (quantization?.zeroPoint[0] ?? 0) : 0;
}

function padWith(node: Node<'PAD' | 'PADV2'>, inputs: Inputs, target: TensorData, fill: number | bigint): void {
  const { shape } = node.inputs[0]!;
  const before = paddingBefore(inputs[1]!);
  (target as { fill(value: number | bigint): void }).fill(fill);
  const to = mapOffsets(node.outputs[0].shape, shape, (i, axis) => before[axis] + i);
  copyElements(inputs[0]!, allOffsets(shape), target, to);
}

const pad: ReferenceKernel<'PAD'> = (node, inputs, outputs) => padWith(node, inputs, outputs[0], zeroOf(node.outputs[0]));

const padV2: ReferenceKernel<'PADV2'> = (node, inputs, outputs) => padWith(node, inputs, outputs[0], inputs[2]![0]);

/** `tflite/kernels/mirror_pad.cc`: SYMMETRIC repeats the edge element, REFLECT does not. */
const mirrorPad: ReferenceKernel<'MIRROR_PAD'> = (node, inputs, outputs) => {
  const { shape } = node.inputs[0]!;
  const before = paddingBefore(inputs[1]!);
  const repeated = node.attributes.mode === 'SYMMETRIC' ? 1 : 0;
  const outputShape = node.outputs[0].shape;
  const from = mapOffsets(shape, outputShape, (i, axis) => {
    const size = shape[axis];
    const position = i - before[axis];
    if (position < 0) return -position - repeated;
    return position < size ? position : 2 * size - 2 + repeated - position;
  });
  copyElements(inputs[0]!, from, outputs[0], allOffsets(outputShape));
};

/** Repeats the tensor along each axis, as often as the output is larger (`tflite/kernels/tile.cc`). */
const tile: ReferenceKernel<'TILE'> = (node, inputs, outputs) => {
  const { shape } = node.inputs[0]!;
  const outputShape = node.outputs[0].shape;
  const from = mapOffsets(shape, outputShape, (i, axis) => i % shape[axis]);
  copyElements(inputs[0]!, from, outputs[0], allOffsets(outputShape));
};

const broadcast: ReferenceKernel<'BROADCAST_TO'> = (node, inputs, outputs) => {
  const [from, to] = [node.inputs[0]!.shape, node.outputs[0].shape];
  copySpan(broadcastTo(inputs[0]!, from, to), 0, outputs[0], 0, outputs[0].length);
};

export const padKernels: ReferenceKernels = { PAD: pad, PADV2: padV2, MIRROR_PAD: mirrorPad, TILE: tile, BROADCAST_TO: broadcast };
