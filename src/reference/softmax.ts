// Owns the reference SOFTMAX over the last dimension: tflite/kernels/internal/reference/softmax.h.
import type { Node } from '../graph/graph';
import { type CodeType, codeRange } from '../quant/activation-range';
import { expOnNegativeValues, reciprocal } from '../quant/fixed-point';
import { softmaxMultiplier16, softmaxParameters } from '../quant/operator-multipliers';
import { scaleOf } from '../quant/params';
import { multiplyByQuantizedMultiplier, roundingDivideByPot, saturatingRoundingDoublingHighMul } from '../quant/requantize';
import { interpolated, interpolationTable } from './int16-functions';
import type { Codes, Inputs, Outputs, ReferenceKernels } from './kernel';

/** Sums of exponentials are Q12.19, so that 2^12 of them fit. */
export const sumIntegerBits = 12;

/** exp of every difference to a row's maximum, 0, -1, .. at most -255, in Q0.31; larger differences have no entry and count as 0. */
export function softmaxExponentials(beta: number, inputScale: number): Int32Array {
  const { multiplier, leftShift, diffMin } = softmaxParameters(beta, inputScale);
  return Int32Array.from({ length: Math.min(256, 1 - diffMin) }, (_, distance) =>
    expOnNegativeValues(saturatingRoundingDoublingHighMul(-distance << leftShift, multiplier)),
  );
}

/** The kernel assumes an output scale of 1 / 2^bits and the dtype's smallest code for 0 (see graph/validate/scales.ts). */
function softmaxCodes(node: Node<'SOFTMAX'>, input: Codes, output: Codes): void {
  const depth = node.inputs[0]!.shape.at(-1)!;
  const { min, max } = codeRange(node.outputs[0].dtype as CodeType);
  const bits = 8 * output.BYTES_PER_ELEMENT;
  const exponentials = softmaxExponentials(node.attributes.beta, scaleOf(node.inputs[0]!));
  for (let row = 0; row < input.length; row += depth) {
    let rowMax = input[row];
    for (let i = row + 1; i < row + depth; i++) rowMax = Math.max(rowMax, input[i]);
    let sum = 0;
    for (let i = row; i < row + depth; i++) {
      const distance = rowMax - input[i];
      if (distance < exponentials.length) sum = (sum + roundingDivideByPot(exponentials[distance], sumIntegerBits)) | 0;
    }
    const inverse = reciprocal(sum, sumIntegerBits);
    // For 8 bits, sums of 512 and more need a shift by 32, which is undefined in C++: their probabilities round to code 0.
    const shift = inverse.bitsOverUnit + 31 - bits;
    for (let i = row; i < row + depth; i++) {
      const distance = rowMax - input[i];
      if (distance < exponentials.length && shift <= 31) {
        const probability = saturatingRoundingDoublingHighMul(inverse.reciprocal, exponentials[distance]);
        output[i] = Math.min(roundingDivideByPot(probability, shift) + min, max);
      } else {
        output[i] = min;
      }
    }
  }
}

/** exp(x) for [-10, 0], and 1 / (1 + x) for [0, 1], as multiples of 2 / 65535 (tflite/kernels/activations.cc, `SoftmaxPrepare`; double). */
const unit = { scale: 2 / 65535, zeroPoint: 0 };
const makeTables = () => ({
  exponential: interpolationTable({ scale: 10 / 65535, zeroPoint: 32767 }, unit, Math.exp, Number),
  reciprocal: interpolationTable({ scale: 1 / 65535, zeroPoint: -32768 }, unit, (x) => 1 / (1 + x), Number),
});
let tables16: ReturnType<typeof makeTables> | undefined;

/** Both tables of int16, constants made on first use. */
export function softmaxTables16(): ReturnType<typeof makeTables> {
  tables16 ??= makeTables();
  return tables16;
}

/** `SoftmaxInt16` of the same file: exponentials and the inverse of their sum by tables, probabilities in Q0.15. */
function softmaxCodes16(node: Node<'SOFTMAX'>, input: Int16Array, output: Int16Array): void {
  const depth = node.inputs[0]!.shape.at(-1)!;
  const { multiplier, shift } = softmaxMultiplier16(node.attributes.beta, scaleOf(node.inputs[0]!));
  const tables = softmaxTables16();
  const [exponential, inverseOf] = [interpolated(tables.exponential), interpolated(tables.reciprocal)];
  for (let row = 0; row < input.length; row += depth) {
    let rowMax = input[row];
    for (let i = row + 1; i < row + depth; i++) rowMax = Math.max(rowMax, input[i]);
    let sum = 0;
    for (let i = row; i < row + depth; i++) {
      // Positive where a left shift has wrapped.
      const scaled = Math.min(multiplyByQuantizedMultiplier(input[i] - rowMax, multiplier, shift), 0);
      output[i] = exponential(Math.max(scaled + 32767, -32768));
      sum = (sum + output[i]) | 0;
    }
    // The sum is m * 2^(30 - headroom) with 1 <= m < 2 in Q1.30; the table takes m - 1.
    const headroom = Math.clz32(sum) - 1;
    const mantissa = Math.floor((sum * 2 ** headroom + 2 ** 13) / 2 ** 14);
    const inverse = inverseOf(Math.min(Math.max(mantissa - 0x18000, -32768), 32767));
    const right = 30 - headroom;
    for (let i = row; i < row + depth; i++) {
      const probability = Math.floor((output[i] * inverse + 2 ** (right - 1)) / 2 ** right);
      output[i] = Math.min(Math.max(probability, 0), 32767);
    }
  }
}

function softmaxFloats(node: Node<'SOFTMAX'>, input: Float32Array, output: Float32Array): void {
  const depth = node.inputs[0]!.shape.at(-1)!;
  const { beta } = node.attributes;
  for (let row = 0; row < input.length; row += depth) {
    let rowMax = input[row];
    for (let i = row + 1; i < row + depth; i++) rowMax = Math.max(rowMax, input[i]);
    let sum = 0;
    for (let i = row; i < row + depth; i++) {
      output[i] = Math.exp(Math.fround(Math.fround(input[i] - rowMax) * beta));
      sum = Math.fround(sum + output[i]);
    }
    for (let i = row; i < row + depth; i++) output[i] /= sum;
  }
}

/** Any rank >= 1. */
function softmax(node: Node<'SOFTMAX'>, inputs: Inputs, outputs: Outputs): void {
  if (node.inputs[0]!.dtype === 'int16') softmaxCodes16(node, inputs[0] as Int16Array, outputs[0] as Int16Array);
  else if (node.inputs[0]!.dtype === 'float32') softmaxFloats(node, inputs[0] as Float32Array, outputs[0] as Float32Array);
  else softmaxCodes(node, inputs[0] as Codes, outputs[0] as Codes);
}

export const softmaxKernels: ReferenceKernels = { SOFTMAX: softmax };
