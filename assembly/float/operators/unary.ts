// Owns functions of one element: RELU and its kin, LOGISTIC, TANH and HARD_SWISH over rows of pixels.
import { OpKind, UnaryDescriptor } from '../abi';
import { clampSpan, hardSwishSpan, logisticSpan, tanhSpan } from '../microkernels/f32-unary';

function run(d: UnaryDescriptor, input: usize, output: usize): void {
  if (d.kind == OpKind.Clamp) clampSpan(input, output, d.blocks, d.lower, d.upper);
  else if (d.kind == OpKind.Logistic) logisticSpan(input, output, d.blocks);
  else if (d.kind == OpKind.Tanh) tanhSpan(input, output, d.blocks);
  else hardSwishSpan(input, output, d.blocks);
}

export function unary(d: UnaryDescriptor): void {
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      run(d, d.input + image * d.inputImageBytes + row * d.inputRowBytes, d.output + image * d.outputImageBytes + row * d.outputRowBytes);
    }
  }
}
