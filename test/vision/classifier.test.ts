// Tests the classifier and the embedder: from picture to labelled classes, where labels and preprocessing come from, and every way to load.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph } from '../../src/graph/graph';
import { preprocess, presets } from '../../src/image';
import { load, ModelError } from '../../src/index';
import { recordedEntry } from '../../src/metadata/recorded';
import { mobilenetV1 } from '../../src/mobilenet';
import { topClasses } from '../../src/tasks';
import { readModel, writeModel } from '../../src/tflite';
import { cosineSimilarity, ImageClassifier, ImageEmbedder } from '../../src/vision';
import { testRefused } from '../support/errors';
import { storedZip } from '../support/sample-models';
import { sharedPath, sharedTest } from '../support/shared';

const file = mobilenetV1({ alpha: 0.25, resolution: 32, classes: 10 });
const names = Array.from({ length: 10 }, (_, i) => `class of ${i}`);

const picture = (seed: number) => ({
  data: Uint8Array.from({ length: 40 * 50 * 3 }, (_, i) => (i * seed) % 251),
  width: 40,
  height: 50,
});

/** The file with what `edit` adds to its graph. */
function edited(edit: (graph: Graph) => void): Uint8Array {
  const graph = readModel(file);
  edit(graph);
  return writeModel(graph);
}

test('classes are those of preprocess, run and topClasses', async () => {
  const classifier = await ImageClassifier.load(file, { labels: names, maxResults: 3 });
  const model = await load(file);
  const [input] = model.inputs;
  preprocess({ ...picture(7), channels: 3 }, presets.raw, input, input.data);
  model.run();
  const expected = topClasses(model.outputs[0], 3, names).map(({ class: index, label, score }) => ({ label, index, score }));
  assert.equal(classifier.classify(picture(7)), expected);
  assert.is(classifier.classify(picture(7), { maxResults: 10 }).length, 10);
  const [{ score }] = expected;
  assert.ok(classifier.classify(picture(7), { scoreThreshold: score, maxResults: 10 }).every((entry) => entry.score >= score));
});

test('labels and preprocessing come from the file: its record, its archive, else the class number', async () => {
  const recorded = edited((graph) => graph.metadata.push(recordedEntry({ labels: names, preprocessing: presets.inception })));
  const classifier = await ImageClassifier.load(recorded);
  assert.equal([classifier.classNames, classifier.preprocessing], [names, presets.inception]);
  const archived = await ImageClassifier.load(
    edited((graph) => {
      graph.trailer = storedZip('labels.txt', names.join('\n'));
    }),
  );
  assert.equal([archived.classNames, archived.preprocessing], [names, presets.raw]);
  assert.match((await ImageClassifier.load(file)).classify(picture(3))[0].label, /^class \d$/);
});

test('a preset by name; a loaded model stays its owner’s', async () => {
  const model = await load(file);
  const classifier = await ImageClassifier.load(model, { preprocessing: 'tf' });
  assert.equal(classifier.preprocessing, presets.tf);
  classifier.dispose();
  model.run();
  const own = await ImageClassifier.load(file);
  own.dispose();
  assert.throws(
    () => own.classify(picture(1)),
    (error: unknown) => error instanceof ModelError && error.code === 'disposed',
  );
});

const noRecord = (text: string) => edited((graph) => graph.metadata.push({ name: 'zeropoint', data: new TextEncoder().encode(text) }));

testRefused('a misspelt option', () => ImageClassifier.load(file, { maxresults: 1 } as never), 'bad-argument', /did you mean maxResults/);
testRefused('no count', () => ImageClassifier.load(file, { maxResults: 0 }), 'bad-argument', /maxResults is 0/);
testRefused(
  'an unknown preset',
  () => ImageClassifier.load(file, { preprocessing: 'vgg' as never }),
  'bad-argument',
  /raw, tf, unit, caffe/,
);
testRefused('a damaged record', () => ImageClassifier.load(noRecord('{')), 'malformed', /no JSON/);
testRefused('a record of another version', () => ImageClassifier.load(noRecord('{"version":2}')), 'malformed', /another version/);
testRefused('a record with bad labels', () => ImageClassifier.load(noRecord('{"version":1,"labels":[1]}')), 'malformed', /labels/);
testRefused(
  'a record with bad preprocessing',
  () => ImageClassifier.load(noRecord('{"version":1,"preprocessing":{"crop":9}}')),
  'malformed',
  /crop/,
);
testRefused(
  'a network that is no classifier',
  async () =>
    ImageClassifier.load(
      float((graph) => graph.outputs.push(graph.outputs[0])),
      { preprocessing: 'unit' },
    ),
  'bad-shape',
  /another task/,
);
testRefused('a float network that says nothing', async () => ImageClassifier.load(float()), 'bad-argument', /float32 and does not say/);

/** A float classifier: one FULLY_CONNECTED without SOFTMAX, over 2 x 2 pixels. */
function float(edit: (graph: Graph) => void = () => {}): Graph {
  const input = { id: 0, name: 'in', dtype: 'float32' as const, shape: [1, 2, 2, 3] };
  const data = Float32Array.from({ length: 36 }, (_, i) => Math.sin(i));
  const weights = { id: 1, name: 'weights', dtype: 'float32' as const, shape: [3, 12], data };
  const output = { id: 2, name: 'out', dtype: 'float32' as const, shape: [1, 3] };
  const graph: Graph = {
    name: '',
    description: '',
    values: [input, weights, output],
    inputs: [input],
    outputs: [output],
    nodes: [
      {
        type: 'FULLY_CONNECTED',
        id: 0,
        attributes: { activation: 'NONE', keepNumDims: false },
        inputs: [input, weights],
        outputs: [output],
        version: 1,
      },
    ],
    signatures: [],
    metadata: [],
    trailer: new Uint8Array(),
  };
  edit(graph);
  return graph;
}

test('logits become probabilities', async () => {
  const classifier = await ImageClassifier.load(float(), { preprocessing: 'unit' });
  const pixels = { data: Uint8Array.from({ length: 12 }, (_, i) => 20 * i), width: 2, height: 2 };
  const results = classifier.classify(pixels);
  const logits = [0, 1, 2].map((row) => pixels.data.reduce((sum, pixel, i) => sum + (pixel / 255) * Math.sin(12 * row + i), 0));
  const powers = logits.map(Math.exp);
  for (const { index, score } of results) {
    assert.ok(Math.abs(score - powers[index] / (powers[0] + powers[1] + powers[2])) < 1e-6, `class ${index}: ${score}`);
  }
});

/** A server of the file; other paths are not found, `/slow` never ends. */
async function withServer(body: (address: string) => Promise<void>): Promise<void> {
  const server = createServer((request, response) => {
    if (request.url === '/model.tflite') response.writeHead(200, { 'content-length': file.length }).end(file);
    else if (request.url === '/slow') response.writeHead(200, { 'content-length': file.length }).write(file.subarray(0, 1000));
    else if (request.url === '/broken')
      response.writeHead(200, { 'content-length': file.length }).write(file.subarray(0, 1000), () => response.destroy());
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await body(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('an address, a URL and an answer of fetch are loaded, with progress', () =>
  withServer(async (address) => {
    const progress: [number, number | undefined][] = [];
    const url = `${address}/model.tflite`;
    const classifier = await ImageClassifier.load(url, { onProgress: (loaded, total) => progress.push([loaded, total]) });
    assert.equal(progress.at(-1), [file.length, file.length]);
    const expected = classifier.classify(picture(9));
    for (const source of [new URL(url), await fetch(url)]) {
      assert.equal((await ImageClassifier.load(source)).classify(picture(9)), expected);
    }
  }));

test('what a server does not give is fetch-failed', () =>
  withServer(async (address) => {
    for (const [path, message] of [
      ['/other', /status 404/],
      ['/broken', /broke off/],
    ] as const) {
      try {
        await ImageClassifier.load(address + path);
        assert.unreachable();
      } catch (error) {
        assert.is((error as ModelError).code, 'fetch-failed', String(error));
        assert.match((error as Error).message, message);
      }
    }
  }));

test('an aborted loading rejects with the reason of its signal', () =>
  withServer(async (address) => {
    const controller = new AbortController();
    const reason = new Error('the user left');
    const loading = ImageClassifier.load(`${address}/slow`, { signal: controller.signal, onProgress: () => controller.abort(reason) });
    assert.is(await loading.catch((error: unknown) => error), reason);
    assert.is(await ImageClassifier.load(file, { signal: controller.signal }).catch((error: unknown) => error), reason);
  }));

test('an embedding has length 1; the cosine of a picture with itself is 1, with others less', async () => {
  const embedder = await ImageEmbedder.load(file);
  const [a, b] = [embedder.embed(picture(3)), embedder.embed(picture(101))];
  assert.is(a.length, embedder.size);
  assert.ok(Math.abs(a.reduce((sum, element) => sum + element * element, 0) - 1) < 1e-5);
  assert.ok(cosineSimilarity(a, a) > 0.999999);
  assert.ok(cosineSimilarity(a, b) < 1);
  assert.is(cosineSimilarity([0, 0], [1, 2]), 0);
  assert.throws(() => cosineSimilarity([1], [1, 2]), /have no cosine/);
});

sharedTest(test, 'MobileNetV2 sees the photograph of a parrot as one, with labels of 1001 classes', async () => {
  const labels = readFileSync(sharedPath('models/labels/imagenet_labels.txt'), 'utf8').trim().split('\n');
  const classifier = await ImageClassifier.load(new Uint8Array(readFileSync(sharedPath('models/mobilenet_v2_1.0_224_quant.tflite'))), {
    labels,
    preprocessing: 'inception',
  });
  const [first] = classifier.classify(await sharp(sharedPath('images/photos/parrot.jpg')).raw().toBuffer({ resolveWithObject: true }));
  assert.match(first.label, /macaw/);
  assert.is(first.index, 89);
});

test.run();
