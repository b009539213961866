// Owns the conversions between codes, centred int16 and bordered layouts: Center, Uncenter, Clear and Copy.
import { CenterDescriptor, ClearDescriptor, UncenterDescriptor, CopyDescriptor } from '../abi';
import { centerPixels, centerSpan, uncenterPixels, uncenterSpan } from '../microkernels/i16-center';
import { copySpan, zeroSpan } from '../microkernels/i16-copy';
import { lookupSpan, slopeSpan } from '../microkernels/i16-map';

/** Rows whose pixels follow each other without padding lanes are one span. */
export function center(d: CenterDescriptor): void {
  const isDense = d.outputPixelBytes == d.channels << 1;
  const count = d.columns * d.channels;
  let input: usize = d.input;
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      const output: usize = d.output + image * d.outputImageBytes + row * d.outputRowBytes;
      if (isDense) centerSpan(input, output, count, d.zeroPoint, d.signed != 0);
      else centerPixels(input, output, d.columns, d.channels, d.outputPixelBytes, d.zeroPoint, d.signed != 0);
      input += <usize>count;
    }
  }
}

export function uncenter(d: UncenterDescriptor): void {
  const isDense = d.inputPixelBytes == d.channels << 1;
  const count = d.columns * d.channels;
  let output: usize = d.output;
  const end = output + d.images * d.rows * count;
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      const input: usize = d.input + image * d.inputImageBytes + row * d.inputRowBytes;
      if (isDense) {
        uncenterSpan(input, output, count, d.zeroPoint);
      } else {
        let pixel = uncenterPixels(input, output, d.columns, d.channels, d.inputPixelBytes, d.zeroPoint, end);
        for (; pixel < d.columns; pixel++) {
          uncenterSpan(input + pixel * d.inputPixelBytes, output + pixel * d.channels, d.channels, d.zeroPoint);
        }
      }
      output += <usize>count;
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
