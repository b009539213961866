// Tests quantizing whole networks: what the files compute, what they say of themselves, and that they are what they claim.
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { copyGraph } from '../../../src/graph/copy';
import { loadSync } from '../../../src/index';
import { printGraph, readModel } from '../../../src/tflite';
import { setInputs } from '../../../tools/model/inputs';
import { quantizeModel } from '../../../tools/quantize/model';
import type { QuantizeSettings } from '../../../tools/quantize/settings';
import { asSamples, floatNetwork, networkSamples, observeFloat } from '../../support/float-network';
import { sharedPath, sharedTest } from '../../support/shared';

/** Root of the mean squared difference of the outputs over samples, in probabilities. */
function outputError(bytes: Uint8Array, graph: ReturnType<typeof floatNetwork>, samples: Float32Array[][]): number {
  const model = loadSync(bytes);
  let [sum, count] = [0, 0];
  for (const sample of samples) {
    const { scores } = observeFloat(graph, sample);
    setInputs(model, sample);
    model.run();
    const [{ data, scale = 1, zeroPoint = 0 }] = model.outputs;
    for (let i = 0; i < scores.length; i++, count++) sum += (scale * ((data[i] as number) - zeroPoint) - scores[i]) ** 2;
  }
  return Math.sqrt(sum / count);
}

const types = ['float32', 'int8', 'uint8'] as const;
for (const name of ['int8', 'uint8'] as const) {
  for (const inputs of types) {
    for (const outputs of types) {
      test(`${name} with ${inputs} inputs and ${outputs} outputs is near the float network and reads back as written`, async () => {
        const graph = floatNetwork();
        const { bytes, graph: quantized } = await quantizeModel(graph, asSamples(networkSamples(16)), {
          scheme: { name, inputs, outputs },
        });
        const error = outputError(bytes, graph, networkSamples(20, 99));
        assert.ok(error < 0.02, `error ${error}`);
        assert.is(printGraph(readModel(bytes)), printGraph(quantized));
        const model = loadSync(bytes, { hostOperators: 'forbid' });
        assert.equal([model.inputs[0].dtype, model.outputs[0].dtype], [inputs, outputs]);
        assert.equal([model.inputs[0].name, model.outputs[0].name], [graph.inputs[0].name, 'scores']);
      });
    }
  }
}

const modules: Record<string, QuantizeSettings> = {
  'everything off': { equalize: false, biasCorrection: false, round: false },
  'only equalization': { equalize: true, biasCorrection: false, round: false },
  'only bias correction': { equalize: false, biasCorrection: true, round: false },
  'only rounding': { equalize: false, biasCorrection: false, round: true },
  everything: { equalize: true, biasCorrection: true, round: true, weights: 'mse', calibration: { observer: 'percentile' } },
};
for (const [title, settings] of Object.entries(modules)) {
  test(`${title}: near the float network, the same bytes twice, the float graph untouched`, async () => {
    const graph = floatNetwork({ seed: 3 });
    const before = printGraph(graph);
    const samples = asSamples(networkSamples(16));
    const first = await quantizeModel(graph, samples, settings);
    const second = await quantizeModel(graph, samples, settings);
    assert.equal(first.bytes, second.bytes);
    assert.is(printGraph(graph), before);
    const error = outputError(first.bytes, graph, networkSamples(20, 99));
    assert.ok(error < 0.02, `error ${error}`);
  });
}

test('channels spread over 2^-5 to 2^5 cost little with equalization and much without', async () => {
  const graph = floatNetwork({ seed: 4, spread: (c) => 2 ** (((c * 5) % 8) * (10 / 7) - 5) });
  const error = async (equalize: boolean) => {
    const { bytes } = await quantizeModel(graph, asSamples(networkSamples(16)), {
      scheme: { name: 'uint8' },
      equalize,
      biasCorrection: false,
      round: false,
    });
    return outputError(bytes, graph, networkSamples(20, 99));
  };
  const [without, withIt] = [await error(false), await error(true)];
  assert.ok(withIt < 0.5 * without, `${withIt} with, ${without} without`);
});

test('a given calibration is used as it is, and an edited range shows in the file', async () => {
  const graph = floatNetwork();
  const samples = asSamples(networkSamples(8));
  const { ranges } = await quantizeModel(graph, samples, { equalize: false });
  const edited = { ...ranges, tensors: { ...ranges.tensors, logits: { min: -100, max: 155 } } };
  const { graph: quantized } = await quantizeModel(graph, samples, { equalize: false, ranges: edited });
  const logits = quantized.values.find(({ name }) => name === 'logits')!;
  assert.equal([logits.quantization!.scale, logits.quantization!.zeroPoint], [[1], [-28]]);
});

test('no samples are an error that says so', async () => {
  try {
    await quantizeModel(floatNetwork(), asSamples([]));
    assert.unreachable('an empty dataset was taken');
  } catch (error) {
    assert.match((error as Error).message, 'has no samples');
  }
});

for (const [model, scale] of [
  ['vww_96_float', 1],
  ['resnet8_cifar10_float', 255],
  ['ad01_float', 1],
] as const) {
  sharedTest(test, `${model}: quantizes with the defaults, runs without host operators, is stable`, async () => {
    const graph = readModel(new Uint8Array(readFileSync(sharedPath('models', `${model}.tflite`))));
    const length = graph.inputs[0].shape.reduce((product, n) => product * Math.abs(n), 1);
    const samples = asSamples(
      networkSamples(40)
        .map(([noise]) => [Float32Array.from({ length }, (_, i) => (scale * (noise[i % noise.length] + 1)) / 2)])
        .slice(0, 4),
    );
    const first = await quantizeModel(copyGraph(graph), samples);
    assert.is(
      loadSync(first.bytes, { hostOperators: 'forbid' }).operators.every(({ type }) => type !== 'DEQUANTIZE'),
      true,
    );
    assert.equal((await quantizeModel(graph, samples)).bytes, first.bytes);
  });
}

test.run();
