// Owns CONV_2D, FULLY_CONNECTED and depthwise convolution with a multiplier: panel after panel of 8 output channels.
import { ConvolutionDescriptor } from '../abi';
import { gemm4x8 } from '../microkernels/f32-gemm-4x8';

export function convolution(d: ConvolutionDescriptor): void {
  const panelBytes = <usize>d.taps * <usize>d.depth * 32;
  const lower = v128.splat<f32>(d.lower);
  const upper = v128.splat<f32>(d.upper);
  for (let panel: usize = 0; panel < <usize>d.panels; panel++) {
    gemm4x8(
      <usize>d.input + <usize>load<u32>(<usize>d.panelOffsets + (panel << 2)),
      d.inputOffsets,
      <usize>d.output + (panel << 5),
      d.outputOffsets,
      d.pixels,
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
