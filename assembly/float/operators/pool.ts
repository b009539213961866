// Owns MAX_POOL_2D, AVERAGE_POOL_2D, and MEAN and SUM over rows and columns: windows cut to the image, one output pixel after the other.
import { OpKind, PoolDescriptor, ReduceDescriptor } from '../abi';
import { poolWindow } from '../microkernels/f32-pool';

// @ts-ignore: decorator
@inline
function windows(d: PoolDescriptor, isMax: bool): void {
  const lower = v128.splat<f32>(d.lower);
  const upper = v128.splat<f32>(d.upper);
  const rowBytes: usize = d.inputRowBytes;
  const pixelBytes: usize = d.inputPixelBytes;
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      const top = <i32>(row * d.strideRows) - <i32>d.padTop;
      const y0 = max(top, 0);
      const height = min(top + <i32>d.filterRows, <i32>d.inputRows) - y0;
      const inputRow: usize = d.input + image * d.inputImageBytes + <usize>y0 * rowBytes;
      let output: usize = d.output + image * d.outputImageBytes + row * d.outputRowBytes;
      for (let column: u32 = 0; column < d.columns; column++) {
        const left = <i32>(column * d.strideColumns) - <i32>d.padLeft;
        const x0 = max(left, 0);
        const width = min(left + <i32>d.filterColumns, <i32>d.inputColumns) - x0;
        const input = inputRow + <usize>x0 * pixelBytes;
        poolWindow(isMax, input, rowBytes, pixelBytes, height, width, d.blocks, output, <f32>(height * width), lower, upper);
        output += <usize>d.outputPixelBytes;
      }
    }
  }
}

/** The literals compile the microkernel once each. */
export function pool(d: PoolDescriptor): void {
  if (d.kind == OpKind.MaxPool) windows(d, true);
  else windows(d, false);
}

export function reduce(d: ReduceDescriptor): void {
  const lower = v128.splat<f32>(-<f32>Infinity);
  const upper = v128.splat<f32>(<f32>Infinity);
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.outputRows; row++) {
      for (let column: u32 = 0; column < d.outputColumns; column++) {
        const input: usize = d.input + image * d.inputImageBytes + row * d.inputRowBytes + column * d.inputPixelBytes;
        const output: usize = d.output + image * d.outputImageBytes + row * d.outputRowBytes + column * d.outputPixelBytes;
        poolWindow(false, input, d.inputRowBytes, d.inputPixelBytes, d.rows, d.columns, d.blocks, output, d.divisor, lower, upper);
      }
    }
  }
}
