// Tests which binary tasks on pictures load their models by: the core alone, or zeropoint/float where the network computes in float32.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/index';
import { mobilenetV1 } from '../../src/mobilenet';
import { loadByNeed } from '../../src/task-load';
import { computesFloat } from '../../src/tflite/float-operators';
import { readModel } from '../../src/tflite/read';
import { writeModel } from '../../src/tflite/write';
import { convolution, GraphBuilder, quantized } from '../support/build';
import { customModels } from '../support/custom-operators';
import { recurrentModels } from '../support/recurrent';

const codes = mobilenetV1({ alpha: 0.25, resolution: 32, classes: 10 });

/** Codes that become float32 at the end, without arithmetic. */
function dequantized(): GraphBuilder {
  const b = new GraphBuilder();
  const input = b.input('int8', [1, 2], quantized(0.5));
  return Object.assign(b, { graph: b.outputs(...b.node('DEQUANTIZE', {}, [input], { dtype: 'float32' })) });
}

function floatLayer(): Uint8Array {
  const b = new GraphBuilder();
  const weights = b.constant('float32', [8, 1, 1, 8], [1, 2]);
  const input = b.input('float32', [1, 4, 4, 8]);
  return writeModel(b.outputs(...b.node('CONV_2D', convolution, [input, weights, undefined], { dtype: 'float32' })));
}

test('8-bit networks, also with float32 outputs, need the core alone', async () => {
  for (const source of [codes, readModel(codes), writeModel(dequantized().graph), dequantized().graph]) {
    assert.not(computesFloat(source));
    const model = await loadByNeed(source, {});
    assert.not(model.operators.some(({ kernel }) => kernel.startsWith('float')));
  }
});

test('float layers run on the float binary, with its option', async () => {
  const file = floatLayer();
  for (const source of [file, file.slice().buffer, readModel(file)]) {
    assert.ok(computesFloat(source));
    const [{ kernel }] = (await loadByNeed(source, {})).operators;
    assert.match(kernel, /^float/);
  }
  const [{ kernel }] = (await loadByNeed(file, { relaxedFloat: false })).operators;
  assert.match(kernel, /^float/);
});

test('custom and recurrent operators are found', async () => {
  for (const [name, graph] of [...customModels(), ...recurrentModels()]) {
    const file = writeModel(graph);
    assert.ok(computesFloat(file) && computesFloat(graph), name);
    (await loadByNeed(file, {})).dispose();
  }
});

test('what is no model is refused as by load', async () => {
  for (const [source, code] of [
    [new Uint8Array(9), 'not-tflite'],
    [codes.slice(0, 100), 'malformed'],
    [undefined, 'bad-argument'],
    [null, 'bad-argument'],
  ] as [never, string][]) {
    assert.not(computesFloat(source));
    const error = await loadByNeed(source, {}).catch((caught: unknown) => caught);
    assert.instance(error, ModelError);
    assert.is((error as ModelError).code, code);
  }
  const error = await loadByNeed(codes, { relaxedFloat: 1 as never }).catch((caught: unknown) => caught);
  assert.is((error as ModelError).code, 'bad-argument');
});

test.run();
