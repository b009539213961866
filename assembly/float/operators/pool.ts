// Owns MAX_POOL_2D, AVERAGE_POOL_2D and MEAN: windows cut to the image, one output pixel after the other.
import { MeanDescriptor, OpKind, PoolDescriptor } from '../abi';
import { averageWindow, maxWindow } from '../microkernels/f32-pool';

export function pool(d: PoolDescriptor): void {
  const lower = v128.splat<f32>(d.lower);
  const upper = v128.splat<f32>(d.upper);
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      const top = <i32>(row * d.strideRows) - <i32>d.padTop;
      const y0 = max(top, 0);
      const y1 = min(top + <i32>d.filterRows, <i32>d.inputRows);
      const inputRow: usize = d.input + image * d.inputImageBytes + <u32>y0 * d.inputRowBytes;
      let output: usize = d.output + image * d.outputImageBytes + row * d.outputRowBytes;
      for (let column: u32 = 0; column < d.columns; column++) {
        const left = <i32>(column * d.strideColumns) - <i32>d.padLeft;
        const x0 = max(left, 0);
        const x1 = min(left + <i32>d.filterColumns, <i32>d.inputColumns);
        const input = inputRow + <usize>x0 * d.inputPixelBytes;
        if (d.kind == OpKind.MaxPool) {
          maxWindow(input, d.inputRowBytes, d.inputPixelBytes, y1 - y0, x1 - x0, d.blocks, output, lower, upper);
        } else {
          averageWindow(input, d.inputRowBytes, d.inputPixelBytes, y1 - y0, x1 - x0, d.blocks, output, lower, upper);
        }
        output += <usize>d.outputPixelBytes;
      }
    }
  }
}

export function mean(d: MeanDescriptor): void {
  const lower = v128.splat<f32>(-f32.MAX_VALUE);
  const upper = v128.splat<f32>(f32.MAX_VALUE);
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.outputRows; row++) {
      for (let column: u32 = 0; column < d.outputColumns; column++) {
        const input: usize = d.input + image * d.inputImageBytes + row * d.inputRowBytes + column * d.inputPixelBytes;
        const output: usize = d.output + image * d.outputImageBytes + row * d.outputRowBytes + column * d.outputPixelBytes;
        averageWindow(input, d.inputRowBytes, d.inputPixelBytes, d.rows, d.columns, d.blocks, output, lower, upper);
      }
    }
  }
}
