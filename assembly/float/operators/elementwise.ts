// Owns operators with two operands and broadcasting, such as ADD and PRELU: images, rows and pixels.
import { ElementwiseDescriptor, OpKind } from '../abi';
import { addScalarSpan, addSpan, elementwiseSpan, multiplyScalarSpan, multiplySpan, preluPair, scalarSpan } from '../microkernels/f32-elementwise';
import { powerSpan } from '../microkernels/f32-power';

/** One element, sixteen times, where the operand has one for all channels. */
// @ts-ignore: decorator
@inline
function repeat(at: usize, workspace: usize): void {
  const element = v128.load32_splat(at);
  v128.store(workspace, element);
  v128.store(workspace, element, 16);
  v128.store(workspace, element, 32);
  v128.store(workspace, element, 48);
}

/** Elements of a span whose results are compared with their bounds all at once. */
const minUnbounded: u32 = 256;

/** Fields are read once per row: after a store, engines read memory anew. */
// @ts-ignore: decorator
@inline
function pixels(d: ElementwiseDescriptor, kind: i32): void {
  const lower = v128.splat<f32>(d.lower);
  const upper = v128.splat<f32>(d.upper);
  const elements = d.elements;
  const leftStep: usize = d.leftChannelBytes << 4;
  const rightStep: usize = d.rightChannelBytes << 4;
  const leftPixelBytes: usize = d.leftPixelBytes;
  const rightPixelBytes: usize = d.rightPixelBytes;
  const outputPixelBytes: usize = d.outputPixelBytes;
  const repeatedLeft = d.workspace;
  const repeatedRight = repeatedLeft + 64;
  const isScalar = (kind == OpKind.Add || kind == OpKind.Multiply) && rightStep == 0 && leftStep > 0;
  const isUnbounded = (kind == OpKind.Add || kind == OpKind.Multiply) && d.upper == f32.MAX_VALUE && d.lower == -f32.MAX_VALUE
    && elements >= minUnbounded && (elements & 15) == 0 && leftStep > 0;
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      let left: usize = d.left + image * d.leftImageBytes + row * d.leftRowBytes;
      let right: usize = d.right + image * d.rightImageBytes + row * d.rightRowBytes;
      let output: usize = d.output + image * d.outputImageBytes + row * d.outputRowBytes;
      let column = d.columns;
      if (kind == OpKind.Prelu && rightPixelBytes == 0 && rightStep > 0 && (elements & 7) == 0) {
        for (; column >= 2; column -= 2, left += 2 * leftPixelBytes, output += 2 * outputPixelBytes) {
          preluPair(left, leftPixelBytes, right, output, outputPixelBytes, elements, lower);
        }
      }
      if (isUnbounded) {
        for (; column > 0; column--, left += leftPixelBytes, right += rightPixelBytes, output += outputPixelBytes) {
          if (kind == OpKind.Add) {
            if (rightStep == 0) addScalarSpan(left, right, output, elements, lower, upper);
            else addSpan(left, right, output, elements, lower, upper);
          } else if (rightStep == 0) {
            multiplyScalarSpan(left, right, output, elements, lower, upper);
          } else {
            multiplySpan(left, right, output, elements, lower, upper);
          }
        }
      }
      for (; column > 0; column--) {
        if (kind == OpKind.Power) {
          powerSpan(left, right, output, elements, leftStep >> 4, rightStep >> 4);
        } else if (isScalar) {
          scalarSpan(kind, left, right, output, elements, lower, upper);
        } else {
          if (leftStep == 0) repeat(left, repeatedLeft);
          if (rightStep == 0) repeat(right, repeatedRight);
          const a = leftStep ? left : repeatedLeft;
          const b = rightStep ? right : repeatedRight;
          elementwiseSpan(kind, a, b, output, elements, leftStep, rightStep, lower, upper);
        }
        left += leftPixelBytes;
        right += rightPixelBytes;
        output += outputPixelBytes;
      }
    }
  }
}

/** The literal kinds compile the microkernel once each. */
export function elementwise(d: ElementwiseDescriptor): void {
  switch (d.kind) {
    case OpKind.Add:
      pixels(d, OpKind.Add);
      break;
    case OpKind.Subtract:
      pixels(d, OpKind.Subtract);
      break;
    case OpKind.Multiply:
      pixels(d, OpKind.Multiply);
      break;
    case OpKind.Divide:
      pixels(d, OpKind.Divide);
      break;
    case OpKind.Maximum:
      pixels(d, OpKind.Maximum);
      break;
    case OpKind.Minimum:
      pixels(d, OpKind.Minimum);
      break;
    case OpKind.SquaredDifference:
      pixels(d, OpKind.SquaredDifference);
      break;
    case OpKind.Power:
      pixels(d, OpKind.Power);
      break;
    default:
      pixels(d, OpKind.Prelu);
  }
}
