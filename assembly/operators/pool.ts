// Owns AVERAGE_POOL_2D, MAX_POOL_2D, MEAN and SUM: windows cut to the image.
import { MeanDescriptor, OpKind, PoolDescriptor } from '../abi';
import { averageWindow, maxWindow, sumWindow } from '../microkernels/i16-pool';

export function pool(d: PoolDescriptor): void {
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
        if (d.kind == OpKind.MaxPool) {
          maxWindow(input, d.inputRowBytes, d.inputPixelBytes, y1 - y0, x1 - x0, d.blocks, output, lower, upper);
        } else {
          averageWindow(input, d.inputRowBytes, d.inputPixelBytes, y1 - y0, x1 - x0, d.blocks, output, d.zeroPoint, lower, upper);
        }
        output += <usize>d.outputPixelBytes;
      }
    }
  }
}

export function mean(d: MeanDescriptor): void {
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.outputRows; row++) {
      for (let column: u32 = 0; column < d.outputColumns; column++) {
        const input: usize = d.input + image * d.inputImageBytes + row * d.inputRowBytes + column * d.inputPixelBytes;
        const output: usize = d.output + image * d.outputImageBytes + row * d.outputRowBytes + column * d.outputPixelBytes;
        sumWindow(input, d.inputRowBytes, d.inputPixelBytes, d.rows, d.columns, d.blocks, output, d.multiplier, d.shift, d.lower, d.upper);
      }
    }
  }
}
