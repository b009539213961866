// Owns the conversions between codes, centred int16 and bordered layouts: Center, Codes, Clear and Copy.
import { CenterDescriptor, ClearDescriptor, CodesDescriptor, CopyDescriptor } from '../abi';
import { centerRun, codesRun } from '../microkernels/i16-center';
import { copyRun, lookupRun, zeroRun } from '../microkernels/i16-copy';

/** Rows whose pixels follow each other without padding lanes are one run. */
export function center(d: CenterDescriptor): void {
  const dense = d.outputPixelBytes == d.channels << 1;
  const runs: u32 = dense ? 1 : d.columns;
  const count = dense ? d.columns * d.channels : d.channels;
  let input: usize = d.input;
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      let output: usize = d.output + image * d.outputImageBytes + row * d.outputRowBytes;
      for (let run: u32 = 0; run < runs; run++) {
        centerRun(input, output, count, d.zeroPoint, d.signed != 0);
        input += <usize>count;
        output += <usize>d.outputPixelBytes;
      }
    }
  }
}

export function codes(d: CodesDescriptor): void {
  const dense = d.inputPixelBytes == d.channels << 1;
  const runs: u32 = dense ? 1 : d.columns;
  const count = dense ? d.columns * d.channels : d.channels;
  let output: usize = d.output;
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      let input: usize = d.input + image * d.inputImageBytes + row * d.inputRowBytes;
      for (let run: u32 = 0; run < runs; run++) {
        codesRun(input, output, count, d.zeroPoint);
        output += <usize>count;
        input += <usize>d.inputPixelBytes;
      }
    }
  }
}

export function clear(d: ClearDescriptor): void {
  for (let image: u32 = 0; image < d.images; image++) {
    let at: usize = d.output + image * d.imageBytes;
    zeroRun(at, d.topBytes);
    at += d.topBytes;
    for (let row: u32 = 0; row < d.rows; row++) {
      zeroRun(at, d.leftBytes);
      zeroRun(at + d.rowBytes - d.rightBytes, d.rightBytes);
      at += d.rowBytes;
    }
    zeroRun(at, d.bottomBytes);
  }
}

export function copy(d: CopyDescriptor): void {
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      const inputRow: usize = d.input + image * d.inputImageBytes + load<u32>(d.inputRows + (row << 2));
      let output: usize = d.output + image * d.outputImageBytes + row * d.outputRowBytes;
      for (let column: u32 = 0; column < d.columns; column++) {
        const input = inputRow + <usize>load<u32>(d.inputColumns + (column << 2));
        if (d.table) lookupRun(input, output, d.elements, d.table, d.tableBias);
        else copyRun(input, output, d.elements);
        output += <usize>d.outputPixelBytes;
      }
    }
  }
}
