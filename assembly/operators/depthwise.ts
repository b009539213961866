// Owns DEPTHWISE_CONV_2D with multiplier 1: images and rows, by the microkernel that the plan chose.
import { DepthwiseDescriptor, DepthwiseVariant, Requantization } from '../abi';
import { depthwise3x3Stride1Row } from '../microkernels/i16-depthwise-3x3-stride1';
import { depthwise3x3Stride2Row } from '../microkernels/i16-depthwise-3x3-stride2';
import { depthwiseAnyRow } from '../microkernels/i16-depthwise-any';

/** One row; `variant` and `mode` are literals, so that each microkernel is compiled once per mode. */
// @ts-ignore: decorator
@inline
function rowIn(d: DepthwiseDescriptor, input: usize, output: usize, lower: v128, upper: v128, variant: i32, mode: i32): void {
  const r = <usize>d.inputRowBytes;
  const p = <usize>d.inputPixelBytes;
  const q = <usize>d.outputPixelBytes;
  if (variant == DepthwiseVariant.Kernel3x3Stride1) {
    depthwise3x3Stride1Row(input, r, p, output, q, d.columns, d.blocks, d.weights, d.constants, mode, d.shift, lower, upper);
  } else if (variant == DepthwiseVariant.Kernel3x3Stride2) {
    depthwise3x3Stride2Row(input, r, p, output, q, d.columns, d.blocks, d.weights, d.constants, mode, d.shift, lower, upper);
  } else {
    const step = p * <usize>d.strideColumns;
    depthwiseAnyRow(input, step, output, q, d.columns, d.blocks, d.tapPairs, d.tapOffsets, d.weights, d.constants, mode, d.shift, lower, upper);
  }
}

// @ts-ignore: decorator
@inline
function rowByMode(d: DepthwiseDescriptor, input: usize, output: usize, lower: v128, upper: v128, variant: i32): void {
  switch (d.mode) {
    case Requantization.NonNegative:
      rowIn(d, input, output, lower, upper, variant, Requantization.NonNegative);
      break;
    case Requantization.Signed:
      rowIn(d, input, output, lower, upper, variant, Requantization.Signed);
      break;
    case Requantization.Scaled:
      rowIn(d, input, output, lower, upper, variant, Requantization.Scaled);
      break;
    case Requantization.Float:
      rowIn(d, input, output, lower, upper, variant, Requantization.Float);
      break;
    case Requantization.FloatSigned:
      rowIn(d, input, output, lower, upper, variant, Requantization.FloatSigned);
      break;
    default:
      // The plan never gives general requantization to a 3x3 variant.
      rowIn(d, input, output, lower, upper, DepthwiseVariant.Any, Requantization.General);
  }
}

/** Threads take equal ranges of all rows of all images. */
export function depthwise(d: DepthwiseDescriptor, thread: u32, threads: u32): void {
  const lower = i16x8.splat(<i16>d.lower);
  const upper = i16x8.splat(<i16>d.upper);
  const total = <u64>d.images * d.rows;
  const end = <u32>((total * (thread + 1)) / threads);
  for (let i = <u32>((total * thread) / threads); i < end; i++) {
    const image = <usize>(i / d.rows);
    const row = <usize>(i % d.rows);
    const input = <usize>d.input + image * d.inputImageBytes + row * d.strideRows * d.inputRowBytes;
    const output = <usize>d.output + image * d.outputImageBytes + row * d.outputRowBytes;
    if (d.variant == DepthwiseVariant.Kernel3x3Stride1) rowByMode(d, input, output, lower, upper, DepthwiseVariant.Kernel3x3Stride1);
    else if (d.variant == DepthwiseVariant.Kernel3x3Stride2) rowByMode(d, input, output, lower, upper, DepthwiseVariant.Kernel3x3Stride2);
    else rowByMode(d, input, output, lower, upper, DepthwiseVariant.Any);
  }
}
