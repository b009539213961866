// Owns RESIZE_BILINEAR: output pixels with the positions and weights that the host tabulated.
import { ResizeBilinearDescriptor } from '../abi';
import { resizeFloat, resizeInteger } from '../microkernels/i16-resize-bilinear';

export function resizeBilinear(d: ResizeBilinearDescriptor): void {
  for (let image: u32 = 0; image < d.images; image++) {
    const source: usize = d.input + image * d.inputImageBytes;
    for (let row: u32 = 0; row < d.rows; row++) {
      const y: usize = d.rowTable + (row << 4);
      const top = source + <usize>load<u32>(y);
      const bottom = source + <usize>load<u32>(y, 4);
      let output: usize = d.output + image * d.outputImageBytes + row * d.outputRowBytes;
      for (let column: u32 = 0; column < d.columns; column++) {
        const x: usize = d.columnTable + (column << 4);
        const left = <usize>load<u32>(x);
        const right = <usize>load<u32>(x, 4);
        if (d.signed) {
          resizeInteger(
            top + left,
            bottom + left,
            top + right,
            bottom + right,
            load<i32>(y, 8),
            load<i32>(y, 12),
            load<i32>(x, 8),
            load<i32>(x, 12),
            d.blocks,
            output,
            d.zeroPoint,
          );
        } else {
          resizeFloat(
            top + left,
            bottom + left,
            top + right,
            bottom + right,
            load<f32>(y, 8),
            load<f32>(y, 12),
            load<f32>(x, 8),
            load<f32>(x, 12),
            d.blocks,
            output,
            d.zeroPoint,
          );
        }
        output += <usize>d.outputPixelBytes;
      }
    }
  }
}
