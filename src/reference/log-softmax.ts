// Owns the reference LOG_SOFTMAX over the last dimension: tflite/kernels/internal/reference/log_softmax.h, integer_ops/log_softmax.h.
import type { Node } from '../graph/graph';
import { codeRange } from '../quant/activation-range';
import { logOfSum } from '../quant/fixed-point';
import { quantizeMultiplier } from '../quant/multiplier';
import { softmaxParameters } from '../quant/operator-multipliers';
import { scaleOf } from '../quant/params';
import { multiplyByQuantizedMultiplier, roundingDivideByPot, saturatingRoundingDoublingHighMul } from '../quant/requantize';
import type { Codes, ReferenceKernel, ReferenceKernels } from './kernel';
import { softmaxExponentials, sumIntegerBits } from './softmax';

const f32 = Math.fround;
/** From Q5.26 to the output scale 1/16. */
const outputShift = 31 - 5 - 4;

/** The kernel assumes an output scale of 1/16 and the dtype's largest code for 0 (see graph/validate/scales.ts). */
function logSoftmaxCodes(node: Node<'LOG_SOFTMAX'>, input: Codes, output: Codes): void {
  const depth = node.inputs[0]!.shape.at(-1)!;
  const { min, max } = codeRange(node.outputs[0].dtype as 'int8' | 'uint8');
  const { multiplier, leftShift, diffMin } = softmaxParameters(1, scaleOf(node.inputs[0]!));
  const exponentials = softmaxExponentials(1, scaleOf(node.inputs[0]!));
  // PreprocessLogSoftmaxScalingExp (tflite/kernels/internal/quantization_util.cc): from Q5.26 back to differences of codes.
  const reverse = quantizeMultiplier(2 ** (31 - leftShift) / multiplier);
  for (let row = 0; row < input.length; row += depth) {
    const codes = input.subarray(row, row + depth);
    let rowMax = codes[0];
    for (const code of codes) rowMax = Math.max(rowMax, code);
    let sum = 0;
    for (const code of codes) sum = (sum + roundingDivideByPot(exponentials[rowMax - code] ?? 0, sumIntegerBits)) | 0;
    const logSum = logOfSum(sum);
    // logSum is not negative, so that the sum stays an int32.
    const lowest = Math.max(diffMin - 1, multiplyByQuantizedMultiplier(logSum - 0x80000000, reverse.multiplier, reverse.shift));
    for (let i = 0; i < depth; i++) {
      const difference = codes[i] - rowMax;
      const logarithm = saturatingRoundingDoublingHighMul(difference << leftShift, multiplier) - logSum;
      output[row + i] = difference > lowest ? Math.max(roundingDivideByPot(logarithm | 0, outputShift) + max, min) : min;
    }
  }
}

function logSoftmaxFloats(node: Node<'LOG_SOFTMAX'>, input: Float32Array, output: Float32Array): void {
  const depth = node.inputs[0]!.shape.at(-1)!;
  for (let row = 0; row < input.length; row += depth) {
    let rowMax = input[row];
    for (let i = row + 1; i < row + depth; i++) rowMax = Math.max(rowMax, input[i]);
    let sum = 0;
    for (let i = row; i < row + depth; i++) sum = f32(sum + f32(Math.exp(f32(input[i] - rowMax))));
    const logSum = f32(Math.log(sum));
    for (let i = row; i < row + depth; i++) output[i] = f32(input[i] - rowMax) - logSum;
  }
}

/** Any rank >= 1. */
const logSoftmax: ReferenceKernel<'LOG_SOFTMAX'> = (node, inputs, outputs) => {
  if (node.inputs[0]!.dtype === 'float32') logSoftmaxFloats(node, inputs[0] as Float32Array, outputs[0] as Float32Array);
  else logSoftmaxCodes(node, inputs[0] as Codes, outputs[0] as Codes);
};

export const logSoftmaxKernels: ReferenceKernels = { LOG_SOFTMAX: logSoftmax };
