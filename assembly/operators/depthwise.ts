// Owns DEPTHWISE_CONV_2D with multiplier 1: images and rows, by the microkernel that the plan chose.
import { DepthwiseDescriptor, DepthwiseVariant, Requantization } from '../abi';
import { depthwise3x3Stride1Row } from '../microkernels/i16-depthwise-3x3-stride1';
import { depthwise3x3Stride2Row } from '../microkernels/i16-depthwise-3x3-stride2';
import { depthwiseAnyRow } from '../microkernels/i16-depthwise-any';

function stride1(d: DepthwiseDescriptor, input: usize, output: usize, lower: v128, upper: v128): void {
  const r = <usize>d.inputRowBytes;
  const p = <usize>d.inputPixelBytes;
  const q = <usize>d.outputPixelBytes;
  if (d.mode == Requantization.NonNegative) {
    depthwise3x3Stride1Row(
      input,
      r,
      p,
      output,
      q,
      d.columns,
      d.blocks,
      d.weights,
      d.constants,
      Requantization.NonNegative,
      d.shift,
      lower,
      upper,
    );
  } else {
    depthwise3x3Stride1Row(
      input,
      r,
      p,
      output,
      q,
      d.columns,
      d.blocks,
      d.weights,
      d.constants,
      Requantization.Signed,
      d.shift,
      lower,
      upper,
    );
  }
}

function stride2(d: DepthwiseDescriptor, input: usize, output: usize, lower: v128, upper: v128): void {
  const r = <usize>d.inputRowBytes;
  const p = <usize>d.inputPixelBytes;
  const q = <usize>d.outputPixelBytes;
  if (d.mode == Requantization.NonNegative) {
    depthwise3x3Stride2Row(
      input,
      r,
      p,
      output,
      q,
      d.columns,
      d.blocks,
      d.weights,
      d.constants,
      Requantization.NonNegative,
      d.shift,
      lower,
      upper,
    );
  } else {
    depthwise3x3Stride2Row(
      input,
      r,
      p,
      output,
      q,
      d.columns,
      d.blocks,
      d.weights,
      d.constants,
      Requantization.Signed,
      d.shift,
      lower,
      upper,
    );
  }
}

function any(d: DepthwiseDescriptor, input: usize, output: usize, lower: v128, upper: v128): void {
  const s = <usize>d.strideColumns * <usize>d.inputPixelBytes;
  const q = <usize>d.outputPixelBytes;
  if (d.mode == Requantization.NonNegative) {
    depthwiseAnyRow(
      input,
      s,
      output,
      q,
      d.columns,
      d.blocks,
      d.tapPairs,
      d.tapOffsets,
      d.weights,
      d.constants,
      Requantization.NonNegative,
      d.shift,
      lower,
      upper,
    );
  } else if (d.mode == Requantization.Signed) {
    depthwiseAnyRow(
      input,
      s,
      output,
      q,
      d.columns,
      d.blocks,
      d.tapPairs,
      d.tapOffsets,
      d.weights,
      d.constants,
      Requantization.Signed,
      d.shift,
      lower,
      upper,
    );
  } else {
    depthwiseAnyRow(
      input,
      s,
      output,
      q,
      d.columns,
      d.blocks,
      d.tapPairs,
      d.tapOffsets,
      d.weights,
      d.constants,
      Requantization.General,
      d.shift,
      lower,
      upper,
    );
  }
}

/** Threads take equal ranges of all rows of all images. The 3x3 variants have no general requantization: the plan sends that to `Any`. */
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
    if (d.variant == DepthwiseVariant.Kernel3x3Stride1) stride1(d, input, output, lower, upper);
    else if (d.variant == DepthwiseVariant.Kernel3x3Stride2) stride2(d, input, output, lower, upper);
    else any(d, input, output, lower, upper);
  }
}
