// Owns the tests of RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR beside the golden cases: float32, wide types, constant images.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { DType } from '../../src/graph/graph';
import { resizeKernels } from '../../src/reference/resize';
import { ints, runKernel, type Tensor } from '../support/kernel';
import { Random } from '../support/random';

const modes = [
  { alignCorners: false, halfPixelCenters: false },
  { alignCorners: true, halfPixelCenters: false },
  { alignCorners: false, halfPixelCenters: true },
];

test('RESIZE_BILINEAR of float32 [[3,6],[9,12]] to 3 x 3', () => {
  const input: Tensor = ['float32', [1, 2, 2, 1], [3, 6, 9, 12]];
  const run = (attributes: (typeof modes)[0]) => {
    const [output] = runKernel(resizeKernels, 'RESIZE_BILINEAR', attributes, [input, ints(3, 3)], ['float32', [1, 3, 3, 1]]);
    return Array.from(output as Float32Array, (x) => Math.round(x * 1e5) / 1e5);
  };
  assert.equal(run(modes[0]), [3, 5, 6, 7, 9, 10, 9, 11, 12]);
  assert.equal(run(modes[1]), [3, 4.5, 6, 6, 7.5, 9, 9, 10.5, 12]);
  assert.equal(run(modes[2]), [3, 4.5, 6, 6, 7.5, 9, 9, 10.5, 12]);
});

/** Bilinear interpolation in double, from pixel coordinates. */
function interpolate(image: number[][], y: number, x: number): number {
  const clampRow = (i: number) => image[Math.min(Math.max(i, 0), image.length - 1)];
  const at = (i: number, j: number) => clampRow(i)[Math.min(Math.max(j, 0), image[0].length - 1)];
  const [top, left] = [Math.floor(y), Math.floor(x)];
  const [dy, dx] = [y - top, x - left];
  return (at(top, left) * (1 - dx) + at(top, left + 1) * dx) * (1 - dy) + (at(top + 1, left) * (1 - dx) + at(top + 1, left + 1) * dx) * dy;
}

for (const attributes of modes) {
  test(`RESIZE_BILINEAR ${JSON.stringify(attributes)}: float32 and int8 follow interpolation in double, seed 11`, () => {
    const random = new Random(11);
    for (let round = 0; round < 60; round++) {
      const [height, width, outHeight, outWidth] = [0, 0, 0, 0].map(() => random.integer(1, 9));
      const image = Array.from({ length: height }, () => Array.from({ length: width }, () => random.integer(-128, 127)));
      const coordinate = (i: number, input: number, output: number) => {
        if (attributes.alignCorners && output > 1) return (i * (input - 1)) / (output - 1);
        return attributes.halfPixelCenters ? ((i + 0.5) * input) / output - 0.5 : (i * input) / output;
      };
      const shape = [1, outHeight, outWidth, 1];
      // An int8 coordinate errs by up to (position + 1) / 2048 pixel, so the result by that times the range of codes.
      for (const [dtype, tolerance] of [
        ['float32', 1e-3],
        ['int8', 0.5 + 2 * (10 / 2048) * 255],
      ] as [DType, number][]) {
        const inputs: Tensor[] = [[dtype, [1, height, width, 1], image.flat()], ints(outHeight, outWidth)];
        const [output] = runKernel(resizeKernels, 'RESIZE_BILINEAR', attributes, inputs, [dtype, shape]);
        for (let i = 0; i < output.length; i++) {
          const y = coordinate(Math.floor(i / outWidth), height, outHeight);
          const x = coordinate(i % outWidth, width, outWidth);
          const expected = interpolate(image, y, x);
          const context = `${dtype} ${height}x${width} -> ${outHeight}x${outWidth}, element ${i}: ${output[i]} for ${expected}`;
          assert.ok(Math.abs(Number(output[i]) - expected) <= tolerance, context);
        }
      }
    }
  });

  for (const dtype of ['int8', 'uint8', 'int16', 'float32'] as DType[]) {
    test(`RESIZE_BILINEAR ${JSON.stringify(attributes)} of a constant ${dtype} image is constant`, () => {
      for (const value of dtype === 'uint8' ? [0, 1, 255] : [-128, -1, 0, 127]) {
        const inputs: Tensor[] = [[dtype, [1, 3, 2, 2], [value]], ints(7, 5)];
        const [output] = runKernel(resizeKernels, 'RESIZE_BILINEAR', attributes, inputs, [dtype, [1, 7, 5, 2]]);
        assert.ok(
          [...output].every((x) => Math.abs(Number(x) - value) < 1e-4),
          `value ${value} became ${output}`,
        );
      }
    });
  }
}

test('RESIZE_NEAREST_NEIGHBOR of int64 [1,2,2,1] to 3 x 4 repeats pixels', () => {
  const input: Tensor = ['int64', [1, 2, 2, 1], [1, 2, 3, 4]];
  const [output] = runKernel(resizeKernels, 'RESIZE_NEAREST_NEIGHBOR', modes[0], [input, ints(3, 4)], ['int64', [1, 3, 4, 1]]);
  assert.equal([...output], [1n, 1n, 2n, 2n, 1n, 1n, 2n, 2n, 3n, 3n, 4n, 4n]);
});

test('RESIZE_NEAREST_NEIGHBOR with aligned corners rounds: 4 pixels to 3 takes 0, 2, 3', () => {
  const input: Tensor = ['float32', [1, 1, 4, 1], [0.5, 1.5, 2.5, 3.5]];
  const [output] = runKernel(resizeKernels, 'RESIZE_NEAREST_NEIGHBOR', modes[1], [input, ints(1, 3)], ['float32', [1, 1, 3, 1]]);
  assert.equal([...output], [0.5, 2.5, 3.5]);
});

test.run();
