// Tests the means of a layer's outputs beside a run of the layer on the mean of its input.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { WeightedNode } from '../../../../src/graph/weighted';
import { isPointwise } from '../../../../tools/calibrate/statistics';
import { meanOfLayer } from '../../../../tools/quantize/refine/layer-means';
import { meanByRun } from '../../../../tools/quantize/refine/run-node';
import { convolution, GraphBuilder } from '../../../support/build';
import { Random } from '../../../support/random';

interface Case {
  readonly type: 'CONV_2D' | 'DEPTHWISE_CONV_2D';
  readonly input: readonly number[];
  readonly weights: readonly number[];
  readonly output: readonly number[];
  readonly attributes?: object;
}

const same = { padding: 'SAME' };
const cases: readonly Case[] = [
  { type: 'CONV_2D', input: [1, 5, 6, 3], weights: [4, 1, 1, 3], output: [1, 5, 6, 4] },
  { type: 'CONV_2D', input: [1, 5, 6, 3], weights: [4, 3, 2, 3], output: [1, 5, 6, 4], attributes: same },
  { type: 'CONV_2D', input: [1, 6, 7, 3], weights: [4, 1, 1, 3], output: [1, 3, 4, 4], attributes: { ...same, strideH: 2, strideW: 2 } },
  {
    type: 'CONV_2D',
    input: [1, 7, 7, 2],
    weights: [3, 3, 3, 2],
    output: [1, 7, 7, 3],
    attributes: { ...same, dilationH: 2, dilationW: 2 },
  },
  { type: 'CONV_2D', input: [1, 4, 4, 6], weights: [4, 3, 3, 3], output: [1, 2, 2, 4] },
  { type: 'DEPTHWISE_CONV_2D', input: [1, 6, 5, 3], weights: [1, 3, 3, 3], output: [1, 6, 5, 3], attributes: same },
  {
    type: 'DEPTHWISE_CONV_2D',
    input: [1, 6, 6, 3],
    weights: [1, 3, 3, 6],
    output: [1, 3, 3, 6],
    attributes: { ...same, strideH: 2, strideW: 2, depthMultiplier: 2 },
  },
];

for (const { type, input, weights, output, attributes } of cases) {
  test(`${JSON.stringify({ type, input, weights, attributes })}, seed 3: as a run`, () => {
    const random = new Random(3);
    const numbers = (shape: readonly number[]) =>
      Float32Array.from({ length: shape.reduce((product, n) => product * n, 1) }, () => random.normal());
    const b = new GraphBuilder();
    const reals = numbers(weights);
    const channels = output[3];
    const bias = b.constant('float32', [channels], numbers([channels]));
    const given = { ...convolution, depthMultiplier: 1, ...attributes };
    const value = b.value({ dtype: 'float32', shape: [...output] });
    b.node(type, given as never, [b.input('float32', [...input]), b.constant('float32', [...weights], reals), bias], value);
    const node = b.graph.nodes[0] as WeightedNode;
    const mean = numbers(input);
    const expected = meanByRun(node, mean, reals, channels);
    const check = (actual: Float64Array, what: string) =>
      expected.forEach((entry, c) => {
        assert.ok(Math.abs(actual[c] - entry) < 1e-4, `${what}, channel ${c}: ${actual[c]}, a run gives ${entry}`);
      });
    check(meanOfLayer(node, mean, reals, channels), 'by elements');
    assert.is(isPointwise(node), weights[1] * weights[2] === 1 && weights[3] === input[3] && !attributes);
    if (!isPointwise(node)) return;
    const perChannel = new Float64Array(input[3]);
    for (let i = 0; i < mean.length; i++) perChannel[i % input[3]] += mean[i] / (mean.length / input[3]);
    check(meanOfLayer(node, perChannel, reals, channels), 'by channels');
  });
}

test.run();
