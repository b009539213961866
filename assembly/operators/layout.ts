// Owns the conversions between codes, centred int16 and bordered layouts: Center, Uncenter, Clear and Copy.
import { CenterDescriptor, ClearDescriptor, UncenterDescriptor, CopyDescriptor } from '../abi';
import { centerSpan, uncenterSpan } from '../microkernels/i16-center';
import { copySpan, zeroSpan } from '../microkernels/i16-copy';
import { lookupSpan, slopeSpan } from '../microkernels/i16-map';

/** Rows whose pixels follow each other without padding lanes are one span. */
export function center(d: CenterDescriptor): void {
  const dense = d.outputPixelBytes == d.channels << 1;
  const spans: u32 = dense ? 1 : d.columns;
  const count = dense ? d.columns * d.channels : d.channels;
  let input: usize = d.input;
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      let output: usize = d.output + image * d.outputImageBytes + row * d.outputRowBytes;
      for (let span: u32 = 0; span < spans; span++) {
        centerSpan(input, output, count, d.zeroPoint, d.signed != 0);
        input += <usize>count;
        output += <usize>d.outputPixelBytes;
      }
    }
  }
}

export function uncenter(d: UncenterDescriptor): void {
  const dense = d.inputPixelBytes == d.channels << 1;
  const spans: u32 = dense ? 1 : d.columns;
  const count = dense ? d.columns * d.channels : d.channels;
  let output: usize = d.output;
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      let input: usize = d.input + image * d.inputImageBytes + row * d.inputRowBytes;
      for (let span: u32 = 0; span < spans; span++) {
        uncenterSpan(input, output, count, d.zeroPoint);
        output += <usize>count;
        input += <usize>d.inputPixelBytes;
      }
    }
  }
}

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

export function copy(d: CopyDescriptor): void {
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      const inputRow: usize = d.input + image * d.inputImageBytes + load<u32>(d.inputRows + (row << 2));
      let output: usize = d.output + image * d.outputImageBytes + row * d.outputRowBytes;
      for (let column: u32 = 0; column < d.columns; column++) {
        const input = inputRow + <usize>load<u32>(d.inputColumns + (column << 2));
        if (d.table) lookupSpan(input, output, d.elements, d.table, d.tableBias, d.tableOffset);
        else if (d.slopes) slopeSpan(input, output, d.elements, d.slopes);
        else copySpan(input, output, d.elements);
        output += <usize>d.outputPixelBytes;
      }
    }
  }
}
