// Owns the tests of L2_NORMALIZATION beside the golden cases: floats, and rows of zeros.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { normalizationKernels } from '../../src/reference/normalization';
import { quantized } from '../support/build';
import { runKernel } from '../support/kernel';

test('float32 rows get length 1; a row of zeros stays', () => {
  const [output] = runKernel(
    normalizationKernels,
    'L2_NORMALIZATION',
    { activation: 'NONE' },
    [['float32', [2, 2], [3, -4, 0, 0]]],
    ['float32', [2, 2]],
  );
  assert.equal([...output], [Math.fround(0.6), Math.fround(-0.8), 0, 0]);
});

for (const [dtype, zeroPoint] of [
  ['int8', 0],
  ['uint8', 128],
] as const) {
  test(`${dtype}: a row of real zeros gives real zeros`, () => {
    const attributes = { activation: 'NONE' } as const;
    const [output] = runKernel(
      normalizationKernels,
      'L2_NORMALIZATION',
      attributes,
      [[dtype, [3], [9], quantized(1, 9)]],
      [dtype, [3], quantized(1 / 128, zeroPoint)],
    );
    assert.equal([...output], [zeroPoint, zeroPoint, zeroPoint]);
  });
}

test.run();
