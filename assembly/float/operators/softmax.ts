// Owns SOFTMAX: one row of channels per pixel.
import { SoftmaxDescriptor } from '../abi';
import { softmaxRow } from '../microkernels/f32-softmax';

export function softmax(d: SoftmaxDescriptor): void {
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      let input: usize = d.input + image * d.inputImageBytes + row * d.inputRowBytes;
      let output: usize = d.output + image * d.outputImageBytes + row * d.outputRowBytes;
      for (let column: u32 = 0; column < d.columns; column++) {
        softmaxRow(input, output, d.channels, d.constants, d.beta);
        input += <usize>d.inputPixelBytes;
        output += <usize>d.outputPixelBytes;
      }
    }
  }
}
