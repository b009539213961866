// Owns operators over the channels of each pixel: MEAN and SUM, L2_NORMALIZATION, ARG_MAX and ARG_MIN.
import { ArgDescriptor, L2NormalizationDescriptor, OpKind, ReduceChannelsDescriptor } from '../abi';
import { argOfSpan, averagePixels, normalizePixels } from '../microkernels/f32-channels';

/** Four pixels at a time. Results are dense. */
export function reduceChannels(d: ReduceChannelsDescriptor): void {
  let output = d.output;
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      const input: usize = d.input + image * d.inputImageBytes + row * d.inputRowBytes;
      for (let column: u32 = 0; column < d.columns; column += 4) {
        const count = min<u32>(d.columns - column, 4);
        averagePixels(input + column * d.inputPixelBytes, d.inputPixelBytes, count, d.channels, output, d.divisor);
        output += count << 2;
      }
    }
  }
}

/** Four pixels at a time. */
export function l2Normalization(d: L2NormalizationDescriptor): void {
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      const input: usize = d.input + image * d.inputImageBytes + row * d.inputRowBytes;
      const output: usize = d.output + image * d.outputImageBytes + row * d.outputRowBytes;
      for (let column: u32 = 0; column < d.columns; column += 4) {
        const from = input + <usize>(column * d.inputPixelBytes);
        const to = output + <usize>(column * d.outputPixelBytes);
        const count = min<u32>(d.columns - column, 4);
        normalizePixels(from, d.inputPixelBytes, count, d.channels, d.blocks, to, d.outputPixelBytes);
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
