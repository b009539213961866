// Tests the keyword spotter on networks that tell two tones apart, and on trained networks where they are: which keywords, when, and how often.
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Keyword, KeywordSpotter, type KeywordSpotterOptions } from '../../src/audio';
import { FeatureInput } from '../../src/audio/feature-input';
import { loadSync as loadFloat } from '../../src/float';
import { load } from '../../src/index';
import { mobilenetV1 } from '../../src/mobilenet';
import { readModel, writeModel } from '../../src/tflite';
import { testRefused } from '../support/errors';
import { sharedPath } from '../support/shared';
import { streamingToneNetwork, toneLabels, toneNetwork, toneSound } from '../support/tones';

const network = toneNetwork();
const quick: KeywordSpotterOptions = { averageWindow: 100 };
const sound = [{ seconds: 1 }, { tone: 'low', seconds: 0.5 }, { seconds: 0.7 }, { tone: 'high', seconds: 0.4 }, { seconds: 1 }] as const;

/** Keywords of a sound that arrives in pieces. */
function heard(spotter: KeywordSpotter, samples: Float32Array | Int16Array, piece: number): Keyword[] {
  const keywords: Keyword[] = [];
  for (let at = 0; at < samples.length; at += piece) keywords.push(...spotter.process(samples.subarray(at, at + piece)));
  return keywords;
}

test('micro_speech_test.cc: features become the codes of its 30 ms of yes', async () => {
  // What the front end gives for the example's yes_30ms.wav, and the test's expected_feature.
  const features = [
    656, 605, 662, 600, 657, 596, 653, 593, 636, 587, 631, 585, 628, 566, 569, 547, 604, 582, 637, 585, 647, 600, 660, 597, 657, 603, 660,
    603, 657, 595, 635, 566, 545, 526, 540, 519, 548, 530, 546, 517,
  ];
  const codes = [
    124, 105, 126, 103, 125, 101, 123, 100, 116, 98, 115, 97, 113, 90, 91, 82, 104, 96, 117, 97, 121, 103, 126, 101, 125, 104, 126, 104,
    125, 101, 116, 90, 81, 74, 80, 71, 83, 76, 82, 71,
  ];
  const model = await load(network);
  const input = new FeatureInput(model, 40);
  input.push(Uint16Array.from(features));
  input.push(new Uint16Array(40).fill(65535));
  input.write();
  assert.equal([...model.inputs[0].data.subarray(-80, -40)], codes);
  assert.equal([...model.inputs[0].data.subarray(-40)], new Array(40).fill(127));
});

test('inputs of other scales and of float32 hold features / 25.6', async () => {
  const real = await loadFloat(streamingToneNetwork());
  const input = new FeatureInput(real, 40);
  input.push(new Uint16Array(40).fill(256));
  input.write();
  assert.equal([...real.inputs[0].data].slice(-41), [0, ...new Array(40).fill(10)]);
  const graph = readModel(network);
  graph.inputs[0].quantization = { scale: [0.125], zeroPoint: [-100], axis: 0 };
  const other = await load(writeModel(graph));
  const coarse = new FeatureInput(other, 40);
  coarse.push(new Uint16Array(40).fill(256));
  coarse.write();
  assert.equal([...other.inputs[0].data].slice(-40), new Array(40).fill(-20));
});

test('the time of a keyword is that of the sound up to the end of its window', async () => {
  const samples = toneSound(16000, ...sound);
  const spotter = await KeywordSpotter.load(network, quick);
  let times = 0;
  for (let at = 0; at < samples.length; at += 16) {
    for (const { time } of spotter.process(samples.subarray(at, at + 16))) {
      assert.is(time, (at + 16) / 16);
      times++;
    }
  }
  assert.is(times, 2);
});

test('tones are recognized in order, soon after they begin, in pieces of any size and at any rate', async () => {
  const spotter = await KeywordSpotter.load(network, quick);
  assert.equal(spotter.labels, toneLabels);
  const keywords = heard(spotter, toneSound(16000, ...sound), 128);
  assert.equal(
    keywords.map(({ label, index }) => [label, index]),
    [
      ['low', 1],
      ['high', 2],
    ],
  );
  for (const [i, begin] of [1000, 2200].entries()) {
    const { time, score } = keywords[i];
    assert.ok(time > begin && time < begin + 400, `${time} ms, the tone begins at ${begin} ms`);
    assert.ok(score > 200 / 256 && score <= 1, String(score));
  }
  spotter.process(toneSound(16000, { tone: 'low', seconds: 0.33 }));
  spotter.reset();
  assert.equal(heard(spotter, toneSound(16000, ...sound), 5000), keywords);
  for (const sampleRate of [44100, 48000]) {
    const resampling = await KeywordSpotter.load(network, { ...quick, sampleRate });
    const other = heard(resampling, toneSound(sampleRate, ...sound), 128);
    // Half a sample of the lower rate is left over.
    resampling.process(toneSound(sampleRate, { tone: 'high', seconds: 0.0301 }));
    resampling.reset();
    assert.equal(heard(resampling, toneSound(sampleRate, ...sound), 1000), other, `${sampleRate} Hz, after a reset`);
    assert.equal(
      other.map(({ label }) => label),
      ['low', 'high'],
      `${sampleRate} Hz`,
    );
    for (const [i, { time }] of other.entries()) assert.ok(Math.abs(time - keywords[i].time) <= 20, `${sampleRate} Hz: ${time} ms`);
  }
});

test('scores are averages over the window, of runs every hop windows once the spectrogram is full', async () => {
  const spotter = await KeywordSpotter.load(network, { averageWindow: 0, minimumCount: 1, hop: 4 });
  const windows = (count: number) => toneSound(16000, { seconds: 0.03 + 0.02 * (count - 1) });
  let runs = 0;
  const { run } = spotter.model;
  spotter.model.run = () => {
    runs++;
    run.call(spotter.model);
  };
  spotter.process(windows(9));
  assert.equal([runs, [...spotter.scores]], [0, [0, 0, 0]]);
  spotter.process(toneSound(16000, { seconds: 0.02 }));
  assert.is(runs, 1);
  assert.ok(spotter.scores[0] > 0.99);
  spotter.process(toneSound(16000, { tone: 'low', seconds: 0.06 }));
  assert.is(runs, 1);
  spotter.process(toneSound(16000, { tone: 'low', seconds: 0.02 }));
  assert.is(runs, 2);
});

test('ignored labels are those of silence, or what the options say', async () => {
  const options = { ...quick, labels: ['background noise', 'unknown', 'high'] };
  const labelsOf = async (more: KeywordSpotterOptions) =>
    heard(await KeywordSpotter.load(network, { ...options, ...more }), toneSound(16000, ...sound), 777).map(({ label }) => label);
  assert.equal(await labelsOf({}), ['high']);
  assert.equal((await labelsOf({ ignored: ['high', 'background noise'] })).includes('unknown'), true);
});

test('a network that keeps a state gets every window once, in float32, and its logit is a probability', async () => {
  const settings = { detectionThreshold: 0.99, averageWindow: 60, minimumCount: 2, warmUp: 0 };
  const spotter = await KeywordSpotter.load(streamingToneNetwork(), { ...settings, labels: ['low tone'] });
  assert.is(spotter.frontend.options.windowStep, 10);
  const samples = toneSound(16000, { seconds: 0.5 }, { tone: 'low', seconds: 0.4 }, { seconds: 0.5 }, { tone: 'high', seconds: 0.5 });
  const keywords = heard(spotter, samples, 128);
  assert.equal(
    keywords.map(({ label }) => label),
    ['low tone'],
  );
  // 4 * 5 - 10 and 4 * 4 - 10 are the first logits of which both probabilities' mean is above 0.99: five runs of 30 ms.
  assert.ok(keywords[0].time >= 500 + 4 * 30 && keywords[0].time <= 500 + 7 * 30, `${keywords[0].time} ms`);
  // As long as the state counts.
  spotter.process(toneSound(16000, { tone: 'low', seconds: 0.2 }));
  spotter.reset();
  assert.equal(heard(spotter, toneSound(16000, { tone: 'low', seconds: 0.12 }), 480), []);
  spotter.reset();
  assert.equal(heard(spotter, samples, 480), keywords);
  const late = await KeywordSpotter.load(streamingToneNetwork(), { ...settings, warmUp: 2000 });
  assert.equal(heard(late, samples, 480), []);
});

test('a model that was given loaded is left to its owner', async () => {
  const model = await load(network);
  const spotter = await KeywordSpotter.load(model);
  spotter.dispose();
  model.run();
  const own = await KeywordSpotter.load(network);
  own.dispose();
  assert.throws(() => own.model.run());
});

const refused = (title: string, options: unknown, code: string, message: RegExp, source: Uint8Array = network) =>
  testRefused(title, () => KeywordSpotter.load(source, options as KeywordSpotterOptions), code, message);
refused('a misspelt option', { averagewindow: 1 }, 'bad-argument', /did you mean averageWindow/);
refused('a misspelt option of the front end', { frontend: { channels: 40 } }, 'bad-argument', /did you mean numChannels/);
refused('a negative threshold', { detectionThreshold: -1 }, 'bad-argument', /detectionThreshold of KeywordSpotter.load is -1/);
refused('half a hop', { hop: 0.5 }, 'bad-argument', /hop is 0.5/);
refused('a front end with other channels', { frontend: { numChannels: 32 } }, 'bad-shape', /must take windows of 32 features/);
refused(
  'a network on pictures',
  {},
  'bad-shape',
  /must take windows of 40 features/,
  mobilenetV1({ alpha: 0.25, resolution: 32, classes: 10 }),
);

/** Files of tflite-micro's example micro_speech (Apache-2.0), where they are. */
const microSpeech = sharedPath('models', 'micro_speech_quantized.tflite');
const clip = (name: string) => {
  const bytes = readFileSync(sharedPath('sounds', `${name}_1000ms.wav`));
  return new Int16Array(Uint8Array.from(bytes.subarray(44)).buffer);
};

const trained = existsSync(microSpeech) && existsSync(sharedPath('sounds'));
if (!trained) console.log('skipped, ../shared has no micro_speech_quantized.tflite and sounds: its clips');
(trained ? test : test.skip)("micro_speech_test.cc: the example's four clips, and the probability 0.95 of 'no' in its README", async () => {
  const labels = ['silence', 'unknown', 'yes', 'no'];
  const spotter = await KeywordSpotter.load(readFileSync(microSpeech), { labels, averageWindow: 0, minimumCount: 1 });
  const best = ['yes', 'no', 'silence', 'noise'].map((name) => {
    spotter.reset();
    spotter.process(clip(name));
    return labels[spotter.scores.indexOf(Math.max(...spotter.scores))];
  });
  assert.equal(best, ['yes', 'no', 'silence', 'silence']);
  spotter.reset();
  const [{ label, score }] = spotter.process(clip('no'));
  assert.equal([label, score], ['no', 242 / 256]);
});

test.run();
