// Owns RESIZE_BILINEAR: output pixels with the positions and weights that the host tabulated.
import { ResizeBilinearDescriptor, ResizeForm } from '../abi';
import { blendPixel, blendPixelShort, blendPixelWide, blendRows, blendRowsShort, weighPixel, weightRows } from '../microkernels/i16-resize-bilinear';

/** A row in integers: first between two rows of the input, then between its pixels. */
function integerRow(d: ResizeBilinearDescriptor, y: usize, top: usize, bottom: usize, output: usize): void {
  const span = <usize>d.inputSpanBytes;
  const isShort = d.form == ResizeForm.Short;
  if (isShort) blendRowsShort(top, bottom, load<i32>(y, 8), load<i32>(y, 12), d.base, d.workspace, span);
  else blendRows(top, bottom, load<i32>(y, 8), load<i32>(y, 12), d.base, d.workspace, span);
  const multiplier = i16x8.splat(<i16>d.multiplier);
  const signMask = i16x8.splat(<i16>d.signMask);
  const offset = i16x8.splat(<i16>d.offset);
  const end = d.columnTable + (<usize>d.columns << 4);
  for (let x: usize = d.columnTable; x < end; x += 16) {
    const left = d.workspace + <usize>load<u32>(x);
    const right = d.workspace + <usize>load<u32>(x, 4);
    const l = load<i32>(x, 8);
    const r = load<i32>(x, 12);
    if (isShort) blendPixelShort(left, right, l, r, multiplier, signMask, offset, output, d.blocks);
    else if (d.form == ResizeForm.Wide) blendPixelWide(left, right, l, r, output, d.blocks);
    else blendPixel(left, right, l, r, d.zeroPoint, output, d.blocks);
    output += <usize>d.outputPixelBytes;
  }
}

/** A row in float32: first the products with the rows' weights. */
function floatRow(d: ResizeBilinearDescriptor, y: usize, top: usize, bottom: usize, output: usize): void {
  weightRows(top, bottom, load<f32>(y, 8), load<f32>(y, 12), d.zeroPoint, d.workspace, <usize>d.inputSpanBytes);
  const end = d.columnTable + (<usize>d.columns << 4);
  for (let x: usize = d.columnTable; x < end; x += 16) {
    const left = d.workspace + <usize>load<u32>(x);
    const right = d.workspace + <usize>load<u32>(x, 4);
    weighPixel(left, right, load<f32>(x, 8), load<f32>(x, 12), d.zeroPoint, output, d.blocks);
    output += <usize>d.outputPixelBytes;
  }
}

export function resizeBilinear(d: ResizeBilinearDescriptor): void {
  for (let image: u32 = 0; image < d.images; image++) {
    const source: usize = d.input + image * d.inputImageBytes;
    for (let row: u32 = 0; row < d.rows; row++) {
      const y: usize = d.rowTable + (row << 4);
      const top = source + <usize>load<u32>(y);
      const bottom = source + <usize>load<u32>(y, 4);
      const output: usize = d.output + image * d.outputImageBytes + row * d.outputRowBytes;
      if (d.form == ResizeForm.Float) floatRow(d, y, top, bottom, output);
      else integerRow(d, y, top, bottom, output);
    }
  }
}
