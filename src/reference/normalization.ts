// Owns the reference L2_NORMALIZATION over the last dimension: tflite/kernels/internal/reference/l2normalization.h.
import type { Node } from '../graph/graph';
import { codeRange } from '../quant/activation-range';
import { inverseSqrt } from '../quant/fixed-point';
import { tensorParams } from '../quant/params';
import { multiplyByQuantizedMultiplier } from '../quant/requantize';
import type { Codes, Inputs, Outputs, ReferenceKernels } from './kernel';

/** The kernel assumes an output scale of 1/128 and zero point 0 (int8) or 128 (uint8) (see graph/validate/scales.ts). */
function normalizeCodes(node: Node<'L2_NORMALIZATION'>, input: Codes, output: Codes): void {
  const { zeroPoint } = tensorParams(node.inputs[0]!);
  const depth = node.inputs[0]!.shape.at(-1)!;
  const signed = node.outputs[0].dtype === 'int8';
  const { min, max } = codeRange(signed ? 'int8' : 'uint8');
  for (let row = 0; row < input.length; row += depth) {
    let sumOfSquares = 0;
    for (let i = row; i < row + depth; i++) sumOfSquares = (sumOfSquares + (input[i] - zeroPoint) ** 2) | 0;
    const { multiplier, shift } = inverseSqrt(sumOfSquares);
    for (let i = row; i < row + depth; i++) {
      const x = input[i] - zeroPoint;
      // int8 folds the factor 128 into the shift (integer_ops/l2normalization.h), uint8 into the operand: they round differently.
      const code = signed
        ? multiplyByQuantizedMultiplier(x, multiplier, shift + 7)
        : 128 + multiplyByQuantizedMultiplier(128 * x, multiplier, shift);
      output[i] = Math.min(Math.max(code, min), max);
    }
  }
}

function normalizeFloats(node: Node<'L2_NORMALIZATION'>, input: Float32Array, output: Float32Array): void {
  const depth = node.inputs[0]!.shape.at(-1)!;
  const epsilon = Math.fround(1e-6);
  for (let row = 0; row < input.length; row += depth) {
    let sumOfSquares = 0;
    for (let i = row; i < row + depth; i++) sumOfSquares = Math.fround(sumOfSquares + Math.fround(input[i] * input[i]));
    const norm = Math.max(Math.fround(Math.sqrt(sumOfSquares)), epsilon);
    for (let i = row; i < row + depth; i++) output[i] = input[i] / norm;
  }
}

/** Any rank >= 1. */
function normalize(node: Node<'L2_NORMALIZATION'>, inputs: Inputs, outputs: Outputs): void {
  if (node.inputs[0]!.dtype === 'float32') normalizeFloats(node, inputs[0] as Float32Array, outputs[0] as Float32Array);
  else normalizeCodes(node, inputs[0] as Codes, outputs[0] as Codes);
}

export const normalizationKernels: ReferenceKernels = { L2_NORMALIZATION: normalize };
