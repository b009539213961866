// Owns CONV_2D, FULLY_CONNECTED and depthwise convolution with a multiplier: panels of output channels by ranges of pixels.
import { ConvolutionDescriptor, Requantization } from '../abi';
import { gemm2x16 } from '../microkernels/i16-gemm-2x16';
import { gemm4x8 } from '../microkernels/i16-gemm-4x8';

/** One panel in one requantization mode; a function of its own so that each microkernel is compiled once per mode. */
function wide(d: ConvolutionDescriptor, input: usize, output: usize, begin: i32, end: i32, weights: usize, channel: usize): void {
  const bias = <usize>d.bias + (channel << 2);
  const constants = <usize>d.constants + (channel << 4);
  const lower = i16x8.splat(<i16>d.lower);
  const upper = i16x8.splat(<i16>d.upper);
  const x = d.inputOffsets;
  const y = d.outputOffsets;
  if (d.mode == Requantization.NonNegative) {
    gemm2x16(
      input,
      x,
      output,
      y,
      begin,
      end,
      weights,
      d.tapOffsets,
      d.taps,
      d.depthPairs,
      bias,
      constants,
      Requantization.NonNegative,
      d.shift,
      lower,
      upper,
    );
  } else if (d.mode == Requantization.Signed) {
    gemm2x16(
      input,
      x,
      output,
      y,
      begin,
      end,
      weights,
      d.tapOffsets,
      d.taps,
      d.depthPairs,
      bias,
      constants,
      Requantization.Signed,
      d.shift,
      lower,
      upper,
    );
  } else {
    gemm2x16(
      input,
      x,
      output,
      y,
      begin,
      end,
      weights,
      d.tapOffsets,
      d.taps,
      d.depthPairs,
      bias,
      constants,
      Requantization.General,
      d.shift,
      lower,
      upper,
    );
  }
}

/** The last panel when the padded channel count is an odd multiple of 8. */
function narrow(d: ConvolutionDescriptor, input: usize, output: usize, begin: i32, end: i32, weights: usize, channel: usize): void {
  const bias = <usize>d.bias + (channel << 2);
  const constants = <usize>d.constants + (channel << 4);
  const lower = i16x8.splat(<i16>d.lower);
  const upper = i16x8.splat(<i16>d.upper);
  const x = d.inputOffsets;
  const y = d.outputOffsets;
  if (d.mode == Requantization.NonNegative) {
    gemm4x8(
      input,
      x,
      output,
      y,
      begin,
      end,
      weights,
      d.tapOffsets,
      d.taps,
      d.depthPairs,
      bias,
      constants,
      Requantization.NonNegative,
      d.shift,
      lower,
      upper,
    );
  } else if (d.mode == Requantization.Signed) {
    gemm4x8(
      input,
      x,
      output,
      y,
      begin,
      end,
      weights,
      d.tapOffsets,
      d.taps,
      d.depthPairs,
      bias,
      constants,
      Requantization.Signed,
      d.shift,
      lower,
      upper,
    );
  } else {
    gemm4x8(
      input,
      x,
      output,
      y,
      begin,
      end,
      weights,
      d.tapOffsets,
      d.taps,
      d.depthPairs,
      bias,
      constants,
      Requantization.General,
      d.shift,
      lower,
      upper,
    );
  }
}

/** Threads take equal ranges of pixels. */
export function convolution(d: ConvolutionDescriptor, thread: u32, threads: u32): void {
  const begin = <i32>((<u64>d.pixels * thread) / threads);
  const end = <i32>((<u64>d.pixels * (thread + 1)) / threads);
  if (begin >= end) return;
  const panelBytes = <usize>d.taps * <usize>d.depthPairs * 64;
  const panels = <usize>d.panels;
  for (let panel: usize = 0; panel < panels; panel++) {
    const input = <usize>d.input + <usize>load<u32>(<usize>d.panelOffsets + (panel << 2));
    wide(d, input, <usize>d.output + (panel << 5), begin, end, <usize>d.weights + panel * panelBytes, panel << 4);
  }
  if (d.tail) {
    const input = <usize>d.input + <usize>load<u32>(<usize>d.panelOffsets + (panels << 2));
    narrow(d, input, <usize>d.output + (panels << 5), begin, end, <usize>d.weights + panels * panelBytes, panels << 4);
  }
}
