// Owns SOFTMAX and LOG_SOFTMAX: one row of channels per pixel.
import { OpKind } from '../abi';
import { SoftmaxDescriptor } from '../abi-reduce';
import { logSoftmaxRow, softmaxRow } from '../microkernels/f32-softmax';

export function softmax(d: SoftmaxDescriptor): void {
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      let input: usize = d.input + image * d.inputImageBytes + row * d.inputRowBytes;
      let output: usize = d.output + image * d.outputImageBytes + row * d.outputRowBytes;
      for (let column: u32 = 0; column < d.columns; column++) {
        if (d.kind == OpKind.Softmax) softmaxRow(input, output, d.channels, d.constants, d.factor);
        else logSoftmaxRow(input, output, d.channels, d.constants, d.logarithm, d.factor);
        input += <usize>d.inputPixelBytes;
        output += <usize>d.outputPixelBytes;
      }
    }
  }
}
