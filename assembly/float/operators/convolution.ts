// Owns CONV_2D, FULLY_CONNECTED, TRANSPOSE_CONV and depthwise convolution with a multiplier: panels of 8 output channels over pixels.
import { ConvolutionDescriptor } from '../abi';
import { gemmPixel } from '../microkernels/f32-gemm-1x24';
import { gemm4x8 } from '../microkernels/f32-gemm-4x8';

/** Tiles of 4 pixels, panel after panel; one pixel that is left is computed panel by panel, too, three at a time. */
export function convolution(d: ConvolutionDescriptor): void {
  const isOneLeft = (d.pixels & 3) == 1;
  const pixels = isOneLeft ? d.pixels - 1 : d.pixels;
  const panelBytes = <usize>d.taps * <usize>d.depth * 32;
  const lower = v128.splat<f32>(d.lower);
  const upper = v128.splat<f32>(d.upper);
  if (pixels > 0) tiles(d, pixels, panelBytes, lower, upper);
  if (isOneLeft) lastPixel(d, <usize>pixels << 2, panelBytes, lower, upper);
}

function tiles(d: ConvolutionDescriptor, pixels: u32, panelBytes: usize, lower: v128, upper: v128): void {
  for (let panel: usize = 0; panel < <usize>d.panels; panel++) {
    gemm4x8(
      d.byLanes != 0,
      <usize>d.input + <usize>load<u32>(<usize>d.panelOffsets + (panel << 2)),
      d.inputOffsets,
      <usize>d.output + (panel << 5),
      d.outputOffsets,
      pixels,
      <usize>d.weights + panel * panelBytes,
      d.tapOffsets,
      d.taps,
      d.depth,
      <usize>d.bias + (panel << 5),
      lower,
      upper,
    );
  }
}

/** Panels that read the same channels are computed three at a time, the rest together. */
function lastPixel(d: ConvolutionDescriptor, pixel: usize, panelBytes: usize, lower: v128, upper: v128): void {
  const input = <usize>d.input + <usize>load<i32>(<usize>d.inputOffsets + pixel);
  let output = <usize>d.output + <usize>load<i32>(<usize>d.outputOffsets + pixel);
  const isShared = load<u32>(d.panelOffsets) == load<u32>(<usize>d.panelOffsets + (<usize>(d.panels - 1) << 2));
  let weights = d.weights;
  let bias = d.bias;
  for (let panel: u32 = 0; panel < d.panels; ) {
    const left = d.panels - panel;
    const count: u32 = isShared ? min(left, 3) : 1;
    const a = input + <usize>load<u32>(<usize>d.panelOffsets + (<usize>panel << 2));
    const next: usize = d.interleaved ? 32 : panelBytes;
    const step: usize = d.interleaved ? <usize>count << 5 : 32;
    if (count == 3) gemmPixel(3, a, output, weights, next, step, d.tapOffsets, d.taps, d.depth, bias, lower, upper);
    else if (count == 2) gemmPixel(2, a, output, weights, next, step, d.tapOffsets, d.taps, d.depth, bias, lower, upper);
    else gemmPixel(1, a, output, weights, next, step, d.tapOffsets, d.taps, d.depth, bias, lower, upper);
    panel += count;
    output += count << 5;
    bias += count << 5;
    weights += <usize>count * panelBytes;
  }
}
