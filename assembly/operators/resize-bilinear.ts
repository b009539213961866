// Owns RESIZE_BILINEAR: output pixels with the positions and weights that the host tabulated.
import { ResizeBilinearDescriptor, ResizeForm } from '../abi';
import {
  blendPixel,
  blendPixelPair,
  blendPixelShort,
  blendPixelWide,
  blendRows,
  blendRowsShort,
  weighPixel,
  weightRows,
} from '../microkernels/i16-resize-bilinear';

/** A row in int32: first between two rows of the input, then between its pixels. */
function integerRow(d: ResizeBilinearDescriptor, y: usize, top: usize, bottom: usize, output: usize): void {
  blendRows(top, bottom, load<i32>(y, 8), load<i32>(y, 12), d.base, d.workspace, <usize>d.inputSpanBytes);
  const pixelBytes = <usize>d.outputPixelBytes;
  let x: usize = d.columnTable;
  const last = x + (<usize>d.columns << 4) - 16;
  while (x <= last) {
    const left = d.workspace + <usize>load<u32>(x);
    const right = d.workspace + <usize>load<u32>(x, 4);
    if (x < last && load<u64>(x, 16) == load<u64>(x)) {
      blendPixelPair(left, right, x + 8, d.zeroPoint, output, pixelBytes, d.blocks);
      x += 16;
      output += pixelBytes;
    } else {
      blendPixel(left, right, x + 8, d.zeroPoint, output, d.blocks);
    }
    x += 16;
    output += pixelBytes;
  }
}

/** The same in int16. */
function shortRow(d: ResizeBilinearDescriptor, y: usize, top: usize, bottom: usize, output: usize): void {
  blendRowsShort(top, bottom, load<i32>(y, 8), load<i32>(y, 12), d.base, d.workspace, <usize>d.inputSpanBytes);
  const multiplier = i16x8.splat(<i16>d.multiplier);
  const signMask = i16x8.splat(<i16>d.signMask);
  const offset = i16x8.splat(<i16>d.offset);
  const end = d.columnTable + (<usize>d.columns << 4);
  for (let x: usize = d.columnTable; x < end; x += 16) {
    const left = d.workspace + <usize>load<u32>(x);
    const right = d.workspace + <usize>load<u32>(x, 4);
    blendPixelShort(left, right, load<i32>(x, 8), load<i32>(x, 12), multiplier, signMask, offset, output, d.blocks);
    output += <usize>d.outputPixelBytes;
  }
}

/** The same of int16 codes, whose products take 64 bits. */
function wideRow(d: ResizeBilinearDescriptor, y: usize, top: usize, bottom: usize, output: usize): void {
  blendRows(top, bottom, load<i32>(y, 8), load<i32>(y, 12), d.base, d.workspace, <usize>d.inputSpanBytes);
  const end = d.columnTable + (<usize>d.columns << 4);
  for (let x: usize = d.columnTable; x < end; x += 16) {
    const left = d.workspace + <usize>load<u32>(x);
    const right = d.workspace + <usize>load<u32>(x, 4);
    blendPixelWide(left, right, load<i32>(x, 8), load<i32>(x, 12), output, d.blocks);
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
      else if (d.form == ResizeForm.Short) shortRow(d, y, top, bottom, output);
      else if (d.form == ResizeForm.Wide) wideRow(d, y, top, bottom, output);
      else integerRow(d, y, top, bottom, output);
    }
  }
}
