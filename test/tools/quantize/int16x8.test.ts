// Tests activations of 16 bits: dtypes and zero points of the file, its error beside int8, and operators that have no such form.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { plain } from '../../../bench/plain-quantization';
import { loadSync } from '../../../src/index';
import { printGraph, readModel } from '../../../src/tflite';
import { setInputs } from '../../../tools/model/inputs';
import { readProvenance } from '../../../tools/model/provenance';
import type { SchemeName } from '../../../tools/quantize/build/scheme';
import { quantizeModel } from '../../../tools/quantize/model';
import type { QuantizeSettings } from '../../../tools/quantize/settings';
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

test('layers that are exceptions: dtypes of each, conversions that TFLite has, and the file records them', async () => {
  const settings = { ...plain, skip: ['stem'], int16: ['depthwise', 'project'], int4: ['project', 'logits'] };
  const { bytes, graph, int16, int4, skipped } = await quantizeModel(floatNetwork(), asSamples(networkSamples(16)), settings);
  assert.equal([skipped, int16, int4], [['stem'], ['depthwise', 'project'], ['logits']]);
  const read = readModel(bytes);
  assert.is(printGraph(read), printGraph(graph));
  const found = read.nodes.map(({ type, inputs, outputs }) => `${type} ${inputs[0]!.dtype} ${outputs[0].dtype}`);
  const expected = ['CONV_2D float32 float32', 'DEPTHWISE_CONV_2D int16 int16', 'CONV_2D int16 int16', 'FULLY_CONNECTED int8 int8'];
  const conversions = ['QUANTIZE float32 int16', 'QUANTIZE float32 int8', 'QUANTIZE int16 int8'];
  for (const one of [...expected, ...conversions]) assert.ok(found.includes(one), `${one} in ${found.join(', ')}`);
  const named = (name: string) => read.nodes.find(({ outputs }) => outputs[0].name === name)!;
  assert.equal([named('project').inputs[1]!.storedBits, named('logits').inputs[1]!.storedBits], [undefined, 4]);
  const recorded = readProvenance(read.metadata)!.settings;
  assert.equal([recorded.skip, recorded.int16, recorded.int4], [skipped, int16, int4]);
});

test('8 bits are dequantized before layers of 16, since a QUANTIZE from int8 to int16 does not exist', async () => {
  const { graph } = await quantizeModel(floatNetwork(), asSamples(networkSamples(16)), { ...plain, int16: ['project'] });
  const found = graph.nodes.map(({ type, inputs, outputs }) => `${type} ${inputs[0]!.dtype} ${outputs[0].dtype}`);
  const at = found.indexOf('DEQUANTIZE int8 float32');
  assert.equal(found.slice(at, at + 3), ['DEQUANTIZE int8 float32', 'QUANTIZE float32 int16', 'CONV_2D int16 int16']);
});

test('an output that a layer of 16 bits computes keeps them; as float32 it is dequantized', async () => {
  const quantizedTail = (scheme: object) =>
    quantizeModel(floatNetwork(), asSamples(networkSamples(16)), { ...plain, scheme, int16: ['logits', 'scores'] });
  const outputOf = async (scheme: object) => (await quantizedTail(scheme)).graph.outputs[0];
  assert.equal([(await outputOf({})).dtype, (await outputOf({ outputs: 'float32' })).dtype], ['int16', 'float32']);
});

test('refinement goes through layers of 16 bits: probabilities get nearer by refit, rounding and bias correction', async () => {
  const mixed = { int16: ['depthwise', 'project'] };
  const settings = { ...plain, decide: false, biasCorrection: true, refit: true, round: true, ...mixed };
  const [treated, nearest] = [await errorOf('int8', settings), await errorOf('int8', { ...plain, ...mixed })];
  assert.ok(treated < 0.8 * nearest, `${treated} beside ${nearest}`);
});

testRefused(
  'layers of 16 bits in uint8',
  () => quantizeModel(floatNetwork(), asSamples(networkSamples(2)), { scheme: { name: 'uint8' }, int16: ['stem'] }),
  'bad-argument',
  /exceptions of int8/,
);
testRefused('inputs of 8 bits', () => quantized({ name: 'int16x8', inputs: 'int8' }), 'bad-argument', /float32 or int16/);
testRefused('int8 with inputs of 16 bits', () => quantized({ name: 'int8', inputs: 'int16' }), 'bad-argument', /float32 or int8/);

test.run();
