// Owns TransformTensorBilinear: `mediapipe/util/tflite/operations/transform_tensor_bilinear.cc`; its options are read by
// `tflite/delegates/gpu/common/mediapipe/transform_tensor_bilinear.cc`.
import { type CustomOperator, elementCount } from '../graph/graph';
import type { CustomSource } from '../tflite/read-operator';
import { affine } from './matrix';
import { badOption, checkVersion, FlexOptions, imageShape } from './options';
import { checkMatrix } from './transform-landmarks';

const { fround, floor } = Math;

/** Height and width of the output; of version 1 as a vector. */
function sizeOf(source: CustomSource): { height: number; width: number } {
  const flex = new FlexOptions(source);
  if (source.version === 2) return { height: flex.int('output_height', 1), width: flex.int('output_width', 1) };
  if (flex.has('mode') && flex.text('mode') !== 'bilinear') badOption(source.where, 'mode is not bilinear');
  const [height = 0, width = 0] = flex.ints('output_size');
  if (height < 1 || width < 1) badOption(source.where, `output_size is ${height} x ${width}; both must be >= 1`);
  return { height, width };
}

/**
 * Samples an image [1, height, width, channels] at the pixels that the first two rows of a matrix give for those of the output, 0 outside.
 * Version 2 takes the corners of pixels as their place: (x, y) goes to T (x + 1/2, y + 1/2) - 1/2.
 */
export function transformTensor(source: CustomSource): CustomOperator {
  checkVersion(source, 2);
  const { height, width } = sizeOf(source);
  const isAligned = source.version === 2;
  /** The source adds products with 0.5 in double and rounds the sum. */
  const shift = (m: Float32Array, at: number) => (isAligned ? fround(m[at + 3] + (m[at] * 0.5 + m[at + 1] * 0.5 - 0.5)) : m[at + 3]);
  return {
    name: isAligned ? 'TransformTensorBilinear' : source.where.split(' ')[0],
    options: { height, width },
    operands: 'float32 float32 > float32',
    shapes: (node) => {
      const channels = imageShape(node, 0, 4)[3];
      checkMatrix(node);
      return [[1, height, width, channels]];
    },
    work: ({ outputs: [output] }) => elementCount(output.shape),
    evaluate: (node, [image, transform], [output]) => {
      const [, inHeight, inWidth, channels] = node.inputs[0]!.shape;
      const matrix = transform as Float32Array;
      const [shiftX, shiftY] = [shift(matrix, 0), shift(matrix, 4)];
      const pixels = image as Float32Array;
      const result = (output as Float32Array).fill(0);
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          const x = affine(matrix, 0, column, row, shiftX);
          const y = affine(matrix, 1, column, row, shiftY);
          // Also false for NaN, of which the source makes an undefined position.
          if (x >= 0 && x <= inWidth - 1 && y >= 0 && y <= inHeight - 1) {
            interpolate(pixels, [inHeight, inWidth, channels], y, x, result, (row * width + column) * channels);
          }
        }
      }
    },
  };
}

/** `weight` is a float32, 1 - weight a double, as in the source. */
function blend(near: number, far: number, weight: number): number {
  return fround((1 - weight) * near + fround(weight * far));
}

/** All channels at (y, x), which lies inside: of four pixels, those behind the last row or column being 0. */
function interpolate(
  pixels: Float32Array,
  [height, width, channels]: readonly [number, number, number],
  y: number,
  x: number,
  output: Float32Array,
  to: number,
): void {
  const [top, left] = [floor(y), floor(x)];
  const [lower, right] = [y - top, x - left];
  const [hasRight, hasLower] = [left + 1 < width, top + 1 < height];
  const first = (top * width + left) * channels;
  const below = first + width * channels;
  for (let channel = 0; channel < channels; channel++) {
    const at = first + channel;
    const under = below + channel;
    const upper = blend(pixels[at], hasRight ? pixels[at + channels] : 0, right);
    const second = hasLower ? blend(pixels[under], hasRight ? pixels[under + channels] : 0, right) : 0;
    output[to + channel] = blend(upper, second, lower);
  }
}
