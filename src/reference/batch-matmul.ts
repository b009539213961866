// Owns the reference BATCH_MATMUL: tflite/kernels/internal/reference/batch_matmul.h.
import type { Node } from '../graph/graph';
import { codeRange } from '../quant/activation-range';
import { matMulMultiplier } from '../quant/operator-multipliers';
import { scalesOf, zeroPointOf } from '../quant/params';
import { multiplyByQuantizedMultiplier, multiplyByReducedMultiplier } from '../quant/requantize';
import { broadcastIndices } from './broadcast';
import type { ReferenceKernel, ReferenceKernels } from './kernel';

/** Writes the product of row `a` and column `b`, `depth` elements each at distances of their own. */
type Dot = (a: number, stepA: number, b: number, stepB: number, depth: number) => number;

/** int16 codes, and int8 second operands: int64 sums, which float64 holds, and the rescaling of int64. */
function dotCodes16(node: Node<'BATCH_MATMUL'>, codesA: Int16Array, codesB: Int16Array | Int8Array): Dot {
  const { multiplier, shift } = matMulMultiplier(...scalesOf(node));
  return (a, stepA, b, stepB, depth) => {
    let sum = 0;
    for (let k = 0; k < depth; k++) sum += codesA[a + k * stepA] * codesB[b + k * stepB];
    return Math.min(Math.max(multiplyByReducedMultiplier(sum, multiplier, shift), -32768), 32767);
  };
}

/** int32 sums of codes without zero points wrap; then one rescaling. */
function dotCodes(node: Node<'BATCH_MATMUL'>, codesA: Int8Array, codesB: Int8Array): Dot {
  const [zeroA, zeroB, zero] = [node.inputs[0]!, node.inputs[1]!, node.outputs[0]].map(zeroPointOf);
  const { multiplier, shift } = matMulMultiplier(...scalesOf(node));
  const { min, max } = codeRange('int8');
  return (a, stepA, b, stepB, depth) => {
    let sum = 0;
    for (let k = 0; k < depth; k++) sum = (sum + (codesA[a + k * stepA] - zeroA) * (codesB[b + k * stepB] - zeroB)) | 0;
    return Math.min(Math.max(multiplyByQuantizedMultiplier(sum, multiplier, shift) + zero, min), max);
  };
}

/** Sums in float32, in the order of the depth. */
function dotFloats(floatsA: Float32Array, floatsB: Float32Array): Dot {
  return (a, stepA, b, stepB, depth) => {
    let sum = 0;
    for (let k = 0; k < depth; k++) sum = Math.fround(sum + Math.fround(floatsA[a + k * stepA] * floatsB[b + k * stepB]));
    return sum;
  };
}

const batchMatMul: ReferenceKernel<'BATCH_MATMUL'> = (node, [dataA, dataB], [output]) => {
  const { adjX, adjY } = node.attributes;
  const [shapeA, shapeB] = node.inputs.map((value) => value!.shape);
  const { shape } = node.outputs[0];
  const [rows, columns] = shape.slice(-2);
  const depth = shapeA.at(adjX ? -2 : -1)!;
  const matrices = [shapeA, shapeB].map((of) => broadcastIndices(of.slice(0, -2), shape.slice(0, -2)));
  const dot =
    output instanceof Float32Array
      ? dotFloats(dataA as Float32Array, dataB as Float32Array)
      : output instanceof Int16Array
        ? dotCodes16(node, dataA as Int16Array, dataB as Int16Array)
        : dotCodes(node, dataA as Int8Array, dataB as Int8Array);
  let to = 0;
  for (let batch = 0; batch < matrices[0].length; batch++) {
    const a = matrices[0][batch] * rows * depth;
    const b = matrices[1][batch] * depth * columns;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const startA = a + row * (adjX ? 1 : depth);
        output[to++] = dot(startA, adjX ? rows : 1, b + column * (adjY ? depth : 1), adjY ? 1 : columns, depth);
      }
    }
  }
};

export const batchMatMulKernels: ReferenceKernels = { BATCH_MATMUL: batchMatMul };
