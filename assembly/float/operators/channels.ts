// Owns operators over the channels of each pixel: MEAN, SUM and REDUCE_*, L2_NORMALIZATION, ARG_MAX and ARG_MIN.
import { OpKind } from '../abi';
import { ArgDescriptor, L2NormalizationDescriptor, ReduceChannelsDescriptor } from '../abi-reduce';
import { argOfColumns, argOfSpan } from '../microkernels/f32-arg';
import { normalizePixels, reducePixels } from '../microkernels/f32-channels';

/** Four pixels at a time. Results are dense. */
// @ts-ignore: decorator
@inline
function pixels(d: ReduceChannelsDescriptor, kind: i32): void {
  let output = d.output;
  const pixelBytes: usize = d.inputPixelBytes;
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      const input: usize = d.input + image * d.inputImageBytes + row * d.inputRowBytes;
      for (let column: u32 = 0; column < d.columns; column += 4) {
        const count = min<u32>(d.columns - column, 4);
        reducePixels(kind, input + <usize>column * pixelBytes, pixelBytes, count, d.spans, d.spanBytes, d.channels, output, d.divisor);
        output += count << 2;
      }
    }
  }
}

/** A sum has a loop of its own; the others' choose among them in each step. */
export function reduceChannels(d: ReduceChannelsDescriptor): void {
  if (d.kind == OpKind.SumChannels) pixels(d, OpKind.ReduceSum);
  else pixels(d, d.kind - OpKind.SumChannels + OpKind.ReduceSum);
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

/** Neighbouring elements of one pixel after the other; `isMax` is a literal. */
// @ts-ignore: decorator
@inline
function argOfPixels(isMax: bool, d: ArgDescriptor, input: usize, output: usize): void {
  for (let column: u32 = 0; column < d.columns; column++) {
    store<u32>(output, argOfSpan(isMax, input, d.channels));
    if (d.outputBytes == 8) store<u32>(output, 0, 4);
    input += <usize>d.inputPixelBytes;
    output += <usize>d.outputBytes;
  }
}

/** Elements at a distance, of four pixels at a time. */
// @ts-ignore: decorator
@inline
function argOfNeighbours(isMax: bool, d: ArgDescriptor, input: usize, output: usize): void {
  for (let column: u32 = 0; column < d.columns; column += 4) {
    argOfColumns(isMax, input, d.stepBytes, d.channels, output, d.outputBytes, min<u32>(d.columns - column, 4));
    input += 16;
    output += <usize>d.outputBytes << 2;
  }
}

/** Results are dense, int32 or int64. */
export function arg(d: ArgDescriptor): void {
  let output = d.output;
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      const input: usize = d.input + image * d.inputImageBytes + row * d.inputRowBytes;
      if (d.stepBytes == 4) {
        if (d.kind == OpKind.ArgMax) argOfPixels(true, d, input, output);
        else argOfPixels(false, d, input, output);
      } else {
        if (d.kind == OpKind.ArgMax) argOfNeighbours(true, d, input, output);
        else argOfNeighbours(false, d, input, output);
      }
      output += <usize>(d.columns * d.outputBytes);
    }
  }
}
