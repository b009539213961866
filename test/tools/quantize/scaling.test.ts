// Tests the statistics of scaled networks, which follow from those before: they are what a run of the scaled network measures.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { collectStatistics, type ValueStatistics } from '../../../tools/calibrate/statistics';
import { schemeOf } from '../../../tools/quantize/build/scheme';
import { everywhere } from '../../../tools/quantize/decide/heads';
import { prepareFloat } from '../../../tools/quantize/prepare';
import { withScaling } from '../../../tools/quantize/scaling';
import { GraphBuilder } from '../../support/build';
import { floatNetwork, networkSamples } from '../../support/float-network';

const samples = networkSamples(12);
const equalization = { headroom: 'measured', scope: everywhere } as const;

function absorbing() {
  const b = new GraphBuilder();
  const dense = { activation: 'RELU' as const, keepNumDims: false };
  const input = b.input('float32', [1, 192]);
  const zeros = new Array<number>(189).fill(0);
  const weights = b.constant('float32', [2, 192], [0.001, -0.002, 0.003, ...zeros, 0.5, 1, -2, ...zeros]);
  const [hidden] = b.node('FULLY_CONNECTED', dense, [input, weights, b.constant('float32', [2], [10, 0])], { dtype: 'float32' });
  const rest = [hidden, b.constant('float32', [2, 2], [1, 2, 3, 4]), b.constant('float32', [2], [0, 0])];
  const [scores] = b.node('FULLY_CONNECTED', { ...dense, activation: 'NONE' }, rest, { dtype: 'float32' });
  return b.outputs(scores);
}

for (const [title, network, isShifted] of [
  ['channels 2^-4 to 2^3 apart', floatNetwork({ seed: 5, spread: (c) => 2 ** (c - 4) }), true],
  ['RELU6', floatNetwork({ seed: 6, activation: 'RELU6', spread: (c) => 2 ** (c - 4) }), false],
  ['an absorbed bias of 10', absorbing(), true],
] as const) {
  test(`${title}: statistics that follow are those measured`, async () => {
    const graph = prepareFloat(network);
    const statistics = await collectStatistics(graph, samples);
    const scaled = withScaling({ float: graph, statistics }, { equalization }, schemeOf({ name: 'uint8' }).weights);
    assert.ok(scaled.scaled.size > 0, 'the case scales');
    assert.is(scaled.shifted.size > 0, isShifted);
    const measured = await collectStatistics(scaled.float, samples);
    assert.equal([...scaled.statistics.keys()].sort(), [...measured.keys()].sort());
    const members = ['min', 'max', 'power', 'variance', 'mean', 'elements'] as const satisfies (keyof ValueStatistics)[];
    for (const [id, expected] of measured) {
      const actual = scaled.statistics.get(id)!;
      for (const member of members) {
        assert.is(actual[member]?.length, expected[member]?.length, `value ${id}, ${member}`);
        const largest = Array.from(expected[member] ?? []).reduce((max, entry) => Math.max(max, Math.abs(entry)), 0);
        expected[member]?.forEach((entry, i) => {
          assert.ok(
            Math.abs(actual[member]![i] - entry) <= 1e-4 * largest + 1e-5,
            `value ${id}, ${member} ${i}: ${actual[member]![i]}, measured ${entry}`,
          );
        });
      }
    }
  });
}

test('factors and shifts are of the extents given, statistics of the samples before', async () => {
  const graph = prepareFloat(floatNetwork({ seed: 5, spread: (c) => 2 ** (c - 4) }));
  const [some, all] = [await collectStatistics(graph, samples.slice(0, 2)), await collectStatistics(graph, samples)];
  const weights = schemeOf({ name: 'uint8' }).weights;
  const scaled = withScaling({ float: graph, statistics: some }, { equalization }, weights, all);
  const expected = withScaling({ float: graph, statistics: all }, { equalization }, weights);
  assert.equal(
    scaled.float.values.map(({ data }) => data),
    expected.float.values.map(({ data }) => data),
  );
  const measured = await collectStatistics(scaled.float, samples.slice(0, 2));
  const [output] = scaled.float.outputs;
  assert.equal(
    [...scaled.statistics.get(output.id)!.max].map((max) => max.toFixed(4)),
    [...measured.get(output.id)!.max].map((max) => max.toFixed(4)),
  );
});

test.run();
