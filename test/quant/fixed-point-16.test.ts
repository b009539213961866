// Tests gemmlowp's fixed-point functions on int16 over all arguments: beside the reals, their symmetry, and gemmlowp's own results.
import { crc32 } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { logistic16, tanh16 } from '../../src/quant/fixed-point-16';

test('logistic is within 7 steps of 2^-15 for all of int16', () => {
  for (let raw = -32768; raw <= 32767; raw++) {
    const real = 32768 / (1 + Math.exp(-raw / 4096));
    assert.ok(Math.abs(logistic16(raw) - real) <= 7, `${raw}: ${logistic16(raw)}, real ${real}`);
  }
  assert.is(logistic16(0), 16384);
});

test('tanh is within 13 steps for every number of integer bits, and odd', () => {
  for (let bits = 0; bits <= 6; bits++) {
    for (let raw = -32767; raw <= 32767; raw++) {
      const real = 32768 * Math.tanh(raw / 2 ** (15 - bits));
      assert.ok(Math.abs(tanh16(raw, bits) - real) <= 13, `${raw} with ${bits}: ${tanh16(raw, bits)}, real ${real}`);
      if (raw > 0) assert.is(tanh16(-raw, bits), -tanh16(raw, bits));
    }
    assert.is(tanh16(0, bits), 0);
  }
});

test('logistic of x and of -x add up to 1, the largest Q0.15', () => {
  for (let raw = 1; raw <= 32767; raw++) assert.is(logistic16(raw) + logistic16(-raw), 32767);
});

/** CRC-32 of the results for -32768 to 32767, as int16 in little-endian order. */
function checksum(f: (raw: number) => number): number {
  return crc32(new Uint8Array(Int16Array.from({ length: 65536 }, (_, i) => f(i - 32768)).buffer));
}

test('all results are those of gemmlowp, compiled from fixedpoint/fixedpoint.h', () => {
  assert.is(checksum(logistic16), 2310271886);
  assert.equal(
    [0, 1, 2, 3, 4, 5, 6].map((bits) => checksum((raw) => tanh16(raw, bits))),
    [2739460856, 3380206877, 1949260215, 1890749950, 558921650, 979980552, 853570734],
  );
});

test.run();
