// Owns the operators that join tensors: CONCATENATION along an axis, PACK along a new one.
import type { Quantization, TensorData, Value } from '../graph/graph';
import { replaceAxis, resolveAxis } from '../graph/shape-rules/rule';
import { codeRange } from '../quant/activation-range';
import { roundHalfAwayFromZero } from '../quant/multiplier';
import { sameParams } from '../quant/params';
import { allOffsets, copyElements, mapOffsets } from './element-copy';
import type { ReferenceKernel, ReferenceKernels } from './kernel';

/** Copies `source` of `shape` into `target` of `outputShape`, from position `start` of `axis` on. */
function place(
  source: TensorData,
  shape: readonly number[],
  target: TensorData,
  outputShape: readonly number[],
  axis: number,
  start: number,
): void {
  const to = mapOffsets(outputShape, shape, (i, k) => (k === axis ? start + i : i));
  copyElements(source, allOffsets(shape), target, to);
}

/**
 * The code under `output` for each uint8 code under `input`: `ConcatenationWithScaling` of
 * `tflite/kernels/internal/reference/concatenation.h`, every step in float32.
 */
export function requantizationTable(input: Quantization, output: Quantization): Uint8Array {
  const { min, max } = codeRange('uint8');
  const scale = Math.fround(input.scale[0] * Math.fround(1 / output.scale[0]));
  const bias = Math.fround(-input.zeroPoint[0] * scale);
  return Uint8Array.from({ length: 256 }, (_, code) => {
    const real = Math.fround(Math.fround(code * scale) + bias);
    return Math.min(Math.max(roundHalfAwayFromZero(real) + output.zeroPoint[0], min), max);
  });
}

/** The elements of `input` as codes of `output`: only uint8 may differ in quantization, all other dtypes are copied. */
function codesFor(output: Value, input: Value, data: TensorData): TensorData {
  const from = input.quantization;
  const to = output.quantization;
  if (output.dtype !== 'uint8' || !from || !to || sameParams(input, output)) return data;
  const table = requantizationTable(from, to);
  return (data as Uint8Array).map((code) => table[code]);
}

const concatenation: ReferenceKernel<'CONCATENATION'> = (node, inputs, outputs) => {
  const output = node.outputs[0];
  const axis = resolveAxis(node, node.attributes.axis, output.shape.length);
  let start = 0;
  node.inputs.forEach((input, part) => {
    place(codesFor(output, input!, inputs[part]!), input!.shape, outputs[0], output.shape, axis, start);
    start += input!.shape[axis];
  });
};

const pack: ReferenceKernel<'PACK'> = (node, inputs, outputs) => {
  const { shape } = node.outputs[0];
  const axis = resolveAxis(node, node.attributes.axis, shape.length);
  const slice = replaceAxis(shape, axis, 1);
  inputs.forEach((data, position) => {
    place(data!, slice, outputs[0], shape, axis, position);
  });
};

export const concatenationKernels: ReferenceKernels = { CONCATENATION: concatenation, PACK: pack };
