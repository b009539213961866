// Owns the stored form of a layer's constants: the file's codes, found again in the order that the layer has.
import { elementCount, roundHalfAwayFromZero, type Value } from 'zeropoint/graph';
import type { OnnxBuilder } from '../builder';
import { forChannels, realOf, toInt8 } from './codes';

/** 8-bit elements with one scale or one per channel. */
export interface StoredCodes {
  readonly dtype: 'int8' | 'uint8';
  readonly data: Int8Array | Uint8Array;
  readonly scale: readonly number[];
  readonly zeroPoint: readonly number[];
}

/** Codes without their zero points, as they must have been to give exactly these reals; undefined where there are none. */
function centredCodes(data: Float32Array, scale: readonly number[], stride: number): Int16Array | undefined {
  const centred = new Int16Array(data.length);
  let isExact = true;
  forChannels(data.length, stride, scale.length, (c, begin, end) => {
    const channelScale = scale[c];
    for (let i = begin; i < end && isExact; i++) {
      const code = Math.round(data[i] / channelScale);
      isExact = Math.abs(code) <= 255 && realOf(code, channelScale, 0) === data[i];
      centred[i] = code;
    }
  });
  return isExact ? centred : undefined;
}

/** Lowest and highest value, 0 included. */
function rangeOf(values: Int16Array): readonly [number, number] {
  let [min, max] = [0, 0];
  for (const value of values) {
    if (value < min) min = value;
    else if (value > max) max = value;
  }
  return [min, max];
}

const allEqual = (values: readonly number[]): boolean => values.every((value) => value === values[0]);

/**
 * The codes of a dequantized constant; `axis`: along which scales per channel may run. Symmetric int8 where the codes fit without their zero
 * points, else int8 or uint8 with one zero point: `asymmetric` says which. Undefined for other constants, and for scales that do not run
 * along `axis`.
 */
export function storedCodes(builder: OnnxBuilder, value: Value, axis: number, asymmetric: 'int8' | 'uint8'): StoredCodes | undefined {
  const origin = builder.dequantizedFrom(value.data!);
  if (!origin) return undefined;
  const scale = allEqual(origin.scale) ? [origin.scale[0]] : origin.scale;
  if (scale.length > 1 && scale.length !== value.shape[axis]) return undefined;
  builder.account.charge(2 * value.data!.length);
  const centred = centredCodes(value.data as Float32Array, scale, elementCount(value.shape.slice(axis + 1)));
  if (!centred) return undefined;
  const [min, max] = rangeOf(centred);
  if (min >= -128 && max <= 127) return { dtype: 'int8', data: new Int8Array(centred), scale, zeroPoint: scale.map(() => 0) };
  if (scale.length > 1 || !allEqual(origin.zeroPoint)) return undefined;
  const [given] = origin.zeroPoint;
  const zeroPoint = min + given >= 0 && max + given <= 255 ? given : given - toInt8;
  if (min + zeroPoint < 0 || max + zeroPoint > 255) return undefined;
  const unsigned = new Uint8Array(centred.map((code) => code + zeroPoint));
  if (asymmetric === 'uint8') return { dtype: 'uint8', data: unsigned, scale, zeroPoint: [zeroPoint] };
  return { dtype: 'int8', data: new Int8Array(centred.map((code) => code + zeroPoint + toInt8)), scale, zeroPoint: [zeroPoint + toInt8] };
}

/**
 * Bias codes at scale input * weights: the file's where they have this scale, else the nearest to the reals, as of a bias that the file keeps
 * in floats.
 */
export function biasCodes(
  builder: OnnxBuilder,
  bias: Value,
  inputScale: number,
  weightScale: readonly number[],
): { data: Int32Array; scale: number[] } {
  const origin = builder.dequantizedFrom(bias.data!);
  const scale = weightScale.map((value) => Math.fround(inputScale * value));
  const at = (values: readonly number[], c: number) => values[values.length === 1 ? 0 : c];
  builder.account.charge(bias.data!.length);
  const data = Int32Array.from(bias.data as Float32Array, (real, c) => {
    const isFiles = origin && Math.abs(at(origin.scale, c) / at(scale, c) - 1) < 1e-5;
    const code = isFiles ? origin.codes[c] - at(origin.zeroPoint, c) : roundHalfAwayFromZero(real / at(scale, c));
    return Math.min(Math.max(code, -0x80000000), 0x7fffffff);
  });
  return { data, scale };
}
