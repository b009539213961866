// Owns the conversions between reals and codes: QUANTIZE, DEQUANTIZE and, among plain numbers, CAST.
import { elementCount, type Quantization, type Value } from '../graph/graph';
import { type CodeType, codeRange } from '../quant/activation-range';
import { roundHalfAwayFromZero } from '../quant/multiplier';
import { cast } from './cast';
import { codeFunction } from './code-functions';
import { float16Values } from './float16';
import type { ReferenceKernel, ReferenceKernels } from './kernel';

/** The entry of `quantization` that element `i` of `value` uses. */
function channelOf({ shape }: Value, { scale, axis }: Quantization): (i: number) => number {
  if (scale.length === 1) return () => 0;
  const inner = elementCount(shape.slice(axis + 1));
  return (i) => Math.floor(i / inner) % scale.length;
}

/** float32 to codes, per tensor or per channel: `tflite/kernels/internal/reference/quantize.h`. NaN becomes code 0. */
function quantizeReals(output: Value, reals: Float32Array, codes: Uint8Array | Int8Array | Int16Array): void {
  const { scale, zeroPoint } = output.quantization!;
  const { min, max } = codeRange(output.dtype as CodeType);
  const channel = channelOf(output, output.quantization!);
  for (let i = 0; i < codes.length; i++) {
    const c = channel(i);
    const code = roundHalfAwayFromZero(Math.fround(reals[i] / scale[c])) + zeroPoint[c];
    codes[i] = Math.min(Math.max(code, min), max);
  }
}

/** float32 to codes, or codes to codes of another type or quantization. */
const quantize: ReferenceKernel<'QUANTIZE'> = (node, inputs, outputs) => {
  const codes = outputs[0] as Int16Array;
  if (node.inputs[0]!.dtype === 'float32') {
    quantizeReals(node.outputs[0], inputs[0] as Float32Array, codes);
    return;
  }
  const requantize = codeFunction(node);
  const source = inputs[0] as Int16Array;
  for (let i = 0; i < codes.length; i++) codes[i] = requantize(source[i]);
};

/** scale * (code - zeroPoint), exact in double and rounded once (`tflite/kernels/dequantize.h`); float16 bits to their values. */
const dequantize: ReferenceKernel<'DEQUANTIZE'> = (node, inputs, outputs) => {
  const input = node.inputs[0]!;
  const reals = outputs[0] as Float32Array;
  if (input.dtype === 'float16') {
    reals.set(float16Values(inputs[0] as Uint16Array));
    return;
  }
  const { scale, zeroPoint } = input.quantization!;
  const channel = channelOf(input, input.quantization!);
  const codes = inputs[0] as Int8Array;
  for (let i = 0; i < reals.length; i++) {
    const c = channel(i);
    reals[i] = scale[c] * (codes[i] - zeroPoint[c]);
  }
};

export const quantizeKernels: ReferenceKernels = { QUANTIZE: quantize, DEQUANTIZE: dequantize, CAST: cast };
