// Tests quantizing with several choices of samples: the first file, what is measured on which samples, spreads, decisions, and the text.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compare } from '../../../tools/compare/compare';
import { type ChoicesOptions, openChoices, openDataset, type SampleChoices } from '../../../tools/dataset/open';
import { loadFloat } from '../../../tools/model/float-model';
import { quantizeModel } from '../../../tools/quantize/model';
import { renderSpread } from '../../../tools/report/spread';
import { lossFigures } from '../../../tools/spread/figures';
import { minUnseen, type QuantizationSpread, quantizeChoices, type SpreadProgress } from '../../../tools/spread/spread';
import { refuses } from '../../support/errors';
import { floatNetwork } from '../../support/float-network';
import { temporaryFolder } from '../../support/folder';
import { npy } from '../../support/npy';
import { Random } from '../../support/random';
import { taskComparisons } from '../../support/task-comparisons';
import { recordingTerminal } from '../../support/terminal';

const folder = temporaryFolder();
test.after(folder.remove);

const count = 90;
const elements = 8 * 8 * 3;
const graph = floatNetwork();
const float = loadFloat(floatNetwork());
const random = new Random(3);
const pixels = Float32Array.from({ length: count * elements }, () => random.normal());
const path = folder.write('x.npy', npy('<f4', [count, 8, 8, 3], pixels));
/** Mostly the class that the float network gives. */
const labels = folder.write(
  'y.npy',
  npy(
    '<i4',
    [count],
    Int32Array.from({ length: count }, (_, i) => {
      const [scores] = float.run([pixels.slice(i * elements, (i + 1) * elements)]) as Float32Array[];
      return i % 5 === 0 ? 0 : scores.indexOf(Math.max(...scores));
    }),
  ),
);

const open = (options: Partial<ChoicesOptions> = {}): Promise<SampleChoices> =>
  openChoices(path, { inputs: float.inputs, labels, limit: 10, seed: 7, seeds: 3, ...options });

const near = (actual: number, expected: number, what: string) =>
  assert.ok(Math.abs(actual - expected) <= 1e-12 * Math.max(1, Math.abs(expected)), `${what}: ${actual}, expected ${expected}`);

test('the first file is that of its seed alone; figures are those of compare on the samples that no choice holds', async () => {
  const progress: SpreadProgress[] = [];
  const choices = await open();
  const { first, spread } = await quantizeChoices(graph, choices, { onProgress: (one) => progress.push(one) });
  const unseen = choices.unseen!;
  assert.equal(spread.measured, { samples: unseen.size, isUnseen: true, unseen: unseen.size });
  assert.ok(unseen.size >= minUnseen && unseen.size < 80, `${unseen.size}`);
  assert.equal([spread.limit, spread.runs.map(({ seed }) => seed)], [10, [7, 8, 9]]);
  for (const [i, run] of spread.runs.entries()) {
    const { seed, limit } = { seed: 7 + i, limit: 10 };
    const dataset = await openDataset(path, { inputs: float.inputs, labels, limit, seed });
    const alone = await quantizeModel(graph, dataset, { calibration: { limit, seed } });
    if (i === 0) assert.equal(first.bytes, alone.bytes);
    assert.equal([run.bytes, run.decisions, run.skipped], [alone.bytes.length, alone.decisions, alone.skipped]);
    assert.equal(run.figures, lossFigures(await compare(float, alone.bytes, unseen, { layerSamples: 1 })), `seed ${seed}`);
  }
  const [top1, agreement, sqnr] = spread.runs[0].figures;
  assert.equal([top1.name, agreement.name, sqnr.name], ['top-1 drop', 'same top-1', 'SQNR']);
  assert.ok(top1.float! > 0.75 && top1.float! < 0.9 && sqnr.value > 40 && sqnr.value < 60, JSON.stringify(spread.runs[0].figures));
  assert.is(new Set(spread.runs.map(({ sha256 }) => sha256)).size, 3);
  assert.equal(
    [...new Set(progress.map(({ run, stage }) => `${run} ${stage}`))].filter((one) => one.endsWith('calibrate')),
    ['0 calibrate', '1 calibrate', '2 calibrate'],
  );
  assert.equal(progress.at(-1), { stage: 'measure', run: 3, done: unseen.size, total: unseen.size });
});

test('mean, deviation, least and most of each figure; decisions that are not all the same', async () => {
  const { spread } = await quantizeChoices(graph, await open({ limit: 16, seeds: 4, seed: 0 }));
  for (const [i, { name, mean, deviation, least, most }] of spread.figures.entries()) {
    const values = spread.runs.map(({ figures }) => figures[i].value);
    const centre = (values[0] + values[1] + values[2] + values[3]) / 4;
    near(mean, centre, name);
    near(deviation, Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / 3), name);
    assert.equal([least, most], [Math.min(...values), Math.max(...values)]);
  }
  const applied = (module: string) =>
    spread.runs.map(({ decisions }) => decisions.find((one) => one.module === module)?.applied ?? 'nowhere');
  const modules = [...new Set(spread.runs.flatMap(({ decisions }) => decisions.map(({ module }) => module)))];
  const differing = modules.filter((module) => new Set(applied(module)).size > 1);
  assert.ok(differing.length > 0 && differing.length < modules.length, `${differing}`);
  assert.equal(
    spread.differing.map(({ module }) => module),
    differing,
  );
  for (const { module, everywhere, nowhere } of spread.differing) {
    assert.is(everywhere, applied(module).filter((one) => one === 'everywhere').length);
    assert.is(nowhere, applied(module).filter((one) => one === 'nowhere').length);
  }
});

test('where choices leave fewer than 32 samples over, all are measured, and the text says so', async () => {
  const choices = await open({ limit: 40, seeds: 3 });
  const rest = choices.unseen!.size;
  assert.ok(rest < minUnseen && rest > 0, `${rest}`);
  const { spread } = await quantizeChoices(graph, choices, { decide: false, equalize: false, refit: false, round: false });
  assert.equal(spread.measured, { samples: count, isUnseen: false, unseen: rest });
  assert.equal(spread.differing, []);
  const text = renderSpread(spread, 'q.tflite', recordingTerminal());
  assert.match(
    text,
    new RegExp(`^3 choices of 40 samples, seeds 7 to 9, which leave ${rest} samples over, too few: measured on all 90, so that`),
  );
  assert.match(text, /\nall choices decided alike on every module\n/);
});

test('figures of heads of every task, with the names of several; of errors a rise is the loss', () => {
  const heads = taskComparisons();
  const outputs = ['a', 'b'].map((name) => ({ name, shape: [1], sqnr: 20, cosine: 1, maxAbs: 1 }));
  const figures = lossFigures({ classification: undefined, heads, outputs });
  const [detector] = heads;
  assert.equal(
    figures.map(({ name }) => name.replace(/^.*: /, '')),
    [
      ...[
        'mAP 50-95 drop',
        'boxes found again',
        'mIoU drop',
        'mIoU of both',
        'rise of the error to labels',
        'mean error',
        'keypoint AP drop',
      ],
      ...['OKS', 'cosine', 'top-1 drop', 'same top-1', 'SQNR of a', 'SQNR of b'],
    ],
  );
  assert.ok(figures[0].name.startsWith(`${detector.name}: `));
  const rise = figures[4];
  assert.equal([rise.value, rise.interval, rise.float], [0.003, { low: 0.001, high: 0.005 }, 0.031]);
  assert.equal(lossFigures({ classification: undefined, heads: [detector], outputs: [] })[0].name, 'mAP 50-95 drop');
});

test('text: a row per figure in its unit, decisions by their numbers, and which file it is', () => {
  const runs = [0, 1, 2].map((seed) => ({ seed, bytes: 1, sha256: '', skipped: [], decisions: [], figures: [] }));
  const spread: QuantizationSpread = {
    runs,
    limit: 128,
    measured: { samples: 1372, isUnseen: true, unseen: 1372 },
    figures: [
      { name: 'top-1 drop', unit: 'points', float: 0.538, mean: 0.004, deviation: 0.0032, least: -0.001, most: 0.009 },
      { name: 'SQNR', unit: 'decibels', mean: 21.94, deviation: 0.31, least: 21.5, most: 22.2 },
      { name: 'OKS', unit: 'similarity', mean: 0.98765, deviation: 0.001, least: 0.98, most: 0.99 },
      { name: 'mean error', unit: 'percent', mean: 0.0123, deviation: 0.001, least: 0.01, most: 0.02 },
      { name: 'boxes found again', unit: 'share', mean: Number.NaN, deviation: Number.NaN, least: Number.NaN, most: Number.NaN },
    ],
    differing: [
      { module: 'rounding', everywhere: 2, 'in part': 0, nowhere: 1 },
      { module: 'refit', everywhere: 1, 'in part': 1, nowhere: 1 },
      { module: 'equalization', everywhere: 0, 'in part': 2, nowhere: 1 },
    ],
  };
  const text = renderSpread(spread, 'q.tflite', recordingTerminal());
  assert.match(text, /^3 choices of 128 samples, seeds 0 to 2, measured on 1,372 samples that none of them holds\n/);
  assert.match(text, /\n +mean +deviation +least +most\n/);
  assert.match(text, /\ntop-1 drop +\+0\.4 +0\.3 +-0\.1 +\+0\.9 +points; float 53\.8 %\n/);
  assert.match(text, /\nSQNR +21\.9 dB +0\.3 dB +21\.5 dB +22\.2 dB\n/);
  assert.match(text, /\nOKS +0\.9877 +0\.0010 +0\.9800 +0\.9900\n/);
  assert.match(text, /\nmean error +1\.23 % +0\.10 % +1\.00 % +2\.00 %\n/);
  assert.match(text, /\nboxes found again +none\n/);
  assert.match(text, /\ndecided differently: rounding by 2 of 3, refit by 1 of 3 and in part by 1, equalization in part by 2 of 3\n/);
  assert.match(
    text,
    /\nq\.tflite is that of seed 0, not the best one: choosing by these samples would make its loss look smaller than it is\n$/,
  );
});

test('choices: those of openDataset, and the rest once each; what is no choice is refused', async () => {
  const { choices, unseen, all } = await open({ limit: 20, seeds: 2 });
  const names = async (dataset: AsyncIterable<{ name: string }>) => {
    const found: string[] = [];
    for await (const { name } of dataset) found.push(name);
    return found;
  };
  const seen = new Set<string>();
  for (const { seed, dataset } of choices) {
    const alone = await openDataset(path, { inputs: float.inputs, labels, limit: 20, seed });
    assert.equal([await names(dataset), await dataset.hash()], [await names(alone), await alone.hash()]);
    for (const name of await names(dataset)) seen.add(name);
  }
  assert.equal([await names(all), all.size], [await names(await openDataset(path, { inputs: float.inputs })), count]);
  assert.equal(
    await names(unseen!),
    (await names(all)).filter((name) => !seen.has(name)),
  );
  assert.is((await open({ limit: 89, seeds: 20 })).unseen, undefined);
  await refuses(
    () => open({ limit: 90 }),
    'bad-argument',
    /several choices of 90 among 90 samples are all the same; give a limit below 90/,
  );
  await refuses(() => open({ seeds: 1 }), 'bad-argument', /seeds is 1; give a whole number from 2/);
  await refuses(() => open({ limit: 0 }), 'bad-argument', /limit is 0/);
});

test('an interruption while it is measured ends it with its reason', async () => {
  const controller = new AbortController();
  const onProgress = ({ stage }: SpreadProgress) => {
    if (stage === 'measure') controller.abort(new Error('stop'));
  };
  const work = quantizeChoices(graph, await open(), { decide: false, round: false, refit: false, onProgress, signal: controller.signal });
  const error = await work.catch((reason: Error) => reason.message);
  assert.is(error, 'stop');
});

test.run();
