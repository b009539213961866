// Tests that hostile TensorFlow.js models end in ModelError and nothing else: cut, changed and absurd.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ErrorCode, ModelError } from '../../../../src/errors';
import { importTfjs } from '../../../../tools/import/tfjs/import';
import { dependencyOrder } from '../../../../tools/import/tfjs/order';
import { Random } from '../../../support/random';
import { bytesOfJson, graphFile, type TfjsFile } from './file';
import { absurdFile, changedFile, everyLayer, everyOperator, survives } from './mutations';

const models = [
  ['layers', everyLayer],
  ['a graph', everyOperator],
] as const;

const refuses = (file: TfjsFile, code: ErrorCode): void =>
  assert.throws(
    () => importTfjs(bytesOfJson(file), file.shards),
    (error: unknown) => error instanceof ModelError && error.code === code && error.message.length < 1000,
  );

for (const [title, file] of models) {
  test(`${title}: model.json cut short anywhere ends in ModelError`, () => {
    const bytes = bytesOfJson(file);
    assert.ok(survives(bytes, file.shards, 'the whole file'));
    for (let length = 0; length < bytes.length; length += 7)
      assert.not.ok(survives(bytes.subarray(0, length), file.shards, `cut to ${length}`));
  });

  test(`${title}: shards of another length than their weights -> malformed`, () => {
    const [[path, whole]] = file.shards;
    for (const length of [0, 1, whole.length - 1, whole.length + 1]) {
      const other = new Uint8Array(length);
      refuses({ ...file, shards: new Map([[path, other]]) }, 'malformed');
    }
    refuses({ ...file, shards: new Map() }, 'malformed');
  });

  test(`${title}: 1000 files with members exchanged end in ModelError or load`, () => {
    const generator = new Random(13);
    let accepted = 0;
    for (let i = 0; i < 1000; i++) {
      const { bytes, context } = absurdFile(file, generator);
      if (survives(bytes, file.shards, `file ${i}: ${context}`)) accepted++;
    }
    assert.ok(accepted > 30 && accepted < 970, `${accepted} of 1000 were accepted`);
  });

  test(`${title}: 1000 files with bytes changed end in ModelError or load`, () => {
    const generator = new Random(11);
    let accepted = 0;
    for (let i = 0; i < 1000; i++) {
      const { bytes, context } = changedFile(bytesOfJson(file), generator);
      if (survives(bytes, file.shards, context)) accepted++;
    }
    assert.ok(accepted > 30 && accepted < 970, `${accepted} of 1000 were accepted`);
  });
}

test('a chain of 100,000 items is ordered without recursion, and a circle is found', () => {
  const circle = (item: number): never => {
    throw new Error(`circle at ${item}`);
  };
  const order = dependencyOrder([100_000], (i) => (i > 0 ? [i - 1] : []), circle);
  assert.equal([order.length, order[0], order.at(-1)], [100_001, 0, 100_000]);
  assert.throws(() => dependencyOrder([0], (i) => [(i + 1) % 5], circle), /circle at 0/);
});

const relu = (name: string, input: string) => ({ op: 'Relu', name, inputs: [input] });

test('lists within lists, 100,000 deep, end in ModelError wherever they stand', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  for (const file of [everyLayer, everyOperator]) {
    const text = new TextDecoder().decode(bytesOfJson(file));
    const places = [...text.matchAll(/(?<=":)(?:\[[^[\]{}]*\]|"[^"]*"|\d+)|(?<="inbound_nodes":\[\[)\[/g)];
    assert.ok(places.length > 100);
    for (let i = 0; i < places.length; i += 11) {
      const [found] = places[i];
      const { index } = places[i];
      const changed = `${text.slice(0, index)}${deep}${found === '[' ? ',[' : ''}${text.slice(index + found.length)}`;
      survives(new TextEncoder().encode(changed), file.shards, text.slice(index - 40, index));
    }
  }
});

test('names may be __proto__ and constructor', () => {
  const nodes = [relu('constructor', '__proto__'), relu('toString', 'constructor')];
  const file = graphFile({ inputs: Object.fromEntries([['__proto__', [1, 4]]]), nodes, outputs: ['toString'] });
  const graph = importTfjs(bytesOfJson(file), file.shards);
  assert.equal(
    graph.values.map(({ name }) => name),
    ['__proto__', 'constructor', 'toString'],
  );
});

test.run();
