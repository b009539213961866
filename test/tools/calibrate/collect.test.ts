// Owns the tests of collecting ranges: what is observed, resuming, aborting, reuse of results, shards and their merging.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type CollectOptions, calibrateCached, collectRanges, observeSamples } from '../../../tools/calibrate/collect';
import { readRanges } from '../../../tools/calibrate/ranges';
import { type CalibrationSettings, observerNames } from '../../../tools/calibrate/settings';
import { mergeShards } from '../../../tools/calibrate/state';
import type { Dataset, Sample, Samples } from '../../../tools/dataset/dataset';
import { openDataset } from '../../../tools/dataset/open';
import type { FloatModel } from '../../../tools/model/float-model';
import { smallFloatModel } from '../../support/datasets';
import { refuses } from '../../support/errors';
import { temporaryFolder } from '../../support/folder';
import { npy } from '../../support/npy';
import { Random } from '../../support/random';

const folder = temporaryFolder();
test.after(folder.remove);

const count = 60;
const random = new Random(8);
const numbers = Float32Array.from({ length: count * 16 }, () => random.normal());
const path = folder.write('x.npy', npy('<f4', [count, 16], numbers));
const model = smallFloatModel(16);
const open = (shard?: Dataset['shard']) => openDataset(path, { inputs: model.inputs, shard });
const minMax: CalibrationSettings = { observer: 'min-max' };

/** A model that counts its runs. */
function counted(): { model: FloatModel; runs: () => number } {
  let runs = 0;
  const run: FloatModel['run'] = (inputs, observe) => {
    runs++;
    return model.run(inputs, observe);
  };
  return { model: { ...model, run }, runs: () => runs };
}

/** Aborts after some samples; returns what the work ended with. */
async function interruptedAfter(samples: number, work: (options: CollectOptions) => Promise<unknown>): Promise<unknown> {
  const controller = new AbortController();
  try {
    await work({ signal: controller.signal, onProgress: (done) => done === samples && controller.abort() });
  } catch (error) {
    return error;
  }
  return assert.unreachable('was not interrupted');
}

test('min-max over all samples: inputs, intermediate values and outputs, no constants', async () => {
  const progress: unknown[] = [];
  const ranges = await collectRanges(model, await open(), minMax, { onProgress: (...args) => progress.push(args) });
  const [min, max] = [Math.min(...numbers), Math.max(...numbers)];
  assert.equal(Object.keys(ranges.tensors), ['t0', 't1', 't3']);
  for (const [name, low, high] of [
    ['t0', min, max],
    ['t1', 0, max],
    ['t3', -2 * max, 0],
  ] as const) {
    assert.equal([Math.fround(ranges.tensors[name].min), Math.fround(ranges.tensors[name].max)], [low || 0, high || 0], name);
  }
  assert.equal([ranges.samples, progress.length, progress[count - 1]], [count, count, [count, count]]);
});

test('any async iterable of samples will do, without resuming or reuse', async () => {
  async function* samples(): AsyncGenerator<Sample> {
    for (let index = 0; index < 3; index++)
      yield { name: `${index}`, index, inputs: [Float32Array.from({ length: 16 }, (_, i) => i + index)] };
  }
  const ranges = await collectRanges(model, samples() as Samples, minMax, { resume: folder.at('iterable.partial') });
  assert.equal([ranges.tensors.t0, ranges.data, ranges.samples], [{ min: 0, max: 17 }, 'unknown', 3]);
  const cached = await calibrateCached(folder.at('iterable.json'), model, samples() as Samples, minMax);
  const again = await calibrateCached(folder.at('iterable.json'), model, samples() as Samples, minMax);
  assert.equal([cached.reused, again.reused], [false, false]);
});

for (const observer of observerNames) {
  test(`${observer}: interrupted after 23 of 60 samples and resumed, the ranges are those of one go, and no sample runs twice`, async () => {
    const settings = { observer };
    const resume = folder.at(`${observer}.partial`);
    const whole = await collectRanges(model, await open(), settings);
    const dataset = await open();
    const first = counted();
    const error = await interruptedAfter(23, (options) => collectRanges(first.model, dataset, settings, { ...options, resume }));
    assert.is((error as Error).name, 'AbortError');
    assert.equal(
      readdirSync(folder.at()).filter((name) => name.endsWith('.tmp')),
      [],
    );
    const second = counted();
    assert.equal(await collectRanges(second.model, await open(), settings, { resume }), whole);
    assert.equal([first.runs(), second.runs()], [23, 37]);
    assert.not.ok(existsSync(resume));
  });

  test(`${observer}: three shards merged ${observer === 'moving-average' ? 'come close to' : 'give the very ranges of'} the whole`, async () => {
    const settings = { observer };
    const paths: string[] = [];
    for (const index of [2, 0, 1]) {
      const resume = folder.at(`${observer}-${index}.json`);
      await observeSamples(model, await open({ index, count: 3 }), settings, { resume });
      paths.push(resume);
    }
    const [whole, merged] = [await collectRanges(model, await open(), settings), await mergeShards(paths)];
    if (observer !== 'moving-average') assert.equal(merged, whole);
    else {
      assert.equal([merged.data, merged.samples], [whole.data, count]);
      assert.ok(Math.abs(merged.tensors.t0.max - whole.tensors.t0.max) < 0.1);
    }
  });
}

test('samples that cannot begin in the middle are walked over up to where the calibration stopped', async () => {
  const resume = folder.at('walked.partial');
  const dataset = await open();
  const samples: Samples = { hash: () => dataset.hash(), [Symbol.asyncIterator]: () => dataset[Symbol.asyncIterator]() };
  await interruptedAfter(7, (options) => collectRanges(model, samples, minMax, { ...options, resume }));
  const { model: watched, runs } = counted();
  assert.is((await collectRanges(watched, samples, minMax, { resume })).samples, count);
  assert.is(runs(), count - 7);
});

test('what is left of another calibration, or damaged, is not resumed', async () => {
  const resume = folder.at('other.partial');
  const dataset = await open();
  await interruptedAfter(5, (options) => collectRanges(model, dataset, { observer: 'mse' }, { ...options, resume }));
  const { model: watched, runs } = counted();
  await collectRanges(watched, dataset, minMax, { resume });
  assert.is(runs(), count);
  writeFileSync(resume, '{"format":"zeropoint calib');
  await collectRanges(watched, dataset, minMax, { resume });
  assert.is(runs(), 2 * count);
});

test('progress is saved every saveEvery samples, so that even a crash loses no more', async () => {
  const resume = folder.at('crash.partial');
  const { model: watched, runs } = counted();
  const crash: FloatModel = {
    ...model,
    run: (inputs, observe) => {
      if (runs() === 25) throw new TypeError('crash');
      return watched.run(inputs, observe);
    },
  };
  const dataset = await open();
  try {
    await collectRanges(crash, dataset, minMax, { resume, saveEvery: 10, modelHash: 'm' });
    assert.unreachable('did not crash');
  } catch (error) {
    assert.is((error as Error).message, 'crash');
  }
  const after = counted();
  await collectRanges(after.model, dataset, minMax, { resume, modelHash: 'm' });
  assert.is(after.runs(), count - 20);
});

test('calibrateCached reuses a fitting file, and only that; it leaves no partial file', async () => {
  const file = folder.at('cache', 'ranges.json');
  const { model: watched, runs } = counted();
  const calibrate = async (settings: CalibrationSettings, modelHash = 'a') =>
    (await calibrateCached(file, watched, await open(), settings, { modelHash })).reused;
  assert.equal([await calibrate(minMax), runs()], [false, count]);
  assert.equal([await calibrate({ ...minMax, percentile: 99, seed: 4 }), runs()], [true, count]);
  assert.equal([await calibrate(minMax, 'b'), runs()], [false, 2 * count]);
  assert.equal([await calibrate({ observer: 'percentile' }, 'b'), runs()], [false, 3 * count]);
  assert.equal([await calibrate({ observer: 'percentile', percentile: 99.99 }, 'b'), runs()], [true, 3 * count]);
  assert.equal(readdirSync(folder.at('cache')), ['ranges.json']);
  writeFileSync(file, 'anything');
  assert.is(await calibrate(minMax), false);
  assert.is((await readRanges(file)).samples, count);
});

test('the file has one line per tensor, and edits are read', async () => {
  const file = folder.at('edited.json');
  await calibrateCached(file, model, await open(), minMax);
  const text = readFileSync(file, 'utf8');
  assert.match(text, /\n {4}"t1": \{"min":0,"max":[\d.]+\},\n {4}"t3": \{"min":-[\d.]+,"max":0\}\n {2}\}\n\}\n$/);
  writeFileSync(file, text.replace(/"t1": \{[^}]*\}/, '"t1": { "min": -1, "max": 2.5 }'));
  assert.equal((await readRanges(file)).tensors.t1, { min: -1, max: 2.5 });
  for (const range of ['{"min":2,"max":1}', '{"min":0}', '7', '{"min":"0","max":1}']) {
    writeFileSync(file, text.replace(/"t1": \{[^}]*\}/, `"t1": ${range}`));
    await refuses(
      () => readRanges(file),
      'bad-data',
      /edited\.json: is damaged: tensors\["t1"\].*give every tensor \{ "min": number, "max": number \}/,
    );
  }
});

test('NaN is ignored and counted, as long as something is finite; no usable sample is an error', async () => {
  const collect = async (...data: number[]) => {
    const dataset = await openDataset(
      folder.write(
        'odd.npy',
        npy(
          '<f4',
          [1, 16],
          Float32Array.from({ length: 16 }, (_, i) => data[i % data.length]),
        ),
      ),
      {
        inputs: model.inputs,
      },
    );
    return (await collectRanges(model, dataset, minMax)).tensors.t0;
  };
  assert.equal(await collect(1, Number.NaN), { min: 1, max: 1, nonFinite: 8 });
  await refuses(() => collect(Number.NaN), 'bad-data', /tensor 't0': is NaN or infinite for all samples/);
  assert.equal(await collect(0), { min: 0, max: 0 });
  await refuses(() => collectRanges(model, (async function* () {})() as Samples, minMax), 'bad-data', /no sample could be used/);
});

test('shards that do not belong together are refused by name', async () => {
  const shard = async (name: string, index: number, countOf: number, settings = minMax, modelHash = 'm') => {
    await observeSamples(model, await open({ index, count: countOf }), settings, { resume: folder.at(name), modelHash });
    return folder.at(name);
  };
  const [a, b] = [await shard('a.json', 0, 2), await shard('b.json', 1, 2)];
  assert.is((await mergeShards([b, a])).samples, count);
  await refuses(() => mergeShards([]), 'bad-argument', /nothing to merge/);
  await refuses(() => mergeShards([a]), 'bad-argument', /shards 2\/2 are missing/);
  await refuses(async () => mergeShards([a, await shard('a2.json', 0, 2)]), 'bad-argument', /a2\.json: is shard 1\/2, as .*a\.json is/);
  await refuses(
    async () => mergeShards([a, await shard('c.json', 1, 3)]),
    'bad-argument',
    /c\.json: has another model, other settings or another number/,
  );
  await refuses(async () => mergeShards([a, await shard('d.json', 1, 2, { observer: 'mse' })]), 'bad-argument', /d\.json: has another/);
  await refuses(async () => mergeShards([a, await shard('e.json', 1, 2, minMax, 'n')]), 'bad-argument', /e\.json: has another/);
  const dataset = await open({ index: 1, count: 2 });
  await interruptedAfter(4, (options) =>
    observeSamples(model, dataset, minMax, { ...options, resume: folder.at('f.json'), modelHash: 'm' }),
  );
  await refuses(() => mergeShards([a, folder.at('f.json')]), 'bad-argument', /f\.json: is not finished/);
  await refuses(() => mergeShards([path]), 'bad-data', /x\.npy: is not JSON/);
  await refuses(() => mergeShards([folder.write('g.json', '{"format":"else"}')]), 'bad-data', /g\.json: is no shard/);
});

test.run();
