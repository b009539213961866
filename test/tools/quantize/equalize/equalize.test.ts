// Tests cross-layer equalization and absorption of biases: the float function stays, ranges even out.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { copyGraph } from '../../../../src/graph/copy';
import type { Graph } from '../../../../src/graph/graph';
import { collectStatistics } from '../../../../tools/calibrate/statistics';
import { schemeOf } from '../../../../tools/quantize/build/scheme';
import { absorbBiases } from '../../../../tools/quantize/equalize/absorb-biases';
import { equalize } from '../../../../tools/quantize/equalize/equalize';
import { prepareFloat } from '../../../../tools/quantize/prepare';
import { GraphBuilder } from '../../../support/build';
import { floatNetwork, networkSamples, observeFloat } from '../../../support/float-network';

const samples = networkSamples(16);
const spread = (c: number) => 2 ** (c - 4);

function assertSameOutputs(a: Graph, b: Graph, inputs: Float32Array[][], what: string): void {
  for (const [i, sample] of inputs.entries()) {
    const [expected, actual] = [observeFloat(a, sample).scores, observeFloat(b, sample).scores];
    expected.forEach((value, k) => {
      assert.ok(Math.abs(value - actual[k]) < 1e-5, `${what}, sample ${i}, output ${k}: ${value} became ${actual[k]}`);
    });
  }
}

/** Largest over smallest maximum of a value's channels, dead ones left out. */
async function imbalance(graph: Graph, name: string): Promise<number> {
  const value = graph.values.find((entry) => entry.name === name)!;
  const max = [...(await collectStatistics(graph, samples)).get(value.id)!.max].filter((entry) => entry > 1e-3);
  return Math.max(...max) / Math.min(...max);
}

for (const scheme of ['int8', 'uint8'] as const) {
  test(`${scheme}, RELU: outputs stay on unseen samples, and channels 2^-4 to 2^3 apart come together`, async () => {
    const graph = prepareFloat(floatNetwork({ seed: 5, spread }));
    const scaled = copyGraph(graph);
    const { factors } = equalize(scaled, await collectStatistics(graph, samples), schemeOf({ name: scheme }).weights);
    const idOf = (name: string) => graph.values.find((value) => value.name === name)!.id;
    assert.ok(factors.has(idOf('depthwise')));
    assert.not.ok(factors.has(idOf('scores')));
    assertSameOutputs(graph, scaled, networkSamples(8, 99), `seed 5, ${scheme}`);
    const [before, after] = [await imbalance(graph, 'depthwise'), await imbalance(scaled, 'depthwise')];
    assert.ok(after < before / 4, `imbalance ${before} became ${after}`);
  });

  test(`${scheme}, RELU6: outputs stay on the samples, clipping channels included`, async () => {
    const graph = prepareFloat(floatNetwork({ seed: 6, activation: 'RELU6', spread }));
    const statistics = await collectStatistics(graph, samples);
    const depthwise = graph.values.find(({ name }) => name === 'depthwise')!;
    assert.ok(
      statistics.get(depthwise.id)!.max.some((max) => max === 6),
      'the case clips',
    );
    const scaled = copyGraph(graph);
    equalize(scaled, statistics, schemeOf({ name: scheme }).weights);
    assertSameOutputs(graph, scaled, samples, `seed 6, ${scheme}`);
  });
}

test('absorption moves what is always there into the next bias; outputs stay on the samples', async () => {
  const b = new GraphBuilder();
  const dense = { activation: 'RELU' as const, keepNumDims: false };
  const input = b.input('float32', [1, 192]);
  const weights = b.constant('float32', [2, 192], [0.001, -0.002, 0.003]);
  const [hidden] = b.node('FULLY_CONNECTED', dense, [input, weights, b.constant('float32', [2], [10, 0])], {
    dtype: 'float32',
    name: 'hidden',
  });
  const [scores] = b.node(
    'FULLY_CONNECTED',
    { ...dense, activation: 'NONE' },
    [hidden, b.constant('float32', [2, 2], [1, 2, 3, 4]), b.constant('float32', [2], [0])],
    { dtype: 'float32', name: 'scores' },
  );
  const graph = prepareFloat(b.outputs(scores));
  const absorbed = copyGraph(graph);
  assert.equal([...absorbBiases(absorbed, await collectStatistics(graph, samples)).keys()], [hidden.id]);
  assertSameOutputs(graph, absorbed, samples, 'bias 10');
  const statistics = (await collectStatistics(absorbed, samples)).get(hidden.id)!;
  assert.ok(statistics.min[0] < 1e-4 && statistics.max[0] < 2, `channel 0 is now ${statistics.min[0]} to ${statistics.max[0]}`);
});

test('absorption leaves channels before padded layers alone', async () => {
  const graph = prepareFloat(floatNetwork({ seed: 8 }));
  const before = copyGraph(graph);
  absorbBiases(graph, await collectStatistics(graph, samples));
  assertSameOutputs(before, graph, samples, 'seed 8');
});

test.run();
