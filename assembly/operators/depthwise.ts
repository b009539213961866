// Owns DEPTHWISE_CONV_2D with multiplier 1: images and rows, by the microkernel that the plan chose.
import { DepthwiseDescriptor, DepthwiseVariant, Requantization } from '../abi';
import { depthwise3x3Stride1Row } from '../microkernels/i16-depthwise-3x3-stride1';
import { depthwise3x3Stride2Row } from '../microkernels/i16-depthwise-3x3-stride2';
import { depthwiseAnyRow } from '../microkernels/i16-depthwise-any';
import { forMode } from '../requantize';

/** One row of a 3x3 kernel with stride 1. The plan never gives general requantization to a 3x3 variant. */
@unmanaged
class Row3x3Stride1 extends DepthwiseDescriptor {
  @inline
  run(mode: i32, input: usize, output: usize, begin: i32, end: i32, weights: usize, channel: usize, lower: v128, upper: v128): void {
    if (mode == Requantization.General) unreachable();
    const r = this.inputRowBytes;
    const p = this.inputPixelBytes;
    const q = this.outputPixelBytes;
    depthwise3x3Stride1Row(input, r, p, output, q, end, this.blocks, weights, this.constants, mode, this.shift, lower, upper);
  }
}

/** One row of a 3x3 kernel with stride 2. */
@unmanaged
class Row3x3Stride2 extends DepthwiseDescriptor {
  @inline
  run(mode: i32, input: usize, output: usize, begin: i32, end: i32, weights: usize, channel: usize, lower: v128, upper: v128): void {
    if (mode == Requantization.General) unreachable();
    const r = this.inputRowBytes;
    const p = this.inputPixelBytes;
    const q = this.outputPixelBytes;
    depthwise3x3Stride2Row(input, r, p, output, q, end, this.blocks, weights, this.constants, mode, this.shift, lower, upper);
  }
}

/** One row of any kernel, stride and dilation. */
@unmanaged
class RowAny extends DepthwiseDescriptor {
  @inline
  run(mode: i32, input: usize, output: usize, begin: i32, end: i32, weights: usize, channel: usize, lower: v128, upper: v128): void {
    const step = <usize>this.inputPixelBytes * <usize>this.strideColumns;
    const q = this.outputPixelBytes;
    const t = this.tapPairs;
    const o = this.tapOffsets;
    depthwiseAnyRow(input, step, output, q, end, this.blocks, t, o, weights, this.constants, mode, this.shift, lower, upper);
  }
}

// @ts-ignore: decorator
@inline
function rowForMode<T extends DepthwiseDescriptor>(d: T, input: usize, output: usize, lower: v128, upper: v128): void {
  forMode(d, input, output, 0, d.columns, d.weights, 0, lower, upper);
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
    const input = d.input + image * d.inputImageBytes + row * d.strideRows * d.inputRowBytes;
    const output = d.output + image * d.outputImageBytes + row * d.outputRowBytes;
    if (d.variant == DepthwiseVariant.Kernel3x3Stride1) rowForMode(changetype<Row3x3Stride1>(d), input, output, lower, upper);
    else if (d.variant == DepthwiseVariant.Kernel3x3Stride2) rowForMode(changetype<Row3x3Stride2>(d), input, output, lower, upper);
    else rowForMode(changetype<RowAny>(d), input, output, lower, upper);
  }
}
