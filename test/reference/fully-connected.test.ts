// Owns the tests of FULLY_CONNECTED beside the golden cases: floats, batches, a missing bias, weights with a zero point.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { convolutionKernels } from '../../src/reference/convolution';
import { quantized } from '../support/build';
import { runKernel, type Tensor } from '../support/kernel';

const attributes = { activation: 'NONE', keepNumDims: false } as const;

test('float32: two rows of three, two outputs, bias', () => {
  const inputs: Tensor[] = [
    ['float32', [2, 3], [1, 2, 3, 4, 5, 6]],
    ['float32', [2, 3], [1, 0, -1, 0.5, 0.5, 0.5]],
    ['float32', [2], [10, 20]],
  ];
  assert.equal([...runKernel(convolutionKernels, 'FULLY_CONNECTED', attributes, inputs, ['float32', [2, 2]])[0]], [8, 23, 8, 27.5]);
});

test('float32: RELU clamps, no bias, keepNumDims leaves the data alone', () => {
  const inputs: Tensor[] = [
    ['float32', [1, 2, 2], [1, 2, 3, 4]],
    ['float32', [1, 2], [1, -1.5]],
  ];
  const relu = { activation: 'RELU', keepNumDims: true } as const;
  assert.equal([...runKernel(convolutionKernels, 'FULLY_CONNECTED', relu, inputs, ['float32', [1, 2, 1]])[0]], [0, 0]);
});

test('int8 weights with one scale may have a zero point', () => {
  const inputs: Tensor[] = [
    ['int8', [1, 2], [3, 4], quantized(1, 1)],
    ['int8', [1, 2], [7, 8], quantized(1, 5)],
  ];
  // (3 - 1) * (7 - 5) + (4 - 1) * (8 - 5), and the output's zero point.
  assert.equal([...runKernel(convolutionKernels, 'FULLY_CONNECTED', attributes, inputs, ['int8', [1, 1], quantized(1, -4)])[0]], [9]);
});

test.run();
