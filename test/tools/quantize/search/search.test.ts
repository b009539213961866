// Tests the search for precisions under limits, and what a quantized file says of itself.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadSync } from '../../../../src/index';
import { readModel } from '../../../../src/tflite';
import type { Samples } from '../../../../tools/dataset/dataset';
import { choosePreprocessing } from '../../../../tools/images/preprocessing';
import { setInputs } from '../../../../tools/model/inputs';
import { readMetadata } from '../../../../tools/model/metadata';
import { provenanceEntry, readProvenance } from '../../../../tools/model/provenance';
import { quantizeModel } from '../../../../tools/quantize/model';
import { type SearchOptions, searchPrecisions } from '../../../../tools/quantize/search/search';
import { testRefused } from '../../../support/errors';
import { asSamples, floatNetwork, networkSamples, observeFloat } from '../../../support/float-network';
import { Random } from '../../../support/random';

/** Labels are what the float network says, so that every change of class is a drop. */
function labelled(graph: ReturnType<typeof floatNetwork>, count: number): Samples {
  const inputs = networkSamples(count);
  const labels = inputs.map((sample) => {
    const { scores } = observeFloat(graph, sample);
    return scores.indexOf(Math.max(...scores));
  });
  const { size } = asSamples(inputs);
  return {
    size,
    async *[Symbol.asyncIterator]() {
      for (const [index, elements] of inputs.entries()) yield { name: `#${index}`, index, inputs: elements, label: labels[index] };
    },
  };
}

/** Points of top-1 below the float network, which is always right. */
async function dropOf(bytes: Uint8Array, samples: Samples): Promise<number> {
  const model = loadSync(bytes);
  let [wrong, count] = [0, 0];
  for await (const { inputs, label } of samples) {
    setInputs(model, inputs);
    model.run();
    const scores = model.outputs[0].data as Int8Array;
    count++;
    if (scores.indexOf(scores.reduce((a, b) => Math.max(a, b))) !== label) wrong++;
  }
  return (100 * wrong) / count;
}

const spread = (c: number) => 2 ** (2 * c - 8);
const naive = { equalize: false, biasCorrection: false, round: false } as const;

/** The network with all its settings, in the scheme int8. */
const graph = () => floatNetwork({ seed: 12, spread });
const plainSettings = { equalize: false, biasCorrection: false, round: false, refit: false, decide: false, logitRanges: false } as const;
const limited = (limits: Partial<SearchOptions>, samples: Samples = asSamples(networkSamples(24))) =>
  searchPrecisions(graph(), samples, { ...plainSettings, ...limits });

test('--max-drop takes the first point of the frontier that drops no more: the points tried before it drop more', async () => {
  const samples = labelled(graph(), 40);
  const uint8 = { ...naive, scheme: { name: 'uint8' } } as const;
  const all = await searchPrecisions(graph(), samples, { ...uint8, maxDrop: 100 });
  assert.equal(all.skipped, []);
  assert.ok(all.drop! > 0, 'the case loses accuracy');
  const maxDrop = all.drop! / 2;
  const found = await searchPrecisions(graph(), samples, { ...uint8, maxDrop });
  assert.ok(found.drop! <= maxDrop, `drop ${found.drop}`);
  assert.ok(found.skipped.length >= 1, `float layers: ${found.skipped}`);
  assert.is(found.drop, await dropOf(found.bytes, samples));
  const chosen = found.frontier.findIndex(({ isChosen }) => isChosen);
  const before = found.frontier.slice(0, chosen).filter(({ drop }) => drop !== undefined);
  assert.ok(before.length > 0 && before.every(({ drop }) => drop! > maxDrop), JSON.stringify(found.frontier));
});

test('--max-bytes gives the large weights 4 bits until the file fits, and none where it does', async () => {
  const digits = readModel(readFileSync(join(import.meta.dirname, '../../../../tools/demo/digits.tflite')));
  const random = new Random(3);
  const pictures = Array.from({ length: 8 }, () => [Float32Array.from({ length: 28 * 28 }, () => (255 * random.next()) / 2 ** 32)]);
  const within = (maxBytes: number) => searchPrecisions(digits, asSamples(pictures), { ...plainSettings, maxBytes });
  const whole = await within(1e6);
  assert.equal([whole.int4, whole.skipped, whole.int16], [[], [], []]);
  const maxBytes = whole.bytes.length - 1000;
  const found = await within(maxBytes);
  assert.ok(found.bytes.length <= maxBytes && found.bytes.length > maxBytes - 2000, `${found.bytes.length} of ${maxBytes}`);
  assert.ok(found.int4.length > 0 && found.int4.length < found.frontier[0].int4, `${found.int4}`);
  assert.equal([found.skipped, found.int16], [[], []]);
  const model = loadSync(found.bytes);
  model.run();
  model.dispose();
});

test('--max-ms without a limit that binds takes all that gains, and a run is no slower than said', async () => {
  const found = await limited({ maxMilliseconds: 1e6 });
  assert.ok(found.frontier.at(-1)!.isChosen, JSON.stringify(found.frontier));
  assert.ok(found.skipped.length + found.int16.length > 0);
  const [first, last] = [found.frontier[0], found.frontier.at(-1)!];
  assert.ok(last.decibels > first.decibels + 20, `${first.decibels} to ${last.decibels} dB`);
});

test('the file records the frontier, and every point has more than the one before it is chosen for', async () => {
  const { bytes, frontier } = await limited({ maxMilliseconds: 1e6 });
  const { metadata } = readModel(bytes);
  assert.equal(readProvenance(metadata)!.frontier, frontier);
  frontier.slice(1).forEach(({ decibels }, i) => {
    assert.ok(decibels >= frontier[i].decibels, JSON.stringify(frontier));
  });
});

test('nodes that are exceptions by name keep their precision', async () => {
  const found = await limited({ maxMilliseconds: 1e6, skip: ['stem'], int16: ['project'] });
  assert.ok(found.skipped.includes('stem') && found.int16.includes('project'), `${found.skipped}; ${found.int16}`);
});

testRefused('no limit', () => limited({}), 'bad-argument', /no limit/);
testRefused('a limit below 0', () => limited({ maxDrop: -1 }), 'bad-argument', /maxDrop is -1/);
testRefused('weights of 4 bits beside a search', () => limited({ maxBytes: 1e4, scheme: { weightBits: 4 } }), 'bad-argument', /weightBits/);
testRefused('a size that no file has', () => limited({ maxBytes: 100 }), 'bad-argument', /takes \d+ bytes; allow more/);
testRefused('a time that no run takes', () => limited({ maxMilliseconds: 1e-6 }), 'bad-argument', /takes .* ms a run; allow more/);
testRefused('no labels for --max-drop', () => limited({ maxDrop: 1 }), 'bad-argument', /--labels/);

test("a quantized file carries its preprocessing, hashes and settings, and 'run' takes the preprocessing from it", async () => {
  const preprocessing = { crop: 0.875, mean: 127.5, std: 127.5, quantized: 'pixel' } as const;
  const settings = { calibration: { observer: 'min-max', preprocessing }, modelHash: 'abc' } as const;
  const { bytes } = await quantizeModel(floatNetwork(), asSamples(networkSamples(2)), settings);
  const { metadata, inputs } = readModel(bytes);
  const found = readProvenance(metadata)!;
  assert.equal([found.calibration.model, found.calibration.samples], ['abc', 2]);
  assert.is((found.settings.scheme as { name: string }).name, 'int8');
  const chosen = await choosePreprocessing(undefined, inputs[0], readMetadata(metadata).inputs[0]);
  // Calibration saw real numbers, so codes must be those of the same numbers.
  assert.equal(chosen.preprocessing, { ...preprocessing, quantized: 'normalized' });
});

for (const [title, data] of [
  ['no JSON', 'nonsense'],
  ['another version', '{"version":2,"calibration":{},"settings":{}}'],
  ['null', 'null'],
] as const) {
  test(`a metadata entry of ${title} is malformed`, () => {
    const entry = { ...provenanceEntry({ calibration: {} as never, settings: {} }), data: new TextEncoder().encode(data) };
    assert.throws(() => readProvenance([entry]), /metadata entry 'zeropoint'/);
  });
}

test('models without the entry say nothing', () => {
  assert.is(readProvenance([]), undefined);
});

test.run();
