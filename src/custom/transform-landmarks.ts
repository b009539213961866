// Owns TransformLandmarks: `mediapipe/util/tflite/operations/transform_landmarks.cc`; its options are read by
// `tflite/delegates/gpu/common/mediapipe/transform_landmarks.cc`.
import { type CustomOperator, elementCount, type Node } from '../graph/graph';
import { reject } from '../graph/reject';
import type { CustomSource } from '../tflite/read-operator';
import { affine } from './matrix';
import { badOption, checkVersion, FlexOptions, imageShape } from './options';

/** Throws `bad-shape` unless input 1 has the two rows of a 4x4 matrix that are read. */
export function checkMatrix(node: Node<'CUSTOM'>): void {
  const { shape } = node.inputs[1]!;
  if (elementCount(shape) < 8) reject('bad-shape', node, `its matrix [${shape}] must have 8 elements or more`);
}

/**
 * Moves landmarks of 2 or 3 coordinates by the first two rows of a matrix; the third coordinate stays. Version 1 takes [1, height, width,
 * landmarks x dimensions] and scales the translations, version 2 takes [1, landmarks, dimensions].
 */
export function transformLandmarks(source: CustomSource): CustomOperator {
  checkVersion(source, 2);
  const isFirst = source.version === 1;
  const flex = isFirst ? new FlexOptions(source) : undefined;
  const dimensions = flex?.int('dimensions', 2, 3);
  const scale = flex?.float('scale') ?? 1;
  if (scale === 0) badOption(source.where, 'scale is 0');
  return {
    name: 'TransformLandmarks',
    options: dimensions ? { dimensions, scale } : {},
    operands: 'float32 float32 > float32',
    shapes: (node) => {
      const shape = imageShape(node, 0, isFirst ? 4 : 3);
      checkMatrix(node);
      const last = shape.at(-1)!;
      if (dimensions ? last % dimensions !== 0 : last !== 2 && last !== 3) {
        reject('bad-shape', node, `its input [${shape}] must end with landmarks of ${dimensions ?? '2 or 3'} coordinates`);
      }
      return [shape];
    },
    work: ({ inputs: [landmarks] }) => elementCount(landmarks!.shape),
    evaluate: (node, [landmarks, transform], [output]) => {
      const points = landmarks as Float32Array;
      const matrix = transform as Float32Array;
      const step = dimensions ?? node.inputs[0]!.shape[2];
      const [shiftX, shiftY] = [Math.fround(matrix[3] * scale), Math.fround(matrix[7] * scale)];
      for (let at = 0; at < points.length; at += step) {
        const [x, y] = [points[at], points[at + 1]];
        output[at] = affine(matrix, 0, x, y, shiftX);
        output[at + 1] = affine(matrix, 1, x, y, shiftY);
        if (step === 3) output[at + 2] = points[at + 2];
      }
    },
  };
}
