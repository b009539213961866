// Owns DEPTHWISE_CONV_2D with multiplier 1: images and rows, by the microkernel that the plan chose.
import { DepthwiseDescriptor, DepthwiseVariant } from '../abi';
import { depthwise3x3Stride1Row } from '../microkernels/f32-depthwise-3x3-stride1';
import { depthwise3x3Stride2Row } from '../microkernels/f32-depthwise-3x3-stride2';
import { depthwiseAnyRow } from '../microkernels/f32-depthwise-any';

function row(d: DepthwiseDescriptor, input: usize, output: usize, lower: v128, upper: v128): void {
  const r = <usize>d.inputRowBytes;
  const p = <usize>d.inputPixelBytes;
  const q = <usize>d.outputPixelBytes;
  if (d.variant == DepthwiseVariant.Kernel3x3Stride1) {
    depthwise3x3Stride1Row(input, r, p, output, q, d.columns, d.blocks, d.weights, lower, upper);
  } else if (d.variant == DepthwiseVariant.Kernel3x3Stride2) {
    depthwise3x3Stride2Row(input, r, p, output, q, d.columns, d.blocks, d.weights, lower, upper);
  } else {
    const step = p * <usize>d.strideColumns;
    depthwiseAnyRow(input, step, output, q, d.columns, d.blocks, d.taps, d.tapOffsets, d.weights, lower, upper);
  }
}

export function depthwise(d: DepthwiseDescriptor): void {
  const lower = v128.splat<f32>(d.lower);
  const upper = v128.splat<f32>(d.upper);
  const step = <usize>d.inputRowBytes * <usize>d.strideRows;
  for (let image: u32 = 0; image < d.images; image++) {
    let input: usize = d.input + image * d.inputImageBytes;
    let output: usize = d.output + image * d.outputImageBytes;
    for (let y: u32 = 0; y < d.rows; y++) {
      row(d, input, output, lower, upper);
      input += step;
      output += <usize>d.outputRowBytes;
    }
  }
}
