// Owns CONV_2D, FULLY_CONNECTED and depthwise convolution with a multiplier: panels of output channels by ranges of pixels.
import { ConvolutionDescriptor } from '../abi';
import { gemm } from '../microkernels/i16-gemm';
import { forMode } from '../requantize';

/** One panel of `vectors` x 4 channels, in tiles of `rows` pixels; `rows`, `vectors` and `mode` are literals. */
// @ts-ignore: decorator
@inline
function tiles(
  rows: i32,
  vectors: i32,
  mode: i32,
  d: ConvolutionDescriptor,
  input: usize,
  output: usize,
  begin: i32,
  end: i32,
  weights: usize,
  channel: usize,
  lower: v128,
  upper: v128,
): void {
  gemm(
    rows,
    vectors,
    mode,
    input,
    d.inputOffsets,
    output,
    d.outputOffsets,
    begin,
    end,
    weights,
    d.tapOffsets,
    d.taps,
    d.depthPairs,
    d.bias + (channel << 2),
    d.constants + (channel << 4),
    d.shift,
    lower,
    upper,
  );
}

/** A panel of 16 channels. A single pixel has tiles of its own: a second row would compute the same again. */
@unmanaged
class WidePanel extends ConvolutionDescriptor {
  @inline
  run(mode: i32, input: usize, output: usize, begin: i32, end: i32, weights: usize, channel: usize, lower: v128, upper: v128): void {
    if (end - begin == 1) tiles(1, 4, mode, this, input, output, begin, end, weights, channel, lower, upper);
    else tiles(2, 4, mode, this, input, output, begin, end, weights, channel, lower, upper);
  }
}

/** The last panel of 8 channels when the padded channel count is an odd multiple of 8. */
@unmanaged
class NarrowPanel extends ConvolutionDescriptor {
  @inline
  run(mode: i32, input: usize, output: usize, begin: i32, end: i32, weights: usize, channel: usize, lower: v128, upper: v128): void {
    tiles(4, 2, mode, this, input, output, begin, end, weights, channel, lower, upper);
  }
}

/** Panel number `panel`, compiled apart for wide and narrow ones. */
function panelForMode<T extends ConvolutionDescriptor>(d: T, panel: usize, begin: i32, end: i32): void {
  const input = d.input + <usize>load<u32>(d.panelOffsets + (panel << 2));
  const weights = d.weights + panel * <usize>d.taps * <usize>d.depthPairs * 64;
  const lower = i16x8.splat(<i16>d.lower);
  const upper = i16x8.splat(<i16>d.upper);
  forMode(d, input, d.output + (panel << 5), begin, end, weights, panel << 4, lower, upper);
}

/** Threads take equal ranges of pixels; of panels where there is one pixel. */
export function convolution(d: ConvolutionDescriptor, thread: u32, threads: u32): void {
  const byPanels = d.pixels == 1;
  const begin = byPanels ? 0 : <i32>(((<u64>d.pixels) * thread) / threads);
  const end = byPanels ? 1 : <i32>(((<u64>d.pixels) * (thread + 1)) / threads);
  if (begin >= end) return;
  const panels = <usize>d.panels;
  const last = byPanels ? (panels * (thread + 1)) / threads : panels;
  for (let panel = byPanels ? (panels * thread) / threads : 0; panel < last; panel++) {
    panelForMode(changetype<WidePanel>(d), panel, begin, end);
  }
  if (d.tail && (!byPanels || thread == 0)) panelForMode(changetype<NarrowPanel>(d), panels, begin, end);
}
