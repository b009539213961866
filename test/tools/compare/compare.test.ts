// Tests tools/compare/compare.ts on a network small enough to compute by hand, and on a real pair where it is there.
import { readFile } from 'node:fs/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph } from '../../../src/graph/graph';
import { writeModel } from '../../../src/tflite';
import { compare } from '../../../tools/compare/compare';
import type { Sample } from '../../../tools/dataset/dataset';
import { loadFloat } from '../../../tools/model/float-model';
import { GraphBuilder, perChannel, quantized } from '../../support/build';
import { Random } from '../../support/random';
import { sharedPath, sharedTest } from '../../support/shared';

const weights = [0.5, -1, 0.25, 1, -0.5, 0.75];
const attributes = { activation: 'NONE', keepNumDims: false } as const;

/** [1, 2] -> [1, 3], float. */
function floatNetwork(): Graph {
  const g = new GraphBuilder();
  const input = g.input('float32', [1, 2]);
  const operands = [input, g.constant('float32', [3, 2], weights), g.constant('float32', [3], [0, 0, 0])];
  return g.outputs(...g.node('FULLY_CONNECTED', attributes, operands, { dtype: 'float32', shape: [1, 3], name: 'scores' }));
}

/** The same with every weight an exact code; `gain` scales output channel 0 as equalization would, `outputScale` sets the range. */
function quantizedNetwork(outputScale: number, gain = 1): Uint8Array {
  const g = new GraphBuilder();
  const input = g.input('int8', [1, 2], quantized(1 / 32));
  const scales = [gain, 1, 1].map((factor) => factor / 64);
  const operands = [
    input,
    g.constant(
      'int8',
      [3, 2],
      weights.map((weight) => 64 * weight),
      perChannel(scales, 0),
    ),
    g.constant(
      'int32',
      [3],
      [0, 0, 0],
      perChannel(
        scales.map((scale) => scale / 32),
        0,
      ),
    ),
  ];
  const output = { dtype: 'int8', shape: [1, 3], name: 'scores', quantization: quantized(outputScale) } as const;
  return writeModel(g.outputs(...g.node('FULLY_CONNECTED', attributes, operands, output)));
}

/** Inputs that are exact codes, so that nothing but the output is rounded. */
async function* samples(count: number, label?: number): AsyncGenerator<Sample> {
  const random = new Random(7);
  for (let index = 0; index < count; index++) {
    const inputs = [Float32Array.from({ length: 2 }, () => random.integer(-60, 60) / 32)];
    yield { name: `sample ${index}`, index, inputs, label };
  }
}

/** Scores of one sample, in steps of `step` where it is not 0; and which is the best, the first among equals. */
function bestOf(inputs: Sample['inputs'], step: number): number {
  const [x, y] = inputs[0] as Float32Array;
  const scores = [0, 2, 4].map((i) => weights[i] * x + weights[i + 1] * y).map((score) => (step > 0 ? Math.round(score / step) : score));
  return scores.indexOf(Math.max(...scores));
}

test('exact codes and a sufficient output range: rounding to steps of 0.07 is all there is, and labels count', async () => {
  const step = 0.07;
  const stages: string[] = [];
  const onProgress = ({ stage, done, total }: { stage: string; done: number; total: number }) => stages.push(`${stage} ${done}/${total}`);
  const comparison = await compare(loadFloat(floatNetwork()), quantizedNetwork(step), samples(60, 0), { layerSamples: 4, onProgress });
  const { classification, layers, outputs, data, layerSamples, quantized: facts } = comparison;
  const expected = { same: 0, float: 0, quantized: 0 };
  for await (const { inputs } of samples(60)) {
    const [float, quantized] = [bestOf(inputs, 0), bestOf(inputs, step)];
    if (float === quantized) expected.same++;
    if (float === 0) expected.float++;
    if (quantized === 0) expected.quantized++;
  }
  assert.is(data.samples, 60);
  assert.is(classification!.agreement, expected.same / 60);
  assert.equal([classification!.top1!.float, classification!.top1!.quantized], [expected.float / 60, expected.quantized / 60]);
  assert.ok(outputs[0].sqnr > 30, `${outputs[0].sqnr} dB`);
  assert.ok(outputs[0].maxAbs <= step / 2 + 1e-6 && outputs[0].maxAbs > 0.4 * step, `${outputs[0].maxAbs}`);
  assert.equal([layers.length, layerSamples, facts.bytes, facts.sha256?.length], [1, 4, quantizedNetwork(step).length, 64]);
  assert.equal(layers[0].local, layers[0].global, 'the only layer is alone in the network');
  assert.equal([layers[0].weightSqnr, layers[0].saturated, layers[0].deadChannels, layers[0].rescaled], [150, 0, 0, false]);
  assert.equal(stages.slice(-2), ['layers 7/8', 'layers 8/8']);
});

test('a range that is too small: saturation is seen, counted and named', async () => {
  const comparison = await compare(loadFloat(floatNetwork()), quantizedNetwork(1 / 256), samples(40));
  const [layer] = comparison.layers;
  assert.is(layer.cause.name, 'saturation');
  assert.is(layer.cause.option, '--observer min-max');
  assert.equal(layer.range, { low: -0.5, high: 127 / 256 });
  assert.ok(layer.saturated > 0.4, `${layer.saturated}`);
  assert.ok(layer.activations && layer.weights);
  assert.is(
    layer.activations!.counts.reduce((a, b) => a + b),
    16 * 3,
    '16 samples of 3 values',
  );
});

test('an equalized channel is no error: the layer is marked, its figures are those of the scaled network', async () => {
  const comparison = await compare(loadFloat(floatNetwork()), quantizedNetwork(1 / 16, 1 / 4), samples(40));
  const [layer] = comparison.layers;
  assert.is(layer.rescaled, true);
  assert.ok(layer.global!.sqnr > 20, `${layer.global!.sqnr} dB`);
  assert.ok(layer.weightSqnr! > 25, `weights ${layer.weightSqnr} dB, the gain being estimated`);
});

/** What a comparison that must fail throws. */
async function failure(comparison: Promise<unknown>): Promise<{ code?: string; message: string }> {
  try {
    await comparison;
  } catch (error) {
    return error as Error;
  }
  return assert.unreachable('nothing was thrown') as never;
}

test('an interruption ends it with the reason of its signal; no sample is an error', async () => {
  const signal = AbortSignal.abort(new Error('enough'));
  const run = (count: number, options = {}) => compare(loadFloat(floatNetwork()), quantizedNetwork(1 / 16), samples(count), options);
  assert.is((await failure(run(3, { signal }))).message, 'enough');
  assert.is((await failure(run(0))).code, 'bad-data');
});

test('networks that do not belong together are refused', async () => {
  const g = new GraphBuilder();
  const wide = g.outputs(...g.node('RELU', {}, [g.input('float32', [1, 9])], { dtype: 'float32', shape: [1, 9] }));
  async function* nine(): AsyncGenerator<Sample> {
    yield { name: 'a', index: 0, inputs: [new Float32Array(9)] };
  }
  assert.is((await failure(compare(loadFloat(wide), quantizedNetwork(1), nine()))).code, 'bad-shape');
});

sharedTest(test, 'vww_96: all layers matched by name; inside the network no layer is better than 1 dB over the first', async () => {
  const [float, integer] = await Promise.all(
    ['vww_96_float', 'vww_96_int8'].map((name) => readFile(sharedPath('models', `${name}.tflite`))),
  );
  async function* noise(): AsyncGenerator<Sample> {
    const random = new Random(3);
    for (let index = 0; index < 4; index++) {
      const inputs = [Float32Array.from({ length: 96 * 96 * 3 }, () => random.real())];
      yield { name: `${index}`, index, inputs };
    }
  }
  const comparison = await compare(loadFloat(new Uint8Array(float)), new Uint8Array(integer), noise());
  assert.is(comparison.matched, 'names');
  assert.equal(comparison.unmatched, []);
  assert.is(comparison.layers.length, 30, '31 operators, one of them RESHAPE');
  assert.ok(comparison.layers.every(({ local, global }) => local && global));
  const first = comparison.layers.find(({ index }) => index === 0)!;
  assert.equal(first.local, first.global, 'the first layer has nothing before it');
  assert.ok(first.local!.sqnr > 20, `${first.local!.sqnr} dB`);
});

test.run();
