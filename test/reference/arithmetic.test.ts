// Owns the tests of binary operators beside the golden cases: plain dtypes, broadcasting, division, refusals.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import type { Activation, DType, OperatorAttributes } from '../../src/graph/graph';
import { arithmeticKernels } from '../../src/reference/arithmetic';
import { quantized } from '../support/build';
import { runKernel, type Tensor } from '../support/kernel';

type Binary = 'ADD' | 'SUB' | 'MUL' | 'DIV' | 'FLOOR_DIV' | 'FLOOR_MOD' | 'POW' | 'SQUARED_DIFFERENCE' | 'MAXIMUM' | 'MINIMUM';

function compute(type: Binary, dtype: DType, a: number[], b: number[], activation: Activation = 'NONE'): (number | bigint)[] {
  const inputs: Tensor[] = [
    [dtype, [a.length], a],
    [dtype, [b.length], b],
  ];
  const attributes: OperatorAttributes[Binary] = { activation };
  const [output] = runKernel(arithmeticKernels, type, attributes, inputs, [dtype, [Math.max(a.length, b.length)]]);
  return Array.from<number | bigint, number | bigint>(output, (element) => element);
}

const max = 2 ** 31 - 1;
const floatMax = new Float32Array(new Uint32Array([0x7f7fffff]).buffer)[0];
const cases: [Binary, DType, number[], number[], (number | bigint)[], Activation?][] = [
  ['ADD', 'float32', [1, 2, 2 ** 24], [0.5, -3, 1], [1.5, -1, 2 ** 24]],
  ['SUB', 'float32', [1, 9, -4], [2], [0, 6, 0], 'RELU6'],
  ['MUL', 'float32', [1 + 2 ** -23, 3], [1 + 2 ** -23, -2], [1 + 2 ** -22, -6]],
  ['DIV', 'float32', [1, 1, -1], [4, 0, 0], [0.25, floatMax, -floatMax]],
  ['FLOOR_DIV', 'float32', [7, -7, 7, -7], [2, 2, -2, -2], [3, -4, -4, 3]],
  ['FLOOR_MOD', 'float32', [7, -7, 7, -7, 5.5], [2, 2, -2, -2, 0], [1, 1, -1, -1, Number.NaN]],
  ['POW', 'float32', [2, 9, -2], [-1, 0.5, 3], [0.5, 3, -8]],
  ['SQUARED_DIFFERENCE', 'float32', [1, 2 ** 24], [3, -1], [4, 2 ** 48]],
  ['MAXIMUM', 'float32', [1, -2], [0], [1, 0]],
  ['ADD', 'int32', [max, -5], [1, 7], [-max - 1, 2]],
  ['SUB', 'int32', [-max - 1, 5], [1, 7], [max, -2]],
  ['MUL', 'int32', [65537, -3], [65537, 5], [131073, -15]],
  ['MUL', 'int32', [4, -4], [2], [6, 0], 'RELU6'],
  ['DIV', 'int32', [7, -7, 7], [2, 2, -2], [3, -3, -3]],
  ['FLOOR_DIV', 'int32', [7, -7, 7, -8], [2, 2, -2, 4], [3, -4, -4, -2]],
  ['FLOOR_MOD', 'int32', [7, -7, 7, -8], [2, 2, -2, 4], [1, 1, -1, 0]],
  ['POW', 'int32', [2, -3, 7], [10, 3, 0], [1024, -27, 1]],
  ['SQUARED_DIFFERENCE', 'int32', [1, 70000], [3, 0], [4, 605032704]],
  ['MINIMUM', 'int32', [3, -3], [0], [0, -3]],
  ['ADD', 'int64', [2 ** 52, -5], [1], [2n ** 52n + 1n, -4n]],
  ['SUB', 'int64', [1], [3], [-2n]],
  ['MUL', 'int64', [2 ** 40, 3], [2 ** 30, -2], [0n, -6n].map((n, i) => (i === 0 ? BigInt.asIntN(64, 2n ** 70n) : n))],
  ['FLOOR_MOD', 'int64', [7, -7], [4, 4], [3n, 1n]],
  ['MAXIMUM', 'int64', [2, -2], [0], [2n, 0n]],
  ['MAXIMUM', 'int8', [-128, 5], [3], [3, 5]],
  ['MINIMUM', 'uint8', [200, 5], [100], [100, 5]],
];
for (const [type, dtype, a, b, expected, activation] of cases) {
  test(`${type} ${dtype} ${activation ?? ''} [${a}] and [${b}] is [${expected}]`, () => {
    assert.equal(compute(type, dtype, a, b, activation), expected);
  });
}

const refused: [Binary, DType, number[], number[], string][] = [
  ['DIV', 'int32', [1, 2], [1, 0], 'bad-data'],
  ['FLOOR_DIV', 'int32', [1, 2], [1, 0], 'bad-data'],
  ['FLOOR_DIV', 'float32', [1, 2], [1, 0], 'bad-data'],
  ['FLOOR_MOD', 'int32', [1, 2], [1, 0], 'bad-data'],
  ['FLOOR_MOD', 'int64', [1], [0], 'bad-data'],
  ['POW', 'int32', [2, 2], [1, -1], 'bad-data'],
  ['DIV', 'int64', [1], [1], 'bad-dtype'],
];
for (const [type, dtype, a, b, code] of refused) {
  test(`${type} ${dtype} of [${a}] by [${b}] throws ${code}`, () => {
    assert.throws(
      () => compute(type, dtype, a, b),
      (error: unknown) => error instanceof ModelError && error.code === code && error.where === `${type} #0`,
    );
  });
}

test('operands broadcast both ways, up to 6 dimensions', () => {
  const inputs: Tensor[] = [
    ['int32', [1, 2, 1, 1, 1, 2], [1, 2, 3, 4]],
    ['int32', [3, 1], [10, 20, 30]],
  ];
  const [output] = runKernel(arithmeticKernels, 'ADD', { activation: 'NONE' }, inputs, ['int32', [1, 2, 1, 1, 3, 2]]);
  assert.equal([...output], [11, 12, 21, 22, 31, 32, 13, 14, 23, 24, 33, 34]);
});

test('SQUARED_DIFFERENCE int8 is within a code of the real one, and saturates', () => {
  const codes = Array.from({ length: 256 }, (_, i) => i - 128);
  const [a, b, result] = [quantized(0.05, 3), quantized(0.03, -5), quantized(0.1, -20)];
  const inputs: Tensor[] = [
    ['int8', [256, 1], codes, a],
    ['int8', [256], codes, b],
  ];
  const [output] = runKernel(arithmeticKernels, 'SQUARED_DIFFERENCE', {}, inputs, ['int8', [256, 256], result]);
  output.forEach((code, i) => {
    const difference = a.scale[0] * (codes[i >> 8] - 3) - b.scale[0] * (codes[i & 255] + 5);
    const real = Math.min(difference ** 2 / result.scale[0] - 20, 127);
    assert.ok(Math.abs(Number(code) - real) < 0.6, `element ${i} is ${code}, expected ${real}`);
  });
});

test('float PRELU takes the slope of the channel below zero only', () => {
  const inputs: Tensor[] = [
    ['float32', [2, 2], [-2, -2, 3, 0]],
    ['float32', [2], [0.5, -1]],
  ];
  assert.equal([...runKernel(arithmeticKernels, 'PRELU', {}, inputs, ['float32', [2, 2]])[0]], [-1, 2, 3, 0]);
});

const codes = Array.from({ length: 256 }, (_, i) => i);
const quotients: ['int8' | 'uint8', zeroPointA: number, zeroPointB: number, outputScale: number][] = [
  ['uint8', 0, 0, 1 / 32],
  ['uint8', 128, 77, 1 / 100],
  ['int8', -5, -128, 1 / 64],
  ['int8', 0, 0, 2],
];
for (const [dtype, zeroPointA, zeroPointB, outputScale] of quotients) {
  test(`DIV ${dtype}, zero points ${zeroPointA}, ${zeroPointB}, output scale ${outputScale}: within one code of the quotient`, () => {
    const lowest = dtype === 'int8' ? -128 : 0;
    const all = codes.map((i) => i + lowest);
    const [scaleA, scaleB] = [0.02, 0.01].map(Math.fround);
    const zero = lowest + 100;
    for (const b of all.filter((code) => code !== zeroPointB)) {
      const inputs: Tensor[] = [
        [dtype, [256], all, quantized(scaleA, zeroPointA)],
        [dtype, [1], [b], quantized(scaleB, zeroPointB)],
      ];
      const [output] = runKernel(arithmeticKernels, 'DIV', { activation: 'NONE' }, inputs, [dtype, [256], quantized(outputScale, zero)]);
      all.forEach((a, i) => {
        const real = ((a - zeroPointA) * scaleA) / ((b - zeroPointB) * scaleB * outputScale) + zero;
        const clamped = Math.min(Math.max(real, lowest), lowest + 255);
        assert.ok(Math.abs(Number(output[i]) - clamped) <= 0.51, `codes ${a} / ${b}: ${output[i]}, expected ${clamped}`);
      });
    }
  });
}

test('DIV uint8 by a code of real zero throws bad-data', () => {
  const inputs: Tensor[] = [
    ['uint8', [1], [3], quantized(1)],
    ['uint8', [1], [9], quantized(1, 9)],
  ];
  assert.throws(
    () => runKernel(arithmeticKernels, 'DIV', { activation: 'NONE' }, inputs, ['uint8', [1], quantized(1)]),
    (error: unknown) => error instanceof ModelError && error.code === 'bad-data',
  );
});

test.run();
