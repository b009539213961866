// Owns the tests of CAST: all pairs of element types.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/errors';
import { allocate, type DType, type TensorData } from '../../src/graph/graph';
import type { ReferenceKernel } from '../../src/reference/kernel';
import { quantizeKernels } from '../../src/reference/quantize';
import { GraphBuilder } from '../support/build';

function cast(from: DType, data: TensorData, to: DType): (number | bigint)[] {
  const builder = new GraphBuilder();
  const input = builder.input(from, [data.length]);
  builder.node('CAST', {}, [input], { dtype: to, shape: [data.length] });
  const output = allocate(to, data.length);
  (quantizeKernels.CAST as ReferenceKernel<never>)(builder.graph.nodes[0] as never, [data], [output]);
  return Array.from<number | bigint>(output);
}

const reals = Float32Array.of(2.9, -2.9, 300, -300, 1e20, -1e20, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);

const saturated: [DType, (number | bigint)[]][] = [
  ['int8', [2, -2, 127, -128, 127, -128, 127, 127, -128]],
  ['uint8', [2, 0, 255, 0, 255, 0, 255, 255, 0]],
  ['int16', [2, -2, 300, -300, 32767, -32768, 32767, 32767, -32768]],
  ['int32', [2, -2, 300, -300, 2147483647, -2147483648, 2147483647, 2147483647, -2147483648]],
  ['int64', [2n, -2n, 300n, -300n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 63n - 1n, 2n ** 63n - 1n, -(2n ** 63n)]],
  ['bool', [1, 1, 1, 1, 1, 1, 1, 1, 1]],
];
for (const [to, expected] of saturated) {
  test(`float32 to ${to} truncates and saturates, NaN to the maximum`, () => {
    assert.equal(cast('float32', reals, to), expected);
  });
}

test('float32 to int64 saturates from 2^63 on', () => {
  const largest = 2 ** 63 - 2 ** 39;
  assert.equal(cast('float32', Float32Array.of(2 ** 63, largest), 'int64'), [2n ** 63n - 1n, BigInt(largest)]);
});

const wrapped: [DType, (number | bigint)[]][] = [
  ['int8', [44, -44, 0]],
  ['uint8', [44, 212, 0]],
  ['int16', [300, -300, 0]],
  ['int32', [300, -300, 65536]],
  ['int64', [300n, -300n, 65536n]],
  ['bool', [1, 1, 1]],
  ['float32', [300, -300, 65536]],
];
for (const [to, expected] of wrapped) {
  test(`int32 and int64 to ${to} keep the low bits`, () => {
    assert.equal(cast('int32', Int32Array.of(300, -300, 65536), to), expected);
    assert.equal(cast('int64', BigInt64Array.of(300n, -300n, 65536n), to), expected);
  });
}

test('int64 beyond 32 bits: low bits for integers, nonzero for bool', () => {
  const data = BigInt64Array.of(2n ** 40n + 5n, -(2n ** 62n));
  assert.equal(cast('int64', data, 'int32'), [5, 0]);
  assert.equal(cast('int64', data, 'int8'), [5, 0]);
  assert.equal(cast('int64', data, 'bool'), [1, 1]);
});

test('int64 to float32 rounds once: 2^60 + 2^36 is a tie that one more unit breaks', () => {
  const tie = 2n ** 60n + 2n ** 36n;
  const up = 2 ** 60 + 2 ** 37;
  assert.equal(cast('int64', BigInt64Array.of(tie, tie + 1n, -tie, -tie - 1n, tie - 1n), 'float32'), [
    2 ** 60,
    up,
    -(2 ** 60),
    -up,
    2 ** 60,
  ]);
  assert.equal(cast('int64', BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n), 2n ** 24n + 1n), 'float32'), [2 ** 63, -(2 ** 63), 2 ** 24]);
});

test('small integer types and bool', () => {
  assert.equal(cast('uint8', Uint8Array.of(0, 128, 255), 'int8'), [0, -128, -1]);
  assert.equal(cast('int8', Int8Array.of(-1, 5), 'uint8'), [255, 5]);
  assert.equal(cast('int8', Int8Array.of(-1, 5), 'int64'), [-1n, 5n]);
  assert.equal(cast('int16', Int16Array.of(-300, 0), 'float32'), [-300, 0]);
  assert.equal(cast('bool', Uint8Array.of(0, 1), 'float32'), [0, 1]);
  assert.equal(cast('bool', Uint8Array.of(0, 1), 'int64'), [0n, 1n]);
  assert.equal(cast('float32', Float32Array.of(0, -0, 0.1), 'bool'), [0, 0, 1]);
  assert.equal(cast('float32', Float32Array.of(0.1, -7), 'float32'), [Math.fround(0.1), -7]);
});

test('float16 is read by value and refused as a result', () => {
  assert.equal(cast('float16', Uint16Array.of(0x3c00, 0xc500, 0x7e00), 'int32'), [1, -5, 2147483647]);
  assert.equal(cast('float16', Uint16Array.of(0x3800), 'float32'), [0.5]);
  assert.throws(
    () => cast('float32', Float32Array.of(1), 'float16'),
    (error: unknown) => error instanceof ModelError && error.code === 'unsupported-feature',
  );
});

test.run();
