// Owns what an import keeps of the codes that an ONNX file holds: parameters of tensors of codes, constants that were dequantized.
import type { TensorParams } from 'zeropoint/graph';

/** How a tensor of the file holds codes: real = scale * (code - zeroPoint). Such an operand's value or data are the reals. */
export interface Codes extends TensorParams {
  readonly dtype: 'int8' | 'uint8';
}

/** A constant of codes whose reals are `Math.fround(scale * (code - zeroPoint))`. */
export interface DequantizedConstant {
  /** Row-major in the order of the reals. */
  readonly codes: ArrayLike<number>;
  /** One entry, or one per channel. */
  readonly scale: readonly number[];
  readonly zeroPoint: readonly number[];
  /** The layer that reads it takes float activations, which stock kernels quantize while they run. */
  readonly isDynamic: boolean;
}

/** Added to uint8 codes and zero points they are int8 ones of the same reals. */
export const toInt8 = -128;

/** The parameters of the same reals in int8 codes. */
export function int8Params({ scale, zeroPoint, dtype }: Codes): TensorParams {
  return { scale, zeroPoint: dtype === 'uint8' ? zeroPoint + toInt8 : zeroPoint };
}

export function sameParams(a: TensorParams, b: TensorParams): boolean {
  return a.scale === b.scale && a.zeroPoint === b.zeroPoint;
}

/** Whether two tensors have the same codes for the same reals. */
export function sameCodes(a: Codes, b: Codes): boolean {
  return sameParams(a, b) && a.dtype === b.dtype;
}

/** What `dequantizeAll` and the recovery of codes from reals compute alike, so that one undoes the other. */
export function realOf(code: number, scale: number, zeroPoint: number): number {
  return Math.fround(scale * (code - zeroPoint));
}

/** Rounds half to even, as QuantizeLinear does (the ONNX operator documentation). */
export function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value - Math.trunc(value)) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/**
 * Calls `visit` with each run of neighbouring elements of one channel, in order: element i of `length` is of channel
 * floor(i / stride) % channels.
 */
export function forChannels(
  length: number,
  stride: number,
  channels: number,
  visit: (channel: number, begin: number, end: number) => void,
): void {
  const step = channels === 1 ? Math.max(length, 1) : stride;
  for (let begin = 0; begin < length; begin += step) visit((begin / step) % channels, begin, Math.min(begin + step, length));
}
