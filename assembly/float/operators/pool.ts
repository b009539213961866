// Owns MAX_POOL_2D, AVERAGE_POOL_2D, and reductions over rows and columns: windows cut to the image, one output pixel after the other.
import { OpKind, PoolDescriptor } from '../abi';
import { ReduceDescriptor } from '../abi-reduce';
import { poolWindow } from '../microkernels/f32-pool';

// @ts-ignore: decorator
@inline
function windows(d: PoolDescriptor, kind: i32): void {
  const lower = v128.splat<f32>(d.lower);
  const upper = v128.splat<f32>(d.upper);
  const rowBytes: usize = d.inputRowBytes;
  const pixelBytes: usize = d.inputPixelBytes;
  const elements = d.blocks << 3;
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
        poolWindow(kind, input, rowBytes, pixelBytes, height, width, elements, output, <f32>(height * width), lower, upper);
        output += <usize>d.outputPixelBytes;
      }
    }
  }
}

/** The literals compile the microkernel once each. */
export function pool(d: PoolDescriptor): void {
  if (d.kind == OpKind.MaxPool) windows(d, OpKind.MaxPool);
  else windows(d, OpKind.AveragePool);
}

// @ts-ignore: decorator
@inline
function reduceWindows(d: ReduceDescriptor, kind: i32): void {
  const rowBytes: usize = d.windowRowBytes;
  const pixelBytes: usize = d.windowPixelBytes;
  const none = v128.splat<f32>(0);
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.outputRows; row++) {
      for (let column: u32 = 0; column < d.outputColumns; column++) {
        const input: usize = d.input + image * d.inputImageBytes + row * d.inputRowBytes + column * d.inputPixelBytes;
        const output: usize = d.output + image * d.outputImageBytes + row * d.outputRowBytes + column * d.outputPixelBytes;
        poolWindow(kind, input, rowBytes, pixelBytes, d.rows, d.columns, d.elements, output, d.divisor, none, none);
      }
    }
  }
}

/** A sum has a loop of its own; the others' choose among them in each step. */
export function reduce(d: ReduceDescriptor): void {
  if (d.kind == OpKind.ReduceSum) reduceWindows(d, OpKind.ReduceSum);
  else reduceWindows(d, d.kind);
}
