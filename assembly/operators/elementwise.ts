// Owns ADD, SUB, MUL, MAXIMUM, MINIMUM, PRELU and SQUARED_DIFFERENCE with broadcasting: images, rows and pixels.
import { ElementwiseDescriptor, ElementwiseForm, OpKind, SCALAR_REQUANTIZATION_BYTES, ScalarRequantization } from '../abi';
import {
  addLinearSpan,
  addSpan,
  extremumSpan,
  multiplyFloatSpan,
  multiplySpan,
  multiplySpanGeneral,
  stepsSpan,
} from '../microkernels/i16-elementwise';

export function elementwise(d: ElementwiseDescriptor): void {
  const lower = i16x8.splat(<i16>d.lower);
  const upper = i16x8.splat(<i16>d.upper);
  const constants = <usize>d.constants;
  const leftStep = (<usize>d.leftChannelBytes) << 3;
  const rightStep = (<usize>d.rightChannelBytes) << 3;
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      let left: usize = d.left + image * d.leftImageBytes + row * d.leftRowBytes;
      let right: usize = d.right + image * d.rightImageBytes + row * d.rightRowBytes;
      let output: usize = d.output + image * d.outputImageBytes + row * d.outputRowBytes;
      for (let column: u32 = 0; column < d.columns; column++) {
        if (d.kind == OpKind.Maximum || d.kind == OpKind.Minimum) {
          extremumSpan(left, right, output, d.blocks, leftStep, rightStep, d.kind == OpKind.Maximum);
        } else if (d.form == ElementwiseForm.Linear) {
          addLinearSpan(left, right, output, d.blocks, leftStep, rightStep, constants, lower, upper);
        } else if (d.form == ElementwiseForm.Float) {
          multiplyFloatSpan(left, right, output, d.blocks, leftStep, rightStep, constants, lower, upper);
        } else if (d.kind == OpKind.Add) {
          addSpan(
            left,
            right,
            output,
            d.blocks,
            leftStep,
            rightStep,
            constants,
            constants + SCALAR_REQUANTIZATION_BYTES,
            constants + 2 * SCALAR_REQUANTIZATION_BYTES,
            d.subtract != 0,
            d.form == ElementwiseForm.Slopes,
            lower,
            upper,
          );
        } else if (d.kind == OpKind.Prelu || d.kind == OpKind.SquaredDifference) {
          const isPrelu = d.kind == OpKind.Prelu;
          stepsSpan(left, right, output, d.blocks, leftStep, rightStep, constants, isPrelu, lower, upper);
        } else if (changetype<ScalarRequantization>(constants).general) {
          multiplySpanGeneral(left, right, output, d.blocks, leftStep, rightStep, constants, d.lower, d.upper);
        } else {
          multiplySpan(left, right, output, d.blocks, leftStep, rightStep, constants, lower, upper);
        }
        left += <usize>d.leftPixelBytes;
        right += <usize>d.rightPixelBytes;
        output += <usize>d.outputPixelBytes;
      }
    }
  }
}
