// Tests that channels which are always 0 no longer set the scale of others, and that the function stays.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { copyGraph } from '../../../../src/graph/copy';
import type { Graph } from '../../../../src/graph/graph';
import { collectStatistics } from '../../../../tools/calibrate/statistics';
import { schemeOf } from '../../../../tools/quantize/build/scheme';
import { limitDeadChannels } from '../../../../tools/quantize/equalize/dead-channels';
import { prepareFloat } from '../../../../tools/quantize/prepare';
import { GraphBuilder } from '../../../support/build';
import { observeFloat } from '../../../support/float-network';

/** Two layers on inputs in [0, 1]: hidden channel 1 of 3 has weights and bias of -100, so it is always 0, and readers with weight 50. */
function deadNetwork(): Graph {
  const b = new GraphBuilder();
  const dense = { activation: 'RELU' as const, keepNumDims: false };
  const input = b.input('float32', [1, 2]);
  const [hidden] = b.node(
    'FULLY_CONNECTED',
    dense,
    [input, b.constant('float32', [3, 2], [1, 2, -100, -100, 2, -1]), b.constant('float32', [3], [0, -100, 1])],
    { dtype: 'float32', name: 'hidden' },
  );
  const [scores] = b.node(
    'FULLY_CONNECTED',
    { ...dense, activation: 'NONE' },
    [hidden, b.constant('float32', [2, 3], [1, 50, -3, 0.5, 50, 0.25]), b.constant('float32', [2], [0])],
    { dtype: 'float32', name: 'scores' },
  );
  return prepareFloat(b.outputs(scores));
}

const samples = [
  [0, 0],
  [1, 0],
  [0, 1],
  [1, 1],
  [0.3, 0.8],
].map((pair) => [Float32Array.from(pair)]);

for (const [scheme, readers] of [
  ['int8', [1, 3, -3, 0.5, 0.5, 0.25]],
  ['uint8', [1, 3, -3, 0.5, 3, 0.25]],
] as const) {
  test(`${scheme}: the dead channel shrinks to the largest live weight, its readers to the largest that shares their scale`, async () => {
    const graph = deadNetwork();
    const limited = copyGraph(graph);
    limitDeadChannels(limited, await collectStatistics(graph, samples), schemeOf({ name: scheme }).weights);
    const [first, second] = limited.nodes;
    assert.equal([...(first.inputs[1]!.data as Float32Array)], [1, 2, -2, -2, 2, -1]);
    assert.equal([...(first.inputs[2]!.data as Float32Array)], [0, -2, 1]);
    assert.equal([...(second.inputs[1]!.data as Float32Array)], readers);
    for (const sample of samples) assert.equal(observeFloat(limited, sample).scores, observeFloat(graph, sample).scores, `[${sample[0]}]`);
  });
}

test('live channels stay as they are, whatever their weights', async () => {
  const graph = deadNetwork();
  (graph.nodes[0].inputs[2]!.data as Float32Array)[1] = 150;
  const before = graph.nodes.map(({ inputs }) => [...(inputs[1]!.data as Float32Array)]);
  limitDeadChannels(graph, await collectStatistics(graph, samples), schemeOf({ name: 'uint8' }).weights);
  assert.equal(
    graph.nodes.map(({ inputs }) => [...(inputs[1]!.data as Float32Array)]),
    before,
  );
});

test.run();
