// Owns the conversions between dense and bordered layouts: Clear and Copy.
import { ClearDescriptor, CopyDescriptor } from '../abi';
import { copySpan, zeroSpan } from '../microkernels/f32-copy';

export function clear(d: ClearDescriptor): void {
  for (let image: u32 = 0; image < d.images; image++) {
    let at: usize = d.output + image * d.imageBytes;
    zeroSpan(at, d.topBytes);
    at += d.topBytes;
    for (let row: u32 = 0; row < d.rows; row++) {
      zeroSpan(at, d.leftBytes);
      zeroSpan(at + d.rowBytes - d.rightBytes, d.rightBytes);
      at += d.rowBytes;
    }
    zeroSpan(at, d.bottomBytes);
  }
}

/** Rows whose pixels follow each other on both sides are one span. */
export function copy(d: CopyDescriptor): void {
  const pixelBytes = d.elements << 2;
  const dense = d.inputPixelBytes == pixelBytes && d.outputPixelBytes == pixelBytes;
  const spans: u32 = dense ? 1 : d.columns;
  const elements = dense ? d.columns * d.elements : d.elements;
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      let input: usize = d.input + image * d.inputImageBytes + row * d.inputRowBytes;
      let output: usize = d.output + image * d.outputImageBytes + row * d.outputRowBytes;
      for (let span: u32 = 0; span < spans; span++) {
        copySpan(input, output, elements);
        input += <usize>d.inputPixelBytes;
        output += <usize>d.outputPixelBytes;
      }
    }
  }
}
