// Tests activations of 16 bits: dtypes and zero points of the file, its error beside int8, and operators that have no such form.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { plain } from '../../../bench/plain-quantization';
import { loadSync } from '../../../src/index';
import { printGraph, readModel } from '../../../src/tflite';
import { setInputs } from '../../../tools/model/inputs';
import type { SchemeName } from '../../../tools/quantize/build/scheme';
import { type QuantizeSettings, quantizeModel } from '../../../tools/quantize/model';
import { testRefused } from '../../support/errors';
import { asSamples, floatNetwork, networkSamples, observeFloat } from '../../support/float-network';

const quantized = (scheme: object) => quantizeModel(floatNetwork(), asSamples(networkSamples(16)), { scheme });

/** Root of the mean squared difference of the probabilities. */
async function errorOf(name: SchemeName, settings: QuantizeSettings = plain): Promise<number> {
  const scheme = { name, inputs: 'float32', outputs: 'float32' } as const;
  const { bytes } = await quantizeModel(floatNetwork(), asSamples(networkSamples(16)), { ...settings, scheme });
  const model = loadSync(bytes);
  let [sum, count] = [0, 0];
  for (const sample of networkSamples(20, 99)) {
    const { scores } = observeFloat(floatNetwork(), sample);
    setInputs(model, sample);
    model.run();
    model.outputs[0].data.forEach((score: number | bigint, i: number) => {
      sum += (Number(score) - scores[i]) ** 2;
      count++;
    });
  }
  model.dispose();
  return Math.sqrt(sum / count);
}

test('activations are symmetric int16, weights int8, biases int64; the file reads back as written and runs in the core', async () => {
  const { bytes, graph } = await quantized({ name: 'int16x8' });
  const read = readModel(bytes);
  assert.is(printGraph(read), printGraph(graph));
  for (const { type, inputs, outputs } of read.nodes) {
    assert.is(outputs[0].dtype, 'int16', type);
    assert.equal(outputs[0].quantization!.zeroPoint, [0], type);
    if (type === 'CONV_2D' || type === 'DEPTHWISE_CONV_2D') assert.equal([inputs[1]!.dtype, inputs[2]!.dtype], ['int8', 'int64']);
  }
  const model = loadSync(bytes);
  assert.equal([model.inputs[0].dtype, model.outputs[0].dtype], ['int16', 'int16']);
  model.dispose();
});

test('probabilities are nearer to the float network than with activations of 8 bits, without modules', async () => {
  const [wide, narrow] = [await errorOf('int16x8'), await errorOf('int8')];
  assert.ok(wide < 0.7 * narrow, `${wide} beside ${narrow}`);
});

test('rounding and bias correction bring probabilities nearer', async () => {
  const [treated, nearest] = [await errorOf('int16x8', {}), await errorOf('int16x8')];
  assert.ok(treated < 0.8 * nearest, `${treated} beside ${nearest}`);
});

testRefused('inputs of 8 bits', () => quantized({ name: 'int16x8', inputs: 'int8' }), 'bad-argument', /float32 or int16/);
testRefused('int8 with inputs of 16 bits', () => quantized({ name: 'int8', inputs: 'int16' }), 'bad-argument', /float32 or int8/);

test.run();
