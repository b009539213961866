// Owns the tests of QUANTIZE and DEQUANTIZE beside the golden cases: per channel, wide types, float16, values without a code.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { DType, Quantization } from '../../src/graph/graph';
import { float16Values, quantizeKernels } from '../../src/reference/quantize';
import { perChannel, quantized } from '../support/build';
import { count, runKernel, type Tensor } from '../support/kernel';

const quantize = (input: Tensor, dtype: DType, quantization: Quantization) =>
  Array.from(runKernel(quantizeKernels, 'QUANTIZE', {}, [input], [dtype, input[1], quantization])[0], Number);

const dequantize = (input: Tensor) => Array.from(runKernel(quantizeKernels, 'DEQUANTIZE', {}, [input], ['float32', input[1]])[0], Number);

test('QUANTIZE rounds halves away from zero and saturates, also beyond int32', () => {
  const reals = [0.25, -0.25, 0.74, -1.25, 1e30, -1e30, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  assert.equal(quantize(['float32', [8], reals], 'int8', quantized(0.5, 3)), [4, 2, 4, 0, 127, -128, 127, -128]);
  assert.equal(quantize(['float32', [8], reals], 'int16', quantized(0.5)), [1, -1, 1, -3, 32767, -32768, 32767, -32768]);
});

test('QUANTIZE per channel of axis 1 in [2,2,2]: scales 1 and 0.5, zero points 0 and 10', () => {
  const quantization = { scale: [1, 0.5], zeroPoint: [0, 10], axis: 1 };
  assert.equal(quantize(['float32', [2, 2, 2], [1, 2, 1, 2, 3, 4, 3, 4]], 'int8', quantization), [1, 2, 12, 14, 3, 4, 16, 18]);
});

test('DEQUANTIZE per channel of axis 0 in [2,2]: scales 0.1 and 2', () => {
  const expected = [Math.fround(0.1) * 3, Math.fround(0.1) * -4, 6, -8].map(Math.fround);
  assert.equal(dequantize(['int8', [2, 2], [3, -4, 3, -4], perChannel([0.1, 2], 0)]), expected);
});

test('DEQUANTIZE of every int16 at scale 0.1 is the float32 nearest to scale * code', () => {
  const codes = count(65536).map((i) => i - 32768);
  assert.equal(
    dequantize(['int16', [65536], codes, quantized(0.1)]),
    codes.map((code) => Math.fround(Math.fround(0.1) * code) + 0),
  );
});

test('uint8 and int8 of one scale whose zero points differ by 128 convert by 128', () => {
  const codes = count(256);
  assert.equal(
    quantize(['uint8', [256], codes, quantized(0.1, 131)], 'int8', quantized(0.1, 3)),
    codes.map((code) => code - 128),
  );
});

test('QUANTIZE int16 -> int8 and int16 -> int16 round to the nearest code and saturate', () => {
  const codes: Tensor = ['int16', [4], [1000, -1001, 32767, -3], quantized(0.5)];
  assert.equal(quantize(codes, 'int8', quantized(4, 1)), [126, -124, 127, 1]);
  assert.equal(quantize(codes, 'int16', quantized(0.25)), [2000, -2002, 32767, -6]);
});

test('float16: one, smallest, largest, infinities, NaN, signed zero', () => {
  const values = float16Values(Uint16Array.of(0x3c00, 0x0001, 0x7bff, 0xfc00, 0x7c00, 0xc000, 0x3555));
  assert.equal([...values], [1, 2 ** -24, 65504, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, -2, 0.333251953125]);
  assert.ok(Number.isNaN(float16Values(Uint16Array.of(0x7e00))[0]));
  assert.ok(Object.is(float16Values(Uint16Array.of(0x8000))[0], -0));
});

test('float16: positive patterns rise by one unit of their binade', () => {
  const values = float16Values(Uint16Array.from(count(0x7c01)));
  for (let bits = 0; bits < 0x7bff; bits++) {
    const unit = 2 ** (Math.max(bits >> 10, 1) - 25);
    assert.is(values[bits + 1] - values[bits], unit, `from pattern ${bits}`);
  }
});

test('DEQUANTIZE of float16 gives the values of the bits', () => {
  assert.equal(dequantize(['float16', [3], [0x3c00, 0xb800, 0]]), [1, -0.5, 0]);
});

test.run();
