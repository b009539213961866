// Tests the noise that equalization minimizes: derivatives against differences, and that it does not see how channels are scaled.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { copyGraph } from '../../../../src/graph/copy';
import { printGraph } from '../../../../src/tflite';
import { collectStatistics } from '../../../../tools/calibrate/statistics';
import { schemeOf } from '../../../../tools/quantize/build/scheme';
import { groupChannels } from '../../../../tools/quantize/equalize/channels';
import { equalize } from '../../../../tools/quantize/equalize/equalize';
import { noiseTerms } from '../../../../tools/quantize/equalize/noise';
import { noiseGains } from '../../../../tools/quantize/equalize/noise-gain';
import { prepareFloat } from '../../../../tools/quantize/prepare';
import { floatNetwork, networkSamples } from '../../../support/float-network';
import { Random } from '../../../support/random';

const samples = networkSamples(12);

for (const scheme of ['int8', 'uint8'] as const) {
  test(`${scheme}: derivatives are those of the noise`, async () => {
    const graph = prepareFloat(floatNetwork({ seed: 2, spread: (c) => 1 + c / 3 }));
    const groups = groupChannels(graph);
    const terms = noiseTerms(graph, groups, await collectStatistics(graph, samples), schemeOf({ name: scheme }).weights);
    const random = new Random(1);
    const logs = Float64Array.from({ length: groups.count }, () => 0.3 * random.normal());
    const at = (values: Float64Array) => ({
      factor: Float64Array.from([...values, 0], Math.exp),
      inverse: Float64Array.from([...values, 0], (log) => Math.exp(-log)),
    });
    const scratch = new Float64Array(groups.count + 1);
    for (const [index, term] of terms.entries()) {
      term.refresh?.(at(logs));
      const gradient = new Float64Array(groups.count + 1);
      const noise = term.add(at(logs), gradient);
      for (let g = 0; g < groups.count; g++) {
        const [above, below] = [1e-5, -1e-5].map((step) => term.add(at(logs.map((log, i) => (i === g ? log + step : log))), scratch));
        const expected = (above - below) / 2e-5;
        assert.ok(
          Math.abs(gradient[g] - expected) <= 1e-4 * noise + 1e-12,
          `term ${index}, group ${g}: ${gradient[g]}, difference quotient ${expected}`,
        );
      }
    }
  });
}

/** The noise of a graph as it is. */
async function noiseOf(graph: ReturnType<typeof prepareFloat>): Promise<number> {
  const groups = groupChannels(graph);
  const ones = { factor: new Float64Array(groups.count + 1).fill(1), inverse: new Float64Array(groups.count + 1).fill(1) };
  const terms = noiseTerms(graph, groups, await collectStatistics(graph, samples), schemeOf({ name: 'uint8' }).weights);
  return terms.reduce((sum, term) => {
    term.refresh?.(ones);
    return sum + term.add(ones, new Float64Array(groups.count + 1));
  }, 0);
}

test('a network and the same with its channels scaled 2^-4 to 2^4 equalize to the same noise', async () => {
  const noises: number[] = [];
  for (const spread of [undefined, (c: number) => 2 ** (((5 * c) % 9) - 4)]) {
    const graph = prepareFloat(floatNetwork({ seed: 5, spread }));
    const before = await noiseOf(graph);
    equalize(graph, await collectStatistics(graph, samples), schemeOf({ name: 'uint8' }).weights);
    const after = await noiseOf(graph);
    assert.ok(after <= before, `${before} became ${after}`);
    noises.push(after);
  }
  assert.ok(Math.abs(noises[0] / noises[1] - 1) < 0.05, `${noises}`);
});

test('gains before a layer are the squares of its weights, where its outputs are active; branches add up', async () => {
  const graph = prepareFloat(floatNetwork({ seed: 3 }));
  const statistics = await collectStatistics(graph, samples);
  const gains = noiseGains(graph, statistics);
  const named = (name: string) => graph.values.find((value) => value.name === name)!;
  const { inputs } = graph.nodes.find(({ outputs }) => outputs[0].name === 'depthwise')!;
  const weights = inputs[1]!.data as Float32Array;
  const [after, sum] = ['depthwise', 'sum'].map((name) => gains.get(named(name))!);
  const { active } = statistics.get(named('depthwise').id)!;
  assert.ok(
    active.some((share) => share < 0.9),
    'the case has ReLUs that are not always active',
  );
  gains.get(named('stem'))!.forEach((gain, c) => {
    let expected = sum[c];
    for (let i = c; i < weights.length; i += after.length) expected += weights[i] ** 2 * after[c] * active[c];
    assert.ok(Math.abs(gain - expected) < 1e-9 * expected, `channel ${c}: ${gain}, expected ${expected}`);
  });
});

test('no channel grows towards 6 where that is not allowed', async () => {
  const graph = prepareFloat(floatNetwork({ seed: 6, activation: 'RELU6', spread: (c) => 2 ** (c - 6) }));
  const statistics = await collectStatistics(graph, samples);
  const bounded = copyGraph(graph);
  equalize(bounded, statistics, schemeOf({ name: 'uint8' }).weights, 'none');
  const after = await collectStatistics(bounded, samples);
  for (const { id, name } of graph.values) {
    const [was, is] = [statistics.get(id), after.get(id)];
    if (!was || !is || !['stem', 'depthwise'].includes(name)) continue;
    is.max.forEach((max, c) => {
      assert.ok(max <= was.max[c] * (1 + 1e-5), `${name}, channel ${c}: ${was.max[c]} became ${max}`);
    });
  }
  assert.is.not(printGraph(bounded), '');
});

test.run();
