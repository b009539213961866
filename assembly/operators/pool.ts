// Owns AVERAGE_POOL_2D, MAX_POOL_2D, MEAN and SUM: windows cut to the image.
import { PoolDescriptor } from '../abi';
import { MeanDescriptor } from '../abi-reduce';
import { averageWindow, clampSpan, max2x2Stride2, max3x3Stride2, maxSpans, sumWindow, sumWindow4 } from '../microkernels/i16-pool';

/** The number of windows from `column` on, whose first pixel is x0, that are as wide as the filter. */
// @ts-ignore: decorator
@inline
function wholeWindows(d: PoolDescriptor, column: u32, x0: i32): i32 {
  const fitting = (<i32>d.inputColumns - <i32>d.filterColumns - x0) / <i32>d.strideColumns + 1;
  return min(fitting, <i32>(d.columns - column));
}

/** A row of windows whose rows are `rows` from `input` on. */
function maxPoolRow(d: PoolDescriptor, input: usize, rows: i32, rowOutput: usize): void {
  const pixelBytes = <usize>d.inputPixelBytes;
  const rowBytes = <usize>d.inputRowBytes;
  const lastRow = input + <usize>(rows - 1) * rowBytes;
  const size = d.filterRows == d.filterColumns && d.strideColumns == 2 ? d.filterColumns : 0;
  const isDirect = size == 2 || size == 3;
  let source = input;
  if (rows > 1 && !isDirect) {
    source = d.workspace;
    maxSpans(input, rowBytes, rows, source, <usize>d.inputColumns * pixelBytes);
  }
  let output = rowOutput;
  let column: u32 = 0;
  while (column < d.columns) {
    const left = <i32>(column * d.strideColumns) - d.padLeft;
    const x0 = max(left, 0);
    const at = <usize>x0 * pixelBytes;
    const count = min(left + <i32>d.filterColumns, <i32>d.inputColumns) - x0;
    const whole = count == <i32>d.filterColumns ? wholeWindows(d, column, x0) : 0;
    let pixels = 1;
    if (isDirect && whole > 0) {
      pixels = whole;
      const row1 = min(input + rowBytes, lastRow) + at;
      if (size == 2) max2x2Stride2(input + at, row1, pixelBytes, output, pixels);
      else max3x3Stride2(input + at, row1, lastRow + at, pixelBytes, output, pixels);
    } else if (isDirect) {
      maxSpans(input + at, rowBytes, rows, d.workspace, <usize>count * pixelBytes);
      maxSpans(d.workspace, pixelBytes, count, output, pixelBytes);
    } else {
      // With stride 1 neighbouring whole windows are one span.
      if (d.strideColumns == 1 && whole > 0) pixels = whole;
      maxSpans(source + at, pixelBytes, count, output, <usize>pixels * pixelBytes);
    }
    output += <usize>pixels * pixelBytes;
    column += pixels;
  }
  // Without an activation maxima of codes are codes, of 8 or 16 bits.
  const range = d.upper - d.lower;
  if (range != 255 && range != 65535) clampSpan(rowOutput, output - rowOutput, i16x8.splat(<i16>d.lower), i16x8.splat(<i16>d.upper));
}

/** Rows of maxima by row, then by column; windows of 2x2 and 3x3 with stride 2 at once. */
export function maxPool(d: PoolDescriptor): void {
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      const top = <i32>(row * d.strideRows) - d.padTop;
      const y0 = max(top, 0);
      const y1 = min(top + <i32>d.filterRows, <i32>d.inputRows);
      const input: usize = d.input + image * d.inputImageBytes + <u32>y0 * d.inputRowBytes;
      maxPoolRow(d, input, y1 - y0, d.output + image * d.outputImageBytes + row * d.outputRowBytes);
    }
  }
}

export function averagePool(d: PoolDescriptor): void {
  const lower = i16x8.splat(<i16>d.lower);
  const upper = i16x8.splat(<i16>d.upper);
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      const top = <i32>(row * d.strideRows) - d.padTop;
      const y0 = max(top, 0);
      const y1 = min(top + <i32>d.filterRows, <i32>d.inputRows);
      let output: usize = d.output + image * d.outputImageBytes + row * d.outputRowBytes;
      const inputRow: usize = d.input + image * d.inputImageBytes + <u32>y0 * d.inputRowBytes;
      for (let column: u32 = 0; column < d.columns; column++) {
        const left = <i32>(column * d.strideColumns) - d.padLeft;
        const x0 = max(left, 0);
        const x1 = min(left + <i32>d.filterColumns, <i32>d.inputColumns);
        const input = inputRow + <usize>x0 * d.inputPixelBytes;
        averageWindow(input, d.inputRowBytes, d.inputPixelBytes, y1 - y0, x1 - x0, d.blocks, output, d.zeroPoint, lower, upper);
        output += <usize>d.outputPixelBytes;
      }
    }
  }
}

/** One result; neighbouring rows without a border between them are one. */
function meanPixel(d: MeanDescriptor, input: usize, output: usize, lower: v128, upper: v128): void {
  const isWhole = d.inputRowBytes == d.columns * d.inputPixelBytes;
  const rows = isWhole ? 1 : d.rows;
  const columns = isWhole ? d.rows * d.columns : d.columns;
  const end = input + (<usize>d.blocks << 4);
  for (; input + 64 <= end; input += 64) {
    sumWindow4(input, d.inputRowBytes, d.inputPixelBytes, rows, columns, d.terms, output, d.constants, lower, upper);
    output += 64;
  }
  for (; input < end; input += 16) {
    sumWindow(input, d.inputRowBytes, d.inputPixelBytes, rows, columns, output, d.constants, lower, upper);
    output += 16;
  }
}

export function mean(d: MeanDescriptor): void {
  const lower = i16x8.splat(<i16>d.lower);
  const upper = i16x8.splat(<i16>d.upper);
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.outputRows; row++) {
      for (let column: u32 = 0; column < d.outputColumns; column++) {
        const input: usize = d.input + image * d.inputImageBytes + row * d.inputRowBytes + column * d.inputPixelBytes;
        const output: usize = d.output + image * d.outputImageBytes + row * d.outputRowBytes + column * d.outputPixelBytes;
        meanPixel(d, input, output, lower, upper);
      }
    }
  }
}
