// Tests tools/random.ts: streams are reproducible, in range, and different for neighbouring seeds.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fillRandom, Random } from '../../tools/random';

test('xorshift32 by hand: 1 -> 270369 -> 67634689; 0 is taken as 1', () => {
  const random = new Random(1);
  assert.equal([random.bits(), random.bits()], [270369, 67634689]);
  assert.is(new Random(0).bits(), 270369);
});

test('streams repeat for equal seeds and differ for neighbouring seeds and indices', () => {
  const draw = (seed: number, index: number) => Random.stream(seed, index).bits();
  assert.is(draw(5, 7), draw(5, 7));
  assert.is(new Set([draw(0, 0), draw(0, 1), draw(1, 0), draw(1, 1), draw(2, 0)]).size, 5);
});

test('uniform, index and normal stay in their ranges and reach both halves', () => {
  const random = Random.stream(1);
  const uniforms = Array.from({ length: 1000 }, () => random.uniform(-2, 3));
  assert.ok(uniforms.every((x) => x >= -2 && x < 3) && Math.min(...uniforms) < -1.9 && Math.max(...uniforms) > 2.9);
  assert.equal([...new Set(Array.from({ length: 100 }, () => random.index(3)))].sort(), [0, 1, 2]);
  const normals = Array.from({ length: 4000 }, () => random.normal(2));
  const variance = normals.reduce((sum, x) => sum + x * x, 0) / normals.length;
  assert.ok(Math.abs(variance - 4) < 0.3 && normals.every((x) => Math.abs(x) < 7), `${variance}`);
});

test('fillRandom fills 8-bit and float arrays and leaves indices alone', () => {
  const arrays = [new Uint8Array(64), new Int8Array(64), new Float32Array(64), new Int32Array(64)] as const;
  fillRandom(arrays);
  assert.ok(arrays[0].some((code) => code > 127) && arrays[1].some((code) => code < 0));
  assert.ok(arrays[2].every((x) => x >= -1 && x < 1) && arrays[2].some((x) => x < 0));
  assert.ok(arrays[3].every((x) => x === 0));
});

test.run();
