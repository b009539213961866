// Tests class names in quantized files: the stock readers' metadata, the archive behind the model, and refused names.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { archivedLabels, readTfliteMetadata } from '../../../src/tasks';
import { readModel } from '../../../src/tflite';
import { quantizeModel } from '../../../tools/quantize/model';
import { testRefused } from '../../support/errors';
import { asSamples, floatNetwork, networkSamples } from '../../support/float-network';

const network = floatNetwork();
const [{ shape }] = network.outputs;
const names = Array.from({ length: shape[shape.length - 1] }, (_, i) => `class é ${i}`);
const quantize = (options: object) => quantizeModel(floatNetwork(), asSamples(networkSamples(16)), options);

test('names lie uncompressed in the archive that the metadata name; the normalization is that of the preprocessing', async () => {
  const { bytes } = await quantize({ classes: names, preprocessing: { mean: [1, 2, 3], std: 4 } });
  const graph = readModel(bytes);
  const metadata = readTfliteMetadata(graph.metadata);
  assert.equal(metadata, { inputs: [{ normalization: { mean: [1, 2, 3], std: 4 } }], outputs: [{ labelFile: 'labels.txt' }] });
  // Without a decompressor.
  assert.equal(archivedLabels(graph, metadata), [names]);
});

test('without names there is no archive, and the preprocessing is recorded', async () => {
  const { bytes } = await quantize({ preprocessing: { mean: 5 } });
  const graph = readModel(bytes);
  assert.is(graph.trailer.length, 0);
  const record = graph.metadata.find(({ name }) => name === 'zeropoint')!;
  assert.equal(JSON.parse(new TextDecoder().decode(record.data)).preprocessing, { mean: 5, quantized: 'normalized' });
});

testRefused('too few names', () => quantize({ classes: names.slice(1) }), 'bad-argument', /no output has so many classes/);
testRefused('an empty name', () => quantize({ classes: ['', ...names.slice(1)] }), 'bad-argument', /class 0/);
testRefused('a name of two lines', () => quantize({ classes: [...names.slice(1), 'a\nb'] }), 'bad-argument', /line/);

test.run();
