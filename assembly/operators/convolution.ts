// Owns CONV_2D, FULLY_CONNECTED and depthwise convolution with a multiplier: panels of output channels by ranges of pixels.
import { ConvolutionDescriptor, Requantization } from '../abi';
import { gemm1x16 } from '../microkernels/i16-gemm-1x16';
import { gemm2x16 } from '../microkernels/i16-gemm-2x16';
import { gemm4x8 } from '../microkernels/i16-gemm-4x8';

/** One panel of 16 or 8 channels; `mode` and `isWide` are literals, so that each microkernel is compiled once per mode. */
// @ts-ignore: decorator
@inline
function panelIn(
  d: ConvolutionDescriptor,
  input: usize,
  output: usize,
  begin: i32,
  end: i32,
  weights: usize,
  channel: usize,
  isWide: bool,
  mode: i32,
): void {
  const bias = <usize>d.bias + (channel << 2);
  const constants = <usize>d.constants + (channel << 4);
  const lower = i16x8.splat(<i16>d.lower);
  const upper = i16x8.splat(<i16>d.upper);
  const x = d.inputOffsets;
  const y = d.outputOffsets;
  if (isWide && end - begin == 1) {
    gemm1x16(input, x, output, y, begin, end, weights, d.tapOffsets, d.taps, d.depthPairs, bias, constants, mode, d.shift, lower, upper);
  } else if (isWide) {
    gemm2x16(input, x, output, y, begin, end, weights, d.tapOffsets, d.taps, d.depthPairs, bias, constants, mode, d.shift, lower, upper);
  } else {
    gemm4x8(input, x, output, y, begin, end, weights, d.tapOffsets, d.taps, d.depthPairs, bias, constants, mode, d.shift, lower, upper);
  }
}

// @ts-ignore: decorator
@inline
function panelByMode(
  d: ConvolutionDescriptor,
  input: usize,
  output: usize,
  begin: i32,
  end: i32,
  weights: usize,
  channel: usize,
  isWide: bool,
): void {
  switch (d.mode) {
    case Requantization.NonNegative:
      panelIn(d, input, output, begin, end, weights, channel, isWide, Requantization.NonNegative);
      break;
    case Requantization.Signed:
      panelIn(d, input, output, begin, end, weights, channel, isWide, Requantization.Signed);
      break;
    case Requantization.Scaled:
      panelIn(d, input, output, begin, end, weights, channel, isWide, Requantization.Scaled);
      break;
    case Requantization.Float:
      panelIn(d, input, output, begin, end, weights, channel, isWide, Requantization.Float);
      break;
    case Requantization.FloatSigned:
      panelIn(d, input, output, begin, end, weights, channel, isWide, Requantization.FloatSigned);
      break;
    default:
      panelIn(d, input, output, begin, end, weights, channel, isWide, Requantization.General);
  }
}

function wide(d: ConvolutionDescriptor, input: usize, output: usize, begin: i32, end: i32, weights: usize, channel: usize): void {
  panelByMode(d, input, output, begin, end, weights, channel, true);
}

/** The last panel when the padded channel count is an odd multiple of 8. */
function narrow(d: ConvolutionDescriptor, input: usize, output: usize, begin: i32, end: i32, weights: usize, channel: usize): void {
  panelByMode(d, input, output, begin, end, weights, channel, false);
}

/** Threads take equal ranges of pixels. */
export function convolution(d: ConvolutionDescriptor, thread: u32, threads: u32): void {
  const begin = <i32>(((<u64>d.pixels) * thread) / threads);
  const end = <i32>(((<u64>d.pixels) * (thread + 1)) / threads);
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
