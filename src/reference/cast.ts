// Owns CAST: conversions between element types, codes taken as plain integers.
import { ModelError } from '../errors';
import { type DType, describeNode } from '../graph/graph';
import { codeRange } from '../quant/activation-range';
import { float16Values } from './float16';
import type { ReferenceKernel } from './kernel';

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
export const cast: ReferenceKernel<'CAST'> = (node, inputs, outputs) => {
  const from = node.inputs[0]!.dtype;
  const to = node.outputs[0].dtype;
  const convert = conversion(from, to);
  if (!convert) throw new ModelError('unsupported-feature', 'float16 is supported in constants only', { where: describeNode(node) });
  const source = from === 'float16' ? float16Values(inputs[0] as Uint16Array) : inputs[0]!;
  const target = outputs[0];
  for (let i = 0; i < target.length; i++) target[i] = convert(source[i]);
};
