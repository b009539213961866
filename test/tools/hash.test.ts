// Owns the tests of tools/hash.ts: known digests, sums, what a graph's hash sees.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { addHashes, hashGraph, sha256 } from '../../tools/hash';
import { GraphBuilder } from '../support/build';

test('sha256 of text, bytes and parts (FIPS 180-2, appendix B.1)', () => {
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  assert.equal([sha256('abc'), sha256(Uint8Array.of(97, 98, 99)), sha256('a', Uint8Array.of(98), 'c')], [abc, abc, abc]);
});

test('hashes add modulo 2^256, in any order and grouping', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((text) => sha256(text));
  assert.is(addHashes([addHashes([c, a]), b]), addHashes([a, b, c]));
  assert.is(addHashes(['f'.repeat(64), `${'0'.repeat(63)}2`]), `${'0'.repeat(63)}1`);
  assert.is(addHashes([]), '0'.repeat(64));
});

test("a graph's hash changes with one weight and with one name, and with nothing else", () => {
  const hash = (weight: number, name: string) => {
    const g = new GraphBuilder();
    const [out] = g.node('MUL', { activation: 'NONE' }, [g.input('float32', [2]), g.constant('float32', [1], [weight])], {
      dtype: 'float32',
    });
    out.name = name;
    return hashGraph(g.outputs(out));
  };
  assert.is(hash(1, 'y'), hash(1, 'y'));
  assert.is(new Set([hash(1, 'y'), hash(2, 'y'), hash(1, 'z')]).size, 3);
});

test.run();
