// Owns functions of one int16 code: tables of 513 entries with interpolation, and LOGISTIC and TANH by a table of the sigmoid.
import type { Node } from '../graph/graph';
import { roundHalfAwayFromZero } from '../quant/multiplier';
import { sigmoidInput } from '../quant/operator-multipliers';
import { scaleOf, type TensorParams } from '../quant/params';

/** Of one code; as CodeFunction, but for int16. */
type Function16 = (code: number) => number;

/** Steps of the table: the upper 9 bits of a code choose one, the lower 7 a place in it. */
const steps = 512;

/**
 * The table of a real function, each step moved by half of the error in its middle: `LUTPopulateInt16` (tflite/kernels/internal/common.h).
 * `round` is Math.fround, or the identity for TFLite's double form.
 */
export function interpolationTable(
  input: TensorParams,
  output: TensorParams,
  compute: (x: number) => number,
  round: (x: number) => number = Math.fround,
): Int16Array {
  const inputMin = round(input.scale * (-32768 - input.zeroPoint));
  const inputMax = round(input.scale * (32767 - input.zeroPoint));
  const outputMin = round(output.scale * (-32768 - output.zeroPoint));
  const outputMax = round(output.scale * (32767 - output.zeroPoint));
  const step = round(round(inputMax - inputMin) / steps);
  const halfStep = round(step / 2);
  const inverse = round(65536 / round(outputMax - outputMin));
  const at = (i: number) => round(inputMin + round(i * step));
  const nearest = (real: number) => roundHalfAwayFromZero(round(real * inverse));
  return Int16Array.from({ length: steps + 1 }, (_, i) => {
    const sample = nearest(compute(i < steps ? at(i) : inputMax));
    if (i === steps) return clamp16(sample);
    const next = round(compute(at(i + 1)) * inverse);
    const interpolated = roundHalfAwayFromZero(round(round(next + sample) / 2));
    const error = round(interpolated - nearest(compute(round(at(i) + halfStep))));
    return clamp16(round(sample - roundHalfAwayFromZero(round(error / 2))));
  });
}

function clamp16(x: number): number {
  return Math.min(Math.max(x, -32768), 32767);
}

/** The entry of a code, and its part of the way to the next one: `LUTLookup` (common.h). */
export function interpolated(table: Int16Array): Function16 {
  return (code) => {
    const index = 256 + (code >> 7);
    // Both are int16 in TFLite.
    const slope = ((table[index + 1] - table[index]) << 16) >> 16;
    return ((table[index] + ((slope * (code & 0x7f) + 64) >> 7)) << 16) >> 16;
  };
}

/** sigmoid(x / 24) in Q0.16 */
const sigmoid = (x: number) => 65536 / (1 + Math.exp(-x / 24));

/** All 256 entries of `sigmoid_table_uint16` (common.h): each moved by half of the error of interpolation in its middle, the last saturated. */
export const sigmoids = Uint16Array.from({ length: 256 }, (_, i) =>
  i === 255 ? 65535 : Math.round(sigmoid(i) - ((sigmoid(i) + sigmoid(i + 1)) / 2 - sigmoid(i + 0.5)) / 2),
);

/** From codes to multiples of 1 / 12288, rounded. */
function scaledInput({ type, inputs: [input] }: Node<'LOGISTIC' | 'TANH'>): Function16 {
  const { multiplier, shift } = sigmoidInput(type, scaleOf(input!));
  const rounding = shift > 0 ? 2 ** (shift - 1) : 0;
  return (code) => Math.floor((code * multiplier + rounding) / 2 ** shift);
}

/** `Logistic` of int16 (tflite/kernels/internal/reference/integer_ops/logistic.h), in Q0.15. */
export function logistic16(node: Node<'LOGISTIC'>): Function16 {
  const scaled = scaledInput(node);
  return (code) => {
    const x = scaled(code);
    const magnitude = Math.abs(x);
    const index = magnitude >> 9;
    const rest = magnitude & 0x1ff;
    const result = index >= 255 ? 0x7fff << 10 : (sigmoids[index] << 9) + rest * (sigmoids[index + 1] - sigmoids[index]);
    return (x >= 0 ? result + (1 << 9) : (1 << 25) - result + (1 << 9) - 1) >> 10;
  };
}

/** `Tanh` of int16 (integer_ops/tanh.h): 2 sigmoid(2x) - 1, in Q0.15. */
export function tanh16(node: Node<'TANH'>): Function16 {
  const scaled = scaledInput(node);
  return (code) => {
    const x = scaled(code);
    const magnitude = Math.abs(x);
    const index = magnitude >> 8;
    const rest = magnitude & 0xff;
    const result = index >= 255 ? 0xffff << 8 : (sigmoids[index] << 8) + rest * (sigmoids[index + 1] - sigmoids[index]);
    return (x >= 0 ? result - (1 << 23) + (1 << 7) : -result + (1 << 23) + (1 << 7) - 1) >> 8;
  };
}
