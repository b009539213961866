// Tests tools/import/graph-builder.ts: unique names, folding of constants, renaming.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ImportAccount } from '../../../tools/import/account';
import { GraphBuilder } from '../../../tools/import/graph-builder';

test('names are made unique in the order of their values', () => {
  const builder = new GraphBuilder('graph', '', new ImportAccount(0));
  const names = ['a', 'a', 'a_1', 'a'].map((name) => builder.ints(name, [1]).name);
  assert.is(new Set(names).size, 4);
  assert.is(names[0], 'a');
});

test('a node of constants becomes its result, one of inputs stays and has an inferred shape', () => {
  const builder = new GraphBuilder('graph', '', new ImportAccount(0));
  const [one, two] = [Float32Array.of(1, 2), Float32Array.of(3, 4)].map((data, i) => builder.floats(`c${i}`, [2], () => data));
  const sum = builder.node('ADD', { activation: 'NONE' }, [one, two], 'sum');
  assert.equal(sum.data, Float32Array.of(4, 6));
  assert.is(builder.producer(sum), undefined);
  const input = builder.value('input', 'float32', [3, 2]);
  const result = builder.node('ADD', { activation: 'NONE' }, [input, sum], 'result');
  assert.equal([result.shape, result.data, builder.graph.nodes.length], [[3, 2], undefined, 1]);
  assert.is(builder.producer(result), builder.graph.nodes[0]);
});

test('rename: computed values swap names; inputs keep theirs', () => {
  const builder = new GraphBuilder('graph', '', new ImportAccount(0));
  const input = builder.value('input', 'float32', [2]);
  const [first, second] = ['first', 'second'].map((name) => builder.node('RELU', {}, [input], name));
  builder.rename(second, 'first');
  assert.equal([first.name, second.name], ['second', 'first']);
  builder.rename(second, 'input');
  assert.equal([input.name, second.name], ['input', 'first']);
});

test.run();
