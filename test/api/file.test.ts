// Tests what a model says of its file: labels, preprocessing and signature.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadSync, ModelError } from '../../src/index';
import { recordedEntry } from '../../src/metadata/recorded';
import { presets } from '../../src/pixels/preprocessing';
import { writeModel } from '../../src/tflite/write';
import { GraphBuilder, quantized } from '../support/build';
import { storedZip } from '../support/sample-models';

/** Two outputs of one input: RELU and RELU6 of it, the first of which is a signature's `positive`. */
function twoOutputs(dtype: 'int8' | 'float32' = 'int8'): GraphBuilder {
  const b = new GraphBuilder();
  const quantization = dtype === 'int8' ? quantized(0.5) : undefined;
  const input = b.input(dtype, [1, 2], quantization);
  const [positive] = b.node('RELU', {}, [input], { dtype, quantization });
  const [clamped] = b.node('RELU6', {}, [input], { dtype, quantization });
  b.outputs(clamped, positive);
  const inputs = [{ name: 'x', value: input }];
  b.graph.signatures.push(
    { key: 'first', inputs, outputs: [{ name: 'positive', value: positive }] },
    {
      key: 'second',
      inputs,
      outputs: [
        { name: '__proto__', value: clamped },
        { name: 'input', value: input },
      ],
    },
  );
  return b;
}

const throwsCode = (body: () => unknown, code: string) =>
  assert.throws(body, (error: unknown) => error instanceof ModelError && error.code === code);

test('signature: the key, and the live tensors by their names; the first one, or that of the option', () => {
  const file = writeModel(twoOutputs().graph);
  const model = loadSync(file);
  const { key, inputs, outputs } = model.signature!;
  assert.is(key, 'first');
  assert.equal([Object.keys(inputs), Object.keys(outputs)], [['x'], ['positive']]);
  assert.is(inputs.x, model.inputs[0]);
  assert.is(outputs.positive, model.outputs[1]);
  inputs.x.data.set([-4, 7] as never);
  model.run();
  assert.equal([...outputs.positive.data].map(Number), [0, 7]);

  const second = loadSync(file, { signature: 'second' });
  // A signature may name a tensor as an output that the graph does not give.
  assert.equal(Object.entries(second.signature!.outputs), [['__proto__', second.outputs[0]]]);
  model.dispose();
  throwsCode(() => model.signature, 'disposed');
});

test('no signature: undefined', () => {
  const b = twoOutputs();
  b.graph.signatures.length = 0;
  assert.is(loadSync(b.graph).signature, undefined);
});

test('labels: by output, of the archive or the record; they stay after dispose', () => {
  const b = twoOutputs();
  assert.equal(loadSync(b.graph).labels, [undefined, undefined]);
  b.graph.trailer = storedZip('labels.txt', 'cat\ndog\n');
  const model = loadSync(writeModel(b.graph));
  model.dispose();
  assert.equal(model.labels, [
    ['cat', 'dog'],
    ['cat', 'dog'],
  ]);
  assert.is(model.labels, model.labels);
  b.graph.metadata.push(recordedEntry({ labels: ['no', 'yes'] }));
  assert.equal(loadSync(writeModel(b.graph)).labels, [
    ['no', 'yes'],
    ['cat', 'dog'],
  ]);
});

test('a damaged archive is refused where labels are read, not before', () => {
  const b = twoOutputs();
  const zip = storedZip('labels.txt', 'cat\ndog\n');
  zip[0] ^= 1;
  b.graph.trailer = zip;
  const model = loadSync(b.graph);
  throwsCode(() => model.labels, 'malformed');
});

test('preprocessing: what is recorded, else pixels as they are for 8-bit inputs, else nothing', () => {
  assert.equal(loadSync(twoOutputs().graph).preprocessing, presets.raw);
  assert.is(loadSync(twoOutputs('float32').graph).preprocessing, undefined);
  const b = twoOutputs('float32');
  b.graph.metadata.push(recordedEntry({ preprocessing: presets.torchvision }));
  const model = loadSync(writeModel(b.graph));
  model.dispose();
  assert.equal(model.preprocessing, presets.torchvision);
});

test.run();
