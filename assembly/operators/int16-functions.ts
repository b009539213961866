// Owns functions of int16 codes: those of one code by a table of lines, and SOFTMAX.
import { InterpolateDescriptor, WideSoftmaxDescriptor } from '../abi-int16';
import { interpolateSpan, lookup } from '../microkernels/i16-interpolate';
import { multiplyByQuantizedMultiplier } from '../requantize';

export function interpolate(d: InterpolateDescriptor): void {
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      let input: usize = d.input + image * d.inputImageBytes + row * d.inputRowBytes;
      let output: usize = d.output + image * d.outputImageBytes + row * d.outputRowBytes;
      for (let column: u32 = 0; column < d.columns; column++) {
        interpolateSpan(input, output, d.blocks, d.table, d.constants);
        input += <usize>d.inputPixelBytes;
        output += <usize>d.outputPixelBytes;
      }
    }
  }
}

/** `SoftmaxInt16` of tflite/kernels/internal/reference/softmax.h: exponentials lie in the output until their sum is known. */
function softmaxRow(d: WideSoftmaxDescriptor, input: usize, output: usize): void {
  const bytes = <usize>d.channels << 1;
  let maximum: i32 = -32768;
  for (let at: usize = 0; at < bytes; at += 2) maximum = max(maximum, <i32>load<i16>(input + at));
  let sum: i32 = 0;
  for (let at: usize = 0; at < bytes; at += 2) {
    // Positive where a left shift has wrapped.
    const scaled = min(multiplyByQuantizedMultiplier(<i32>load<i16>(input + at) - maximum, d.multiplier, d.shift), 0);
    const exponential = lookup(d.exponentials, max(scaled + 32767, -32768));
    store<i16>(output + at, <i16>exponential);
    sum += exponential;
  }
  // The sum is m 2^(30 - headroom) with 1 <= m < 2 in Q1.30; the table takes m - 1 in Q0.16, less 2^15.
  const headroom = clz(sum) - 1;
  const mantissa = <i32>(((<u32>sum << headroom) + (1 << 13)) >> 14);
  const inverse = lookup(d.reciprocals, min(mantissa - 0x18000, 32767));
  const shift = 30 - headroom;
  for (let at: usize = 0; at < bytes; at += 2) {
    const probability = (<i32>load<i16>(output + at) * inverse + (1 << (shift - 1))) >> shift;
    store<i16>(output + at, <i16>min(max(probability, 0), 32767));
  }
}

export function wideSoftmax(d: WideSoftmaxDescriptor): void {
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      for (let column: u32 = 0; column < d.columns; column++) {
        softmaxRow(
          d,
          d.input + image * d.inputImageBytes + row * d.inputRowBytes + column * d.inputPixelBytes,
          d.output + image * d.outputImageBytes + row * d.outputRowBytes + column * d.outputPixelBytes,
        );
      }
    }
  }
}
