// Owns layers over int16 codes: panels of output channels by ranges of pixels, and depthwise convolutions by rows.
import { SUM_BYTES, WideConvolutionDescriptor, WideDepthwiseDescriptor } from '../abi-int16';
import { wideGemm } from '../microkernels/i16-gemm-wide';
import { addSums, requantizeSums } from '../microkernels/i64-requantize';
import { dotAdd, zipHigh, zipLow } from '../simd';

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

/** Threads take equal ranges of all rows of all images. A sum of at most 128 pairs is at most 2^30 (microkernels/i16-gemm-wide.ts). */
export function wideDepthwise(d: WideDepthwiseDescriptor, thread: u32, threads: u32): void {
  const sums = d.sums + <usize>thread * SUM_BYTES;
  const tapEnd = d.tapOffsets + (<usize>d.tapPairs << 3);
  const total = <u64>d.images * d.rows;
  const end = <u32>((total * (thread + 1)) / threads);
  for (let i = <u32>((total * thread) / threads); i < end; i++) {
    const image = <usize>(i / d.rows);
    const row = <usize>(i % d.rows);
    let pixel = d.input + image * d.inputImageBytes + row * d.strideRows * d.inputRowBytes;
    let output = d.output + image * d.outputImageBytes + row * d.outputRowBytes;
    for (let column: u32 = 0; column < d.columns; column++) {
      let w: usize = d.weights;
      for (let block: usize = 0; block < <usize>d.blocks; block++) {
        const input = pixel + (block << 4);
        let low = i32x4.splat(0);
        let high = low;
        for (let tap: usize = d.tapOffsets; tap < tapEnd; tap += 8) {
          const a = v128.load(input + <usize>load<i32>(tap));
          const b = v128.load(input + <usize>load<i32>(tap, 4));
          low = dotAdd(low, zipLow(a, b), v128.load(w));
          high = dotAdd(high, zipHigh(a, b), v128.load(w, 16));
          w += 32;
        }
        w += 32;
        memory.copy(sums, d.bias + (block << 6), 64);
        addSums(sums, low);
        addSums(sums + 32, high);
        requantizeSums(sums, d.constants + (block << 6), output + (block << 4), 8, d.mode, d.lower, d.upper);
      }
      pixel += <usize>d.inputPixelBytes * <usize>d.strideColumns;
      output += <usize>d.outputPixelBytes;
    }
  }
}
