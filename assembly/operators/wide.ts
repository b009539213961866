// Owns layers over int16 codes: panels of output channels by ranges of pixels, and depthwise convolutions by rows.
import { SUM_BYTES, WideConvolutionDescriptor, WideDepthwiseDescriptor } from '../abi-int16';
import { wideDepthwiseRow } from '../microkernels/i16-depthwise-wide';
import { wideGemm } from '../microkernels/i16-gemm-wide';

// @ts-ignore: decorator
@inline
function panel(rows: i32, vectors: i32, d: WideConvolutionDescriptor, index: usize, begin: i32, end: i32, sums: usize): void {
  const channel = index << 4;
  wideGemm(
    rows,
    vectors,
    d.input + <usize>load<u32>(d.panelOffsets + (index << 2)),
    d.inputOffsets,
    d.output + (index << 5),
    d.outputOffsets,
    begin,
    end,
    d.weights + index * <usize>d.taps * <usize>d.depthPairs * 64,
    d.tapOffsets,
    d.taps,
    d.depthPairs,
    d.bias + (channel << 3),
    d.constants + (channel << 3),
    d.mode,
    sums,
    d.lower,
    d.upper,
  );
}

function widePanel(d: WideConvolutionDescriptor, index: usize, begin: i32, end: i32, sums: usize): void {
  panel(2, 4, d, index, begin, end, sums);
}

/** A single pixel: a second one would compute the same again. */
function widePixel(d: WideConvolutionDescriptor, index: usize, sums: usize): void {
  panel(1, 4, d, index, 0, 1, sums);
}

function narrowPanel(d: WideConvolutionDescriptor, index: usize, begin: i32, end: i32, sums: usize): void {
  panel(2, 2, d, index, begin, end, sums);
}

/** Threads take equal ranges of pixels; of panels where there is one pixel. */
export function wideConvolution(d: WideConvolutionDescriptor, thread: u32, threads: u32): void {
  const byPanels = d.pixels == 1;
  const begin = byPanels ? 0 : <i32>(((<u64>d.pixels) * thread) / threads);
  const end = byPanels ? 1 : <i32>(((<u64>d.pixels) * (thread + 1)) / threads);
  if (begin >= end) return;
  const sums = d.sums + <usize>thread * SUM_BYTES;
  const panels = <usize>d.panels;
  const last = byPanels ? (panels * (thread + 1)) / threads : panels;
  for (let index = byPanels ? (panels * thread) / threads : 0; index < last; index++) {
    if (byPanels) widePixel(d, index, sums);
    else widePanel(d, index, begin, end, sums);
  }
  if (d.tail && (!byPanels || thread == 0)) narrowPanel(d, panels, begin, end, sums);
}

/** Threads take equal ranges of all rows of all images. */
export function wideDepthwise(d: WideDepthwiseDescriptor, thread: u32, threads: u32): void {
  const sums = d.sums + <usize>thread * SUM_BYTES;
  const step = <usize>d.inputPixelBytes * <usize>d.strideColumns;
  const total = <u64>d.images * d.rows;
  const end = <u32>((total * (thread + 1)) / threads);
  for (let i = <u32>((total * thread) / threads); i < end; i++) {
    const image = <usize>(i / d.rows);
    const row = <usize>(i % d.rows);
    wideDepthwiseRow(
      d.input + image * d.inputImageBytes + row * d.strideRows * d.inputRowBytes,
      step,
      d.output + image * d.outputImageBytes + row * d.outputRowBytes,
      d.outputPixelBytes,
      d.columns,
      d.blocks,
      d.tapPairs,
      d.tapOffsets,
      d.weights,
      d.bias,
      d.constants,
      d.mode,
      sums,
      d.lower,
      d.upper,
    );
  }
}
