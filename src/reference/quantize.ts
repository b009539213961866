// Owns the conversions between element types: QUANTIZE and DEQUANTIZE between reals and codes, CAST between plain numbers.
import { type DType, elementCount, type Quantization, type Value } from '../graph/graph';
import { reject } from '../graph/reject';
import { type CodeType, codeRange } from '../quant/activation-range';
import { roundHalfAwayFromZero } from '../quant/multiplier';
import { codeFunction } from './code-functions';
import type { ReferenceKernel, ReferenceKernels } from './kernel';

/**
 * The exact float32 values of IEEE 754 binary16 bit patterns, in `reals` if it is given. Exponent and fraction, moved to their places in binary32, are a number
 * 2^112 times too small, also where they are subnormal; the largest exponent, of infinities and NaN, is the largest in binary32.
 */
export function float16Values(bits: Uint16Array, reals: Float32Array = new Float32Array(bits.length)): Float32Array {
  const words = new Int32Array(reals.buffer, reals.byteOffset, reals.length);
  for (let i = 0; i < words.length; i++) {
    const half = bits[i];
    words[i] = ((half & 0x8000) << 16) | ((half & 0x7fff) << 13);
    if ((half & 0x7c00) === 0x7c00) words[i] |= 0x7f800000;
    else reals[i] *= 2 ** 112;
  }
  return reals;
}

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
    float16Values(inputs[0] as Uint16Array, reals);
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

/** From an element of one type to an element of another. */
type Convert = (x: number | bigint) => number | bigint;

/** Towards zero and saturating, NaN to the maximum: `SaturatingCastFloatingToInteger` of `tflite/kernels/cast.cc`. */
function fromFloat(to: 'int32' | 'uint8' | 'int16' | 'int8'): Convert {
  const { min, max } = to === 'int32' ? { min: -0x80000000, max: 0x7fffffff } : codeRange(to);
  return (x) => (Number.isNaN(x) ? max : Math.min(Math.max(Math.trunc(Number(x)), min), max));
}

const floatToInt64: Convert = (x) => {
  if (Number.isNaN(x) || Number(x) >= 2 ** 63) return 0x7fffffffffffffffn;
  return BigInt(Math.trunc(Math.max(Number(x), -(2 ** 63))));
};

/** To the nearest float32, ties to even, rounding once: beyond 2^53 the dropped bits are folded into one that only breaks ties. */
const int64ToFloat: Convert = (x) => {
  const exact = BigInt(x);
  const near = Number(exact);
  if (Math.abs(near) < 2 ** 53) return Math.fround(near);
  const kept = exact >> 11n;
  const sticky = exact === kept << 11n ? 0n : 1n;
  return Math.fround(Number(kept | sticky) * 2048);
};

/** Conversion of one element; stores into typed arrays complete it by wrapping integers and rounding to float32. */
function conversion(from: DType, to: DType): Convert | undefined {
  const isFloat = from === 'float32' || from === 'float16';
  switch (to) {
    case 'float16':
      return undefined;
    case 'bool':
      return (x) => (Number(x) === 0 ? 0 : 1);
    case 'int64':
      return isFloat ? floatToInt64 : (x) => BigInt(x);
    case 'float32':
      return from === 'int64' ? int64ToFloat : (x) => x;
    default:
      if (isFloat) return fromFloat(to);
      return from === 'int64' ? (x) => Number(BigInt.asIntN(32, BigInt(x))) : (x) => x;
  }
}

/** Converts every element; float16 is read but never produced (`unsupported-feature`). */
const cast: ReferenceKernel<'CAST'> = (node, inputs, outputs) => {
  const from = node.inputs[0]!.dtype;
  const to = node.outputs[0].dtype;
  const convert = conversion(from, to);
  if (!convert) reject('unsupported-feature', node, 'float16 is supported in constants only');
  const source = from === 'float16' ? float16Values(inputs[0] as Uint16Array) : inputs[0]!;
  const target = outputs[0];
  for (let i = 0; i < target.length; i++) target[i] = convert(source[i]);
};

export const quantizeKernels: ReferenceKernels = { QUANTIZE: quantize, DEQUANTIZE: dequantize, CAST: cast };
