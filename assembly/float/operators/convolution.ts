// Owns CONV_2D, FULLY_CONNECTED, TRANSPOSE_CONV and depthwise convolution with a multiplier: panels of 8 output channels over pixels.
import { ConvolutionDescriptor } from '../abi';
import { gemmPixel } from '../microkernels/f32-gemm-1x32';
import { gemm4x8 } from '../microkernels/f32-gemm-4x8';

/** Tiles of 4 pixels, panel after panel; one pixel that is left is computed panel by panel, too, four at a time. */
export function convolution(d: ConvolutionDescriptor): void {
  const isOneLeft = (d.pixels & 3) == 1;
  const pixels = isOneLeft ? d.pixels - 1 : d.pixels;
  const panelBytes = <usize>d.taps * <usize>d.depth * 32;
  const lower = v128.splat<f32>(d.lower);
  const upper = v128.splat<f32>(d.upper);
  if (pixels > 0) {
    for (let panel: usize = 0; panel < <usize>d.panels; panel++) {
      gemm4x8(
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
  if (isOneLeft) lastPixel(d, <usize>pixels << 2, panelBytes, lower, upper);
}

/** Four panels that read the same channels are one call; the last four of a row that is no multiple of them begin earlier. */
function lastPixel(d: ConvolutionDescriptor, pixel: usize, panelBytes: usize, lower: v128, upper: v128): void {
  const input = <usize>d.input + <usize>load<i32>(<usize>d.inputOffsets + pixel);
  const output = <usize>d.output + <usize>load<i32>(<usize>d.outputOffsets + pixel);
  const isShared = d.panels >= 4 && load<u32>(d.panelOffsets) == load<u32>(<usize>d.panelOffsets + (<usize>(d.panels - 1) << 2));
  for (let next: u32 = 0; next < d.panels; next += isShared ? 4 : 1) {
    const panel: usize = isShared ? min(next, d.panels - 4) : next;
    const a = input + <usize>load<u32>(<usize>d.panelOffsets + (panel << 2));
    const o = output + (panel << 5);
    const w = <usize>d.weights + panel * panelBytes;
    const bias = <usize>d.bias + (panel << 5);
    if (isShared) gemmPixel(4, a, o, w, panelBytes, d.tapOffsets, d.taps, d.depth, bias, lower, upper);
    else gemmPixel(1, a, o, w, panelBytes, d.tapOffsets, d.taps, d.depth, bias, lower, upper);
  }
}
