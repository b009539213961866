// Owns an ONNX file that reads digits: one matrix product with the means of rendered digits.
import { digitSeeds, digitSize, renderDigit } from '../../tools/demo/digits';
import { type FileTensor, onnxFile } from '../tools/import/onnx/file';

const pixels = digitSize * digitSize;
const classes = 10;
/** Digits of each class that a mean is of. */
const count = 40;

/**
 * float32 [1, 1, 28, 28] of pixels / 255 -> [1, 10], probabilities: of the class whose mean m is nearest, softmax of 2 (m x - |m|^2 / 2).
 */
export function digitsOnnx(): Uint8Array {
  const means = new Float32Array(classes * pixels);
  for (let i = 0; i < classes * count; i++) {
    const { label, pixels: digit } = renderDigit(digitSeeds.training, i);
    for (const [j, pixel] of digit.entries()) means[label * pixels + j] += pixel / 255 / count;
  }
  const squares = Float32Array.from({ length: classes }, (_, c) =>
    means.subarray(c * pixels, (c + 1) * pixels).reduce((sum, mean) => sum - mean * mean, 0),
  );
  const constants: Record<string, FileTensor> = {
    weights: { shape: [classes, pixels], data: means.map((mean) => 2 * mean) },
    bias: { shape: [classes], data: squares },
  };
  return onnxFile({
    inputs: { image: [1, 1, digitSize, digitSize] },
    outputs: ['probabilities'],
    constants,
    nodes: [
      { type: 'Flatten', inputs: ['image'], outputs: ['flat'], attributes: { axis: 1 } },
      { type: 'Gemm', inputs: ['flat', 'weights', 'bias'], outputs: ['logits'], attributes: { transB: 1 } },
      { type: 'Softmax', inputs: ['logits'], outputs: ['probabilities'], attributes: { axis: 1 } },
    ],
  });
}
