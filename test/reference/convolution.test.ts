// Owns the tests of CONV_2D, DEPTHWISE_CONV_2D and TRANSPOSE_CONV beside the golden cases: floats, groups, explicit padding.
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ExplicitPadding, Padding } from '../../src/graph/graph';
import { convolutionKernels } from '../../src/reference/convolution';
import { transposeConvolutionKernels } from '../../src/reference/transpose-convolution';
import { convolution, quantized, window } from '../support/build';
import { assertSameData } from '../support/equal';
import { flatIndex, indicesOf, ints, runKernel, type Tensor } from '../support/kernel';
import { Random } from '../support/random';

/** Small integers: sums of products are exact in float32 and, with all scales 1, in codes too. */
function smallIntegers(random: Random, shape: readonly number[]): number[] {
  return indicesOf(shape).map(() => random.integer(-4, 4));
}

const shapes = fc.record({
  groups: fc.integer({ min: 1, max: 3 }),
  groupChannels: fc.integer({ min: 1, max: 3 }),
  filters: fc.integer({ min: 1, max: 3 }),
  size: fc.tuple(fc.integer({ min: 3, max: 6 }), fc.integer({ min: 3, max: 6 })),
  filter: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  stride: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
  padding: fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(2)),
  seed: fc.integer({ min: 1, max: 10000 }),
});

for (const type of ['CONV_2D', 'DEPTHWISE_CONV_2D'] as const) {
  for (const dtype of ['float32', 'int8'] as const) {
    test(`${type} ${dtype} with ${type === 'CONV_2D' ? 'groups' : 'depth multipliers'} and explicit padding equals its definition`, () => {
      fc.assert(
        fc.property(shapes, ({ groups, groupChannels, filters, size, filter, stride, padding, seed }) => {
          const random = new Random(seed);
          const depthwise = type === 'DEPTHWISE_CONV_2D';
          const channels = depthwise ? groups : groups * groupChannels;
          const outputChannels = groups * filters;
          const inputShape = [2, ...size, channels];
          const filterShape = depthwise ? [1, ...filter, outputChannels] : [outputChannels, ...filter, groupChannels];
          const [top, bottom, left, right] = padding;
          const outputShape = [
            2,
            Math.floor((size[0] + top + bottom - filter[0]) / stride[0]) + 1,
            Math.floor((size[1] + left + right - filter[1]) / stride[1]) + 1,
            outputChannels,
          ];
          const [input, weights, bias] = [inputShape, filterShape, [outputChannels]].map((shape) => smallIntegers(random, shape));
          const expected = indicesOf(outputShape).map(([n, y, x, o]) => {
            let sum = bias[o];
            for (const [ky, kx, c] of indicesOf([...filter, depthwise ? 1 : groupChannels])) {
              const [iy, ix] = [y * stride[0] - top + ky, x * stride[1] - left + kx];
              if (iy < 0 || iy >= size[0] || ix < 0 || ix >= size[1]) continue;
              const channel = depthwise ? Math.floor(o / filters) : Math.floor(o / filters) * groupChannels + c;
              const weight = weights[flatIndex(filterShape, depthwise ? [0, ky, kx, o] : [o, ky, kx, c])];
              sum += input[flatIndex(inputShape, [n, iy, ix, channel])] * weight;
            }
            return dtype === 'float32' ? sum : Math.min(Math.max(sum, -128), 127);
          });
          const codes = dtype === 'float32' ? undefined : quantized(1);
          const explicit: ExplicitPadding = { top, bottom, left, right };
          const attributes = { ...convolution, padding: explicit, strideH: stride[0], strideW: stride[1], depthMultiplier: filters };
          const inputs: Tensor[] = [
            [dtype, inputShape, input, codes],
            [dtype, filterShape, weights, codes],
            [dtype === 'float32' ? 'float32' : 'int32', [outputChannels], bias],
          ];
          const [output] = runKernel(convolutionKernels, type, attributes, inputs, [dtype, outputShape, codes]);
          assertSameData(output as Float32Array, expected, JSON.stringify({ inputShape, filterShape, stride, padding, seed }));
        }),
        { seed: 23, numRuns: 60 },
      );
    });
  }
}

test('float sums are rounded to float32 at every step, in the order of the taps, the bias last', () => {
  const inputs: Tensor[] = [
    ['float32', [1, 1, 3, 1], [2 ** 24, 1, 1]],
    ['float32', [1, 1, 3, 1], [1, 1, 1]],
    ['float32', [1], [1]],
  ];
  for (const type of ['CONV_2D', 'DEPTHWISE_CONV_2D'] as const) {
    const attributes = { ...convolution, depthMultiplier: 1 };
    assert.equal([...runKernel(convolutionKernels, type, attributes, inputs, ['float32', [1, 1, 1, 1]])[0]], [2 ** 24], type);
  }
});

test('a float activation clamps, a missing bias is 0, dilation skips', () => {
  const inputs: Tensor[] = [
    ['float32', [1, 1, 5, 1], [1, 9, 2, 9, 4]],
    ['float32', [2, 1, 3, 1], [1, 1, 1, -1, -1, -1]],
  ];
  const attributes = { ...convolution, dilationW: 2, activation: 'RELU6' } as const;
  assert.equal([...runKernel(convolutionKernels, 'CONV_2D', attributes, inputs, ['float32', [1, 1, 1, 2]])[0]], [6, 0]);
});

const transposed: [padding: Padding, outputShape: number[], expected: number[]][] = [
  // Input 1 2 3, filter 1 10 100, stride 2: 1 10 100+2 20 200+3 30 300; SAME keeps 6 of the 7, the odd one is cut behind.
  ['VALID', [1, 1, 7, 1], [1, 10, 102, 20, 203, 30, 300]],
  ['SAME', [1, 1, 6, 1], [1, 10, 102, 20, 203, 30]],
  ['SAME', [1, 1, 5, 1], [10, 102, 20, 203, 30]],
];
for (const dtype of ['float32', 'uint8'] as const) {
  for (const [padding, outputShape, expected] of transposed) {
    test(`TRANSPOSE_CONV ${dtype} ${padding} [1,3] -> [${outputShape.slice(1, 3)}], with a bias of 1`, () => {
      const codes = dtype === 'float32' ? undefined : quantized(1);
      const inputs: Tensor[] = [
        ints(...outputShape),
        [dtype, [1, 1, 3, 1], [1, 10, 100], codes],
        [dtype, [1, 1, 3, 1], [1, 2, 3], codes],
        [dtype === 'float32' ? 'float32' : 'int32', [1], [1]],
      ];
      const attributes = { ...window, padding, strideW: 2 };
      const [output] = runKernel(transposeConvolutionKernels, 'TRANSPOSE_CONV', attributes, inputs, [dtype, outputShape, codes]);
      const limit = dtype === 'float32' ? 1000 : 255;
      assert.equal(
        [...output],
        expected.map((sum) => Math.min(sum + 1, limit)),
      );
    });
  }
}

test.run();
