// Tests arithmetic on int16 codes against BigInt, tables that TensorFlow Lite publishes, and hand-made sums.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Node, OperatorAttributes } from '../../src/graph/graph';
import { potShifts } from '../../src/quant/operator-multipliers';
import { multiplyByReducedMultiplier } from '../../src/quant/requantize';
import { evaluate } from '../../src/reference/run';
import { GraphBuilder, quantized } from '../support/build';
import { Random } from '../support/random';

test('the multiplication of int64 sums equals that of BigInt for all shifts and magnitudes', () => {
  const random = new Random(1);
  const exact = (x: bigint, multiplier: number, shift: number): number => {
    const reduced = multiplier < 0x7fff0000 ? (multiplier + 0x8000) >> 16 : 0x7fff;
    const right = BigInt(15 - shift);
    return Number(BigInt.asIntN(32, (x * BigInt(reduced) + (1n << (right - 1n))) >> right));
  };
  for (let shift = -31; shift <= 7; shift++) {
    for (const multiplier of [0, 2 ** 30, 0x7fff0000, 0x7ffeffff, 0x7fffffff, random.integer(2 ** 30, 2 ** 31 - 1)]) {
      for (let bits = 0; bits < 48; bits++) {
        for (const sign of [-1, 1]) {
          const x = sign * Math.floor(2 ** bits * (0.5 + random.real() / 2));
          assert.is(multiplyByReducedMultiplier(x, multiplier, shift), exact(BigInt(x), multiplier, shift), `${x} ${multiplier} ${shift}`);
        }
      }
    }
  }
});

/** Output codes of a unary operator. */
function run<T extends 'LOGISTIC' | 'TANH' | 'SOFTMAX'>(
  type: T,
  attributes: OperatorAttributes[T],
  scale: number,
  codes: readonly number[],
): number[] {
  const builder = new GraphBuilder();
  const output = { dtype: 'int16', shape: [codes.length], quantization: quantized(2 ** -15) } as const;
  builder.node(type, attributes, [builder.input('int16', [codes.length], quantized(scale))], output);
  const results = new Int16Array(codes.length);
  evaluate(builder.graph.nodes[0], [Int16Array.from(codes)], [results]);
  return [...results];
}

/** Every third entry of `sigmoid_table_uint16` (tflite/kernels/internal/common.h), from the first on. */
const published = [32768, 34813, 36843, 38841, 40794, 42688, 44511, 46255, 47911, 49475, 50942, 52311, 53581, 54755, 55834, 56823, 57724];

test('LOGISTIC with scale 2^-12 takes the entries of the published table, halved, at multiples of 512', () => {
  const codes = published.map((_, i) => 512 * i);
  assert.equal(
    run('LOGISTIC', {}, 2 ** -12, codes),
    published.map((entry) => Math.floor((entry + 1) / 2)),
  );
  // sigmoid(-x) = 1 - sigmoid(x), but for the rounding.
  assert.equal(
    run('LOGISTIC', {}, 2 ** -12, codes.map((code) => -code).slice(1)),
    published.slice(1).map((entry) => Math.floor((65536 - entry + 0.998) / 2)),
  );
  assert.equal(run('LOGISTIC', {}, 1 / 1024, [32767, -32768]), [32767, 1]);
});

test('TANH is 2 sigmoid(2x) - 1: entries less a half, at multiples of 256', () => {
  const codes = published.map((_, i) => 256 * i);
  assert.equal(
    run('TANH', {}, 2 ** -12, codes),
    published.map((entry) => entry - 32768),
  );
  assert.equal(
    run(
      'TANH',
      {},
      2 ** -12,
      codes.map((code) => -code),
    ),
    published.map((entry) => 32768 - entry),
  );
  assert.equal(run('TANH', {}, 1 / 1024, [32767, -32768]), [32767, -32767]);
});

test('SOFTMAX of equal elements shares one; differences beyond 10 leave about nothing', () => {
  for (const n of [1, 2, 3, 8, 100]) {
    const results = run('SOFTMAX', { beta: 1 }, 1e-3, new Array(n).fill(-7));
    assert.is(new Set(results).size, 1);
    assert.ok(Math.abs(results[0] - 32768 / n) <= 2, `${results[0]} of ${n}`);
  }
  const [large, small] = run('SOFTMAX', { beta: 1 }, 1e-3, [32767, -32768]);
  assert.ok(large >= 32765 && small <= 2, `${large}, ${small}`);
});

/** Sums of two codes each with scales 2^-12 x 2^-`shift` and 2^-12. */
function sum(type: 'ADD' | 'SUB', shift: number, pairs: readonly (readonly [number, number])[], potScaleInt16?: boolean): number[] {
  const builder = new GraphBuilder();
  const shape = [pairs.length];
  const inputs = [2 ** (-12 - shift), 2 ** -12].map((scale) => builder.input('int16', shape, quantized(scale)));
  builder.node(type, { activation: 'NONE', potScaleInt16 }, inputs, { dtype: 'int16', shape, quantization: quantized(2 ** -12) });
  const results = new Int16Array(pairs.length);
  const operands = [0, 1].map((i) => Int16Array.from(pairs, (pair) => pair[i]));
  evaluate(builder.graph.nodes[0], operands, [results]);
  return [...results];
}

test('ADD and SUB with scales of powers of two shift one operand, halves away from zero, and saturate', () => {
  const pairs = [
    [2, 1],
    [-2, 1],
    [1, 0],
    [-1, 0],
    [32767, 32767],
    [-32768, -32768],
  ] as const;
  assert.equal(sum('ADD', 2, pairs), [2, 0, 0, 0, 32767, -32768]);
  assert.equal(sum('SUB', 2, pairs), [0, -2, 0, 0, 8192 - 32767, -8192 + 32768]);
  assert.equal(sum('ADD', 40, pairs), [1, 1, 0, 0, 32767, -32768]);
  assert.equal(sum('ADD', 0, pairs), [3, -1, 1, -1, 32767, -32768]);
  assert.equal(sum('ADD', 2, pairs.slice(4), false), [32767, -32768]);
});

test('the shifts of sums are those of TFLite: absent where a scale is no power of two, refused where both operands would shift', () => {
  const shifts = (a: number, b: number, output: number, potScaleInt16?: boolean) => {
    const builder = new GraphBuilder();
    const inputs = [a, b].map((scale) => builder.input('int16', [1], quantized(scale)));
    builder.node('ADD', { activation: 'NONE', potScaleInt16 }, inputs, { dtype: 'int16', shape: [1], quantization: quantized(output) });
    return potShifts(builder.graph.nodes[0] as Node<'ADD'>);
  };
  assert.equal(shifts(0.25, 0.125, 0.25), [0, 1]);
  assert.equal(shifts(0.25, 0.125, 0.25, true), [0, 1]);
  assert.is(shifts(0.25, 0.125, 0.25, false), undefined);
  assert.is(shifts(0.25, 0.13, 0.25), undefined);
  // Within a thousandth of a power of two, as its logarithm is rounded.
  assert.equal(shifts(0.25, 0.12501, 0.25), [0, 1]);
  assert.throws(() => shifts(0.25, 0.25, 0.5), /powers of two/);
  assert.throws(() => shifts(0.5, 0.25, 0.25), /powers of two/);
});

test.run();
