// Owns the tests of CONCATENATION beside the golden cases: dtypes and which quantizations are converted.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { concatenationKernels } from '../../src/reference/concatenation';
import { quantized } from '../support/build';
import { count, runKernel, type Tensor } from '../support/kernel';

const alongLast = { axis: -1, activation: 'NONE' } as const;

test('CONCATENATION of int64 [2,1] and [2,2] along axis -1', () => {
  const inputs: Tensor[] = [
    ['int64', [2, 1], [1, 2]],
    ['int64', [2, 2], [3, 4, 5, 6]],
  ];
  const [output] = runKernel(concatenationKernels, 'CONCATENATION', alongLast, inputs, ['int64', [2, 3]]);
  assert.equal([...output], [1n, 3n, 4n, 2n, 5n, 6n]);
});

test('CONCATENATION of float32 scalars in vectors with an empty input between', () => {
  const inputs: Tensor[] = [
    ['float32', [1], [0.5]],
    ['float32', [0], []],
    ['float32', [1], [-0.25]],
  ];
  const [output] = runKernel(concatenationKernels, 'CONCATENATION', alongLast, inputs, ['float32', [2]]);
  assert.equal([...output], [0.5, -0.25]);
});

test('uint8 of scale 1/2, zero point 10 under scale 1, zero point 20: code q becomes round((q - 10) / 2) + 20, halves away from 0', () => {
  const [output] = runKernel(
    concatenationKernels,
    'CONCATENATION',
    alongLast,
    [['uint8', [256], count(256), quantized(0.5, 10)]],
    ['uint8', [256], quantized(1, 20)],
  );
  const expected = count(256).map((q) => Math.sign(q - 10) * Math.floor((Math.abs(q - 10) + 1) / 2) + 20);
  assert.equal([...output], expected);
});

test('uint8 that does not fit saturates: scale 4 under scale 1', () => {
  const input: Tensor = ['uint8', [3], [0, 100, 255], quantized(4, 100)];
  const [output] = runKernel(concatenationKernels, 'CONCATENATION', alongLast, [input], ['uint8', [3], quantized(1, 7)]);
  assert.equal([...output], [0, 7, 255]);
});

test('int8 codes are copied even when quantizations differ', () => {
  const input: Tensor = ['int8', [3], [-128, 0, 127], quantized(0.5, 10)];
  const [output] = runKernel(concatenationKernels, 'CONCATENATION', alongLast, [input], ['int8', [3], quantized(1, 20)]);
  assert.equal([...output], [-128, 0, 127]);
});

test.run();
