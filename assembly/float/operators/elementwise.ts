// Owns ADD, SUB, MUL and DIV with broadcasting: images, rows and pixels.
import { ElementwiseDescriptor, OpKind } from '../abi';
import { elementwiseSpan } from '../microkernels/f32-elementwise';

// @ts-ignore: decorator
@inline
function pixels(d: ElementwiseDescriptor, kind: i32): void {
  const lower = v128.splat<f32>(d.lower);
  const upper = v128.splat<f32>(d.upper);
  for (let image: u32 = 0; image < d.images; image++) {
    for (let row: u32 = 0; row < d.rows; row++) {
      let left: usize = d.left + image * d.leftImageBytes + row * d.leftRowBytes;
      let right: usize = d.right + image * d.rightImageBytes + row * d.rightRowBytes;
      let output: usize = d.output + image * d.outputImageBytes + row * d.outputRowBytes;
      for (let column: u32 = 0; column < d.columns; column++) {
        elementwiseSpan(left, right, output, d.blocks, d.leftChannelBytes, d.rightChannelBytes, kind, lower, upper);
        left += <usize>d.leftPixelBytes;
        right += <usize>d.rightPixelBytes;
        output += <usize>d.outputPixelBytes;
      }
    }
  }
}

/** The literal kinds compile the microkernel once each. */
export function elementwise(d: ElementwiseDescriptor): void {
  if (d.kind == OpKind.Add) pixels(d, OpKind.Add);
  else if (d.kind == OpKind.Subtract) pixels(d, OpKind.Subtract);
  else if (d.kind == OpKind.Multiply) pixels(d, OpKind.Multiply);
  else pixels(d, OpKind.Divide);
}
