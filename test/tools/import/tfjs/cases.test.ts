// Tests the import of every Keras layer and graph operator, by what TensorFlow.js gave for the same model, or by definition.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { converters } from '../../../../tools/import/tfjs/graph/operators';
import { layers } from '../../../../tools/import/tfjs/layers';
import { assertAlike, deviation, imported, runGraph } from './compare';
import { layerCases } from './layer-cases';
import { operatorCases } from './operator-cases';
import { readRecorded, sampled } from './recorded';

const recorded = readRecorded();

for (const { title, file, inputs, expected } of [...layerCases, ...operatorCases]) {
  test(title, () => {
    const graph = imported(file);
    const actual = runGraph(graph, inputs);
    if (expected) {
      const wanted = expected();
      assertAlike(
        graph,
        actual,
        wanted.map((data, i) => ({ shape: actual[i].shape, data })),
        1e-5,
      );
      return;
    }
    const outputs = recorded[title];
    assert.equal(
      actual.map(({ shape }) => shape),
      outputs.map(([shape]) => shape),
    );
    for (const [i, [, elements]] of outputs.entries())
      assert.ok(deviation(sampled(actual[i]), elements) < 2e-5, `output ${i}: ${sampled(actual[i])}, recorded ${elements}`);
  });
}

test('titles are unique, and nothing is recorded for a case that is gone', () => {
  const titles = [...layerCases, ...operatorCases].map(({ title }) => title);
  assert.is(new Set(titles).size, titles.length);
  assert.equal(
    Object.keys(recorded).filter((title) => !titles.includes(title)),
    [],
  );
});

test('every layer of the table has a case', () => {
  const covered = new Set(layerCases.map(({ title }) => title.split(',')[0]));
  // Twins of layers that have one.
  const twins = [
    'ActivityRegularization',
    'AlphaDropout',
    'GaussianDropout',
    'PixelShuffle3x',
    'PixelShuffle4x',
    'PixelShuffle8x',
    'SpatialDropout2D',
  ];
  assert.equal(
    [...layers.keys()].filter((layer) => !covered.has(layer) && !twins.includes(layer)),
    [],
  );
});

test('every operator of the table has a case', () => {
  const covered = new Set(operatorCases.map(({ title }) => title.split(',')[0]));
  const twins = ['FusedBatchNorm', 'FusedBatchNormV2', 'Gather', 'BatchMatMul', 'Mod', 'EnsureShape'];
  assert.equal(
    [...converters.keys()].filter((op) => !covered.has(op) && !twins.includes(op)),
    [],
  );
});

test('the README of the tools lists layers and operators', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../../tools/README.md'), 'utf8').split('## TensorFlow.js')[1];
  for (const [name, table] of [
    ['Layers', layers],
    ['Operators', converters],
  ] as const) {
    const [, list] = new RegExp(`${name}: ([^.]+)\\.`).exec(text)!;
    assert.equal(list.split(/,\s+/), [...table.keys()]);
  }
});

test.run();
