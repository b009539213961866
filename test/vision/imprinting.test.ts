// Tests weight imprinting: classes learned from a few pictures, kept as JSON, continued, and written as one .tflite.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../src/index';
import { mobilenetV1 } from '../../src/mobilenet';
import { loadReference } from '../../src/reference';
import { readModel, writeModel } from '../../src/tflite';
import { cosineSimilarity, ImageClassifier, ImageEmbedder, ImprintedClassifier } from '../../src/vision';
import { Random } from '../support/random';

const file = withoutSoftmax(mobilenetV1({ alpha: 0.25, resolution: 32, classes: 24, dtype: 'int8' }));

/** The network up to its logits, which say more of a picture than the probabilities of random weights. */
function withoutSoftmax(bytes: Uint8Array): Uint8Array {
  const graph = readModel(bytes);
  assert.is(graph.nodes.at(-1)!.type, 'SOFTMAX');
  const nodes = graph.nodes.slice(0, -1);
  return writeModel({ ...graph, nodes, outputs: nodes.at(-1)!.outputs });
}

/** A picture of stripes, their direction and colour by class, with noise by seed. */
function stripes(kind: number, seed: number) {
  const random = new Random(seed);
  const data = new Uint8Array(32 * 32 * 3);
  for (let y = 0; y < 32; y++) {
    for (let x = 0; x < 32; x++) {
      const wave = kind === 0 ? x : kind === 1 ? y : x + y;
      for (let c = 0; c < 3; c++) {
        const value = ((wave >> 2) & 1) * 180 + (c === kind ? 60 : 0) + (random.next() & 15);
        data[(y * 32 + x) * 3 + c] = Math.min(255, value);
      }
    }
  }
  return { data, width: 32, height: 32 };
}

const labels = ['vertical', 'horizontal', 'diagonal'];
const shots = (kind: number, from: number) => [0, 1, 2].map((i) => stripes(kind, from + i));

async function learned(): Promise<ImprintedClassifier> {
  const classifier = await ImprintedClassifier.load(file);
  for (const [kind, label] of labels.entries()) classifier.learn(label, shots(kind, 100 * kind + 1));
  return classifier;
}

test('three pictures each teach three classes', async () => {
  const classifier = await learned();
  assert.equal(classifier.classNames, labels);
  for (const [kind, label] of labels.entries()) {
    for (let seed = 1000; seed < 1010; seed++)
      assert.is(classifier.classify(stripes(kind, seed))[0].label, label, `${label}, seed ${seed}`);
  }
});

test('scores are the softmax of the scaled cosines with mean embeddings', async () => {
  const classifier = await learned();
  const embedder = await ImageEmbedder.load(file);
  const means = labels.map((_, kind) => {
    const embeddings = shots(kind, 100 * kind + 1).map((picture) => embedder.embed(picture));
    return embeddings[0].map((_, i) => embeddings.reduce((sum, embedding) => sum + embedding[i], 0));
  });
  const embedding = embedder.embed(stripes(2, 5000));
  const powers = means.map((mean) => Math.exp(20 * cosineSimilarity(mean, embedding)));
  const sum = powers.reduce((total, power) => total + power, 0);
  for (const { index, score } of classifier.classify(stripes(2, 5000))) {
    assert.ok(Math.abs(score - powers[index] / sum) < 1e-5, `${labels[index]}: ${score} instead of ${powers[index] / sum}`);
  }
});

test('JSON keeps what was learned, and learning goes on from it', async () => {
  const first = await ImprintedClassifier.load(file);
  first.learn('vertical', shots(0, 1));
  const second = await ImprintedClassifier.load(file, { classes: JSON.parse(JSON.stringify(first)) });
  second.learn('horizontal', shots(1, 101));
  second.learn('diagonal', shots(2, 201));
  assert.equal(second.classify(stripes(1, 77)), (await learned()).classify(stripes(1, 77)));
  assert.is(second.forget('vertical'), true);
  assert.equal(second.classNames, ['horizontal', 'diagonal']);
  assert.is(second.forget('vertical'), false);
});

test('one .tflite file holds network and classes: an ImageClassifier, and exact by the reference kernels', async () => {
  const classifier = await learned();
  const bytes = classifier.toTflite();
  const whole = await ImageClassifier.load(bytes);
  assert.equal(whole.classNames, labels);
  const reference = loadReference(bytes);
  for (let seed = 1; seed < 5; seed++) {
    const picture = stripes(seed % 3, 3000 + seed);
    const expected = classifier.classify(picture);
    const results = whole.classify(picture);
    assert.equal(
      results.map(({ label }) => label),
      expected.map(({ label }) => label),
    );
    results.forEach(({ score }, i) => {
      assert.ok(Math.abs(score - expected[i].score) < 1e-5, `${score} instead of ${expected[i].score}`);
    });
    const [scores] = reference.run([whole.model.inputs[0].data.slice()]);
    assert.ok(Math.abs(Number(scores[results[0].index]) - results[0].score) < 1e-6);
  }
});

async function refused(title: string, act: () => Promise<unknown>, message: RegExp): Promise<void> {
  test(title, async () => {
    const error = await act().catch((caught: unknown) => caught);
    assert.instance(error, ModelError, String(error));
    assert.is((error as ModelError).code, 'bad-argument');
    assert.match((error as Error).message, message);
  });
}

const saved = { version: 1, size: 24, classes: [{ label: 'a', count: 1, sum: new Array(24).fill(0.1) }] };
refused('nothing was learned', async () => (await ImprintedClassifier.load(file)).classify(stripes(0, 1)), /learn\(label, pictures\)/);
refused('nothing to write', async () => (await ImprintedClassifier.load(file)).toTflite(), /learn\(label, pictures\)/);
refused(
  'classes of another network',
  () => ImprintedClassifier.load(file, { classes: { ...saved, size: 25 } }),
  /25 elements, the network gives 24/,
);
refused('classes that are none', () => ImprintedClassifier.load(file, { classes: [] }), /no JSON of/);
refused(
  'a damaged class',
  () => ImprintedClassifier.load(file, { classes: { ...saved, classes: [{ label: 'a', count: 1, sum: [1] }] } }),
  /'a' is damaged/,
);
refused('a scale of 0', () => ImprintedClassifier.load(file, { scale: 0 }), /scale is 0/);
refused(
  'a network that was given loaded has no file to write into',
  async () => {
    const classifier = await ImprintedClassifier.load((await ImageEmbedder.load(file)).model);
    classifier.learn('a', [stripes(0, 1)]);
    return classifier.toTflite();
  },
  /given loaded/,
);

test('a picture that is none teaches nothing', async () => {
  const classifier = await ImprintedClassifier.load(file);
  assert.throws(() => classifier.learn('a', [stripes(0, 1), 'cat.jpg' as never]));
  assert.equal(classifier.classNames, []);
});

test.run();
