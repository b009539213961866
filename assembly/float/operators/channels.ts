// Owns operators over the channels of each pixel: MEAN and SUM, L2_NORMALIZATION, ARG_MAX and ARG_MIN.
import { ArgDescriptor, L2NormalizationDescriptor, OpKind, ReduceChannelsDescriptor } from '../abi';
import { argOfSpan, divideSpan, fourSums } from '../microkernels/f32-channels';
import { storeElements } from '../microkernels/f32-copy';

/** Four pixels at a time; the last ones of a row are repeated. Results are dense. */
export function reduceChannels(d: ReduceChannelsDescriptor): void {
  const p: usize = d.inputPixelBytes;
  const divisor = f32x4.splat(d.divisor);
  let output = d.output;
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      let input: usize = d.input + image * d.inputImageBytes + row * d.inputRowBytes;
      for (let left = d.columns; left > 0; ) {
        const count = min<u32>(left, 4);
        const sums = fourSums(false, input, input + p * min(count - 1, 1), input + p * min(count - 1, 2), input + p * (count - 1), d.channels);
        storeElements(output, f32x4.div(sums, divisor), count);
        input += p * count;
        output += count << 2;
        left -= count;
      }
    }
  }
}

/** x / max(sqrt(sum of x x), 1e-6) (tflite/kernels/internal/reference/l2normalization.h). */
export function l2Normalization(d: L2NormalizationDescriptor): void {
  const p: usize = d.inputPixelBytes;
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      let input: usize = d.input + image * d.inputImageBytes + row * d.inputRowBytes;
      let output: usize = d.output + image * d.outputImageBytes + row * d.outputRowBytes;
      for (let left = d.columns; left > 0; ) {
        const count = min<u32>(left, 4);
        const sums = fourSums(true, input, input + p * min(count - 1, 1), input + p * min(count - 1, 2), input + p * (count - 1), d.channels);
        let norms = f32x4.pmax(f32x4.sqrt(sums), f32x4.splat(1e-6));
        for (let pixel: u32 = 0; pixel < count; pixel++) {
          divideSpan(input, output, d.blocks, f32x4.extract_lane(norms, 0));
          norms = v128.shuffle<u32>(norms, norms, 1, 2, 3, 0);
          input += p;
          output += <usize>d.outputPixelBytes;
        }
        left -= count;
      }
    }
  }
}

/** Results are dense, int32 or int64. */
export function arg(d: ArgDescriptor): void {
  let output = d.output;
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      let input: usize = d.input + image * d.inputImageBytes + row * d.inputRowBytes;
      for (let column: u32 = 0; column < d.columns; column++) {
        const place = d.kind == OpKind.ArgMax ? argOfSpan(true, input, d.channels) : argOfSpan(false, input, d.channels);
        store<u32>(output, place);
        if (d.outputBytes == 8) store<u32>(output, 0, 4);
        input += <usize>d.inputPixelBytes;
        output += <usize>d.outputBytes;
      }
    }
  }
}
