// Tests the search for float layers, and what a quantized file says of itself.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadSync } from '../../../src/index';
import { readModel } from '../../../src/tflite';
import type { Samples } from '../../../tools/dataset/dataset';
import { choosePreprocessing } from '../../../tools/images/preprocessing';
import { setInputs } from '../../../tools/model/inputs';
import { readMetadata } from '../../../tools/model/metadata';
import { provenanceEntry, readProvenance } from '../../../tools/model/provenance';
import { quantizeModel } from '../../../tools/quantize/model';
import { searchSkips } from '../../../tools/quantize/search';
import { asSamples, floatNetwork, networkSamples, observeFloat } from '../../support/float-network';

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
const naive = { scheme: { name: 'uint8' }, equalize: false, biasCorrection: false, round: false } as const;

test('--max-drop keeps just enough layers float: one fewer drops more', async () => {
  const graph = floatNetwork({ seed: 12, spread });
  const samples = labelled(graph, 40);
  const all = await searchSkips(graph, samples, { ...naive, maxDrop: 100 });
  assert.equal(all.skipped, []);
  assert.ok(all.drop > 0, 'the case loses accuracy');
  const found = await searchSkips(graph, samples, { ...naive, maxDrop: all.drop / 2 });
  assert.ok(found.drop <= all.drop / 2, `drop ${found.drop}`);
  assert.ok(found.skipped.length >= 1, `float layers: ${found.skipped}`);
  const { bytes } = await quantizeModel(graph, samples, { ...naive, skip: found.skipped.slice(0, -1) });
  const fewer = await dropOf(bytes, samples);
  assert.ok(fewer > all.drop / 2, `without ${found.skipped.at(-1)} of ${found.skipped} the drop is ${fewer}`);
});

test('--max-drop without labels is an error that names the flag', async () => {
  try {
    await searchSkips(floatNetwork(), asSamples(networkSamples(2)), { ...naive, maxDrop: 1 });
    assert.unreachable('unlabelled samples were taken');
  } catch (error) {
    assert.match((error as Error).message, '--labels');
  }
});

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
