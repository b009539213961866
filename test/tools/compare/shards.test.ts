// Tests comparisons in shards: merged, they are the comparison of the whole; what does not belong together or is damaged is refused.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../../src/errors';
import { type CompareShardOptions, compare, compareShard } from '../../../tools/compare/compare';
import type { Comparison } from '../../../tools/compare/comparison';
import { Latencies } from '../../../tools/compare/latencies';
import { mergeComparisons } from '../../../tools/compare/merge';
import type { ComparisonShard } from '../../../tools/compare/shard';
import type { Samples } from '../../../tools/dataset/dataset';
import { openDataset } from '../../../tools/dataset/open';
import { loadFloat } from '../../../tools/model/float-model';
import { renderComparisonHtml } from '../../../tools/report/compare-html';
import { renderComparison } from '../../../tools/report/compare-text';
import { loadCharts } from '../../../tools/report/load-charts';
import { classes, features, floatClassifier, quantizedClassifier } from '../../support/classifiers';
import { refuses } from '../../support/errors';
import { temporaryFolder } from '../../support/folder';
import { npy } from '../../support/npy';
import { Random } from '../../support/random';
import { recordingTerminal } from '../../support/terminal';

const folder = temporaryFolder();
test.after(folder.remove);

const count = 97;
const random = new Random(4);
const inputs = Float32Array.from({ length: count * features }, () => random.normal());
const path = folder.write('x.npy', npy('<f4', [count, features], inputs));
const labels = folder.write(
  'y.npy',
  npy(
    '<i4',
    [count],
    Int32Array.from({ length: count }, () => random.integer(0, classes - 1)),
  ),
);
const float = loadFloat(floatClassifier());
const quantized = quantizedClassifier();

const open = (shard?: { index: number; count: number }) => openDataset(path, { inputs: float.inputs, labels, shard });
const part = async (index: number, of: number, options: CompareShardOptions = {}) =>
  compareShard(float, quantized, await open({ index, count: of }), options);
const parts = (of: number) => Promise.all(Array.from({ length: of }, (_, index) => part(index, of)));
/** As from a file. */
const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value));

/** Everything but latencies and what is computed from rounded sums, as JSON. */
function exactly({ float, quantized, outputs, ...rest }: Comparison, withLayers: boolean): string {
  const { layers, layerSamples, ...others } = rest;
  const models = [float, quantized].map(({ milliseconds: _, ...model }) => model);
  const largest = outputs.map(({ name, shape, maxAbs }) => ({ name, shape, maxAbs }));
  return JSON.stringify([others, models, largest, withLayers ? [layers, layerSamples] : layers.length], null, 1);
}

function near(actual: number, expected: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= 1e-9 * Math.abs(expected), `${what}: ${actual}, expected ${expected}`);
}

for (const of of [1, 2, 3, count]) {
  test(`${of} shards, in any order, are the comparison of the whole`, async () => {
    const whole = await compare(float, quantized, await open());
    assert.ok(whole.classification!.changes > 10 && whole.classification!.top5, JSON.stringify(whole.classification));
    const shards = copy(await parts(of));
    for (const order of [shards, [...shards].reverse(), [...shards.slice(1), shards[0]]]) {
      const merged = mergeComparisons(order);
      assert.is(exactly(merged, of === 1), exactly(whole, of === 1));
      merged.outputs.forEach(({ sqnr, cosine }, i) => {
        near(sqnr, whole.outputs[i].sqnr, 'sqnr');
        near(cosine, whole.outputs[i].cosine, 'cosine');
      });
      assert.ok(merged.float.milliseconds > 0 && merged.quantized.milliseconds > 0);
      assert.is(merged.layerSamples, Math.min(16, Math.ceil(count / of)));
    }
  });
}

test("layers are compared by the first shard alone, on its own first samples; the others' progress has no such stage", async () => {
  const stages = new Set<string>();
  const [first, second] = await Promise.all([
    part(0, 2, { layerSamples: 5 }),
    part(1, 2, { layerSamples: 5, onProgress: ({ stage, total }) => stages.add(`${stage} of ${total}`) }),
  ]);
  assert.equal([first.layers?.layerSamples, second.layers, [...stages]], [5, undefined, ['samples of 48']]);
  const alone = await compare(float, quantized, await open({ index: 0, count: 2 }), { layerSamples: 5 });
  assert.is(JSON.stringify(mergeComparisons([second, first]).layers), JSON.stringify(alone.layers));
});

test('latencies are of all machines together: the median of two fast shards and a slow one', async () => {
  const speeds = [2, 40, 3];
  const shards = (await parts(3)).map((shard, i) => {
    const latencies = new Latencies();
    for (let run = 0; run < Number(shard.measures.samples); run++) latencies.add(speeds[i]);
    const state = latencies.state();
    return { ...shard, measures: { ...shard.measures, milliseconds: { float: state, quantized: state } } };
  });
  const { float: slow, quantized: fast } = mergeComparisons(shards);
  for (const { milliseconds } of [slow, fast]) assert.ok(Math.abs(milliseconds / 3 - 1) < 0.003, `${milliseconds} ms`);
});

test('NaN survives JSON: one such sample spoils the merged figures as it does those of one go', async () => {
  const odd = inputs.slice(0, 6 * features);
  odd[2 * features] = Number.NaN;
  const oddPath = folder.write('odd.npy', npy('<f4', [6, features], odd));
  const openOdd = (shard?: { index: number; count: number }) => openDataset(oddPath, { inputs: float.inputs, shard });
  const shards = [];
  for (const index of [0, 1, 2]) shards.push(copy(await compareShard(float, quantized, await openOdd({ index, count: 3 }))));
  assert.match(JSON.stringify(shards[2].measures), /"NaN"/);
  const [merged, whole] = [mergeComparisons(shards), await compare(float, quantized, await openOdd())];
  assert.equal(merged.outputs, whole.outputs);
  assert.is(exactly(merged, false), exactly(whole, false));
});

test('samples of any iterable will do; without hashes the merged data have none, and a shard without samples is an error', async () => {
  const from = (index: number, length: number): Samples => ({
    shard: { index, count: 2 },
    async *[Symbol.asyncIterator]() {
      for (let i = 0; i < length; i++)
        yield { name: `${i}`, index: 2 * i + index, inputs: [inputs.slice(i * features, (i + 1) * features)] };
    },
  });
  const shards = [await compareShard(float, quantized, from(1, 3)), await compareShard(float, quantized, from(0, 4))];
  const { data, classification } = mergeComparisons(shards);
  assert.equal([data.samples, data.sha256, classification?.top1], [7, undefined, undefined]);
  await refuses(() => compareShard(float, quantized, from(1, 0)), 'bad-data', /gave no sample that could be read/);
});

test('left out samples come in the order of the dataset, each name once, without their positions', async () => {
  const shards = copy(await parts(3)) as unknown as { data: { skipped: unknown[] } }[];
  shards[2].data.skipped = [{ name: 'c', reason: 'cut', index: 5 }];
  shards[0].data.skipped = [
    { name: 'a', reason: 'cut', index: 0 },
    { name: 'd', reason: 'cut', index: 6 },
  ];
  shards[1].data.skipped = [
    { name: 'b', reason: 'cut', index: 4 },
    { name: 'a', reason: 'again', index: 10 },
  ];
  const { skipped } = mergeComparisons(shards.reverse() as unknown as ComparisonShard[]).data;
  assert.equal(
    skipped,
    ['a', 'b', 'c', 'd'].map((name) => ({ name, reason: 'cut' })),
  );
});

const other = /c\.json: has another model, other settings or another number of shards than a\.json$/;

test('shards that do not belong together are refused by name', async () => {
  const [a, b] = await parts(2);
  const merge = async (...shards: ComparisonShard[]) => mergeComparisons(shards, ['a.json', 'c.json', 'd.json']);
  await refuses(() => merge(), 'bad-argument', /^nothing to merge; give the files of all shards$/);
  await refuses(() => merge(b), 'bad-argument', /^shards 1\/2 are missing; give the files of all shards$/);
  await refuses(() => merge(a, b, b), 'bad-argument', /^d\.json: is shard 2\/2, as c\.json is; give every shard once$/);
  await refuses(async () => merge(a, await part(1, 3)), 'bad-argument', other);
  const options: CompareShardOptions[] = [
    { layerSamples: 3 },
    { labelOffset: -1 },
    { labels: ['a', 'b'] },
    { floatFile: { bytes: 1, sha256: '0'.repeat(64) } },
    { data: { limit: 50 } },
    { data: { preprocessing: { mean: 0, std: 1 } as never } },
  ];
  for (const option of options) await refuses(async () => merge(a, await part(1, 2, option)), 'bad-argument', other);
  const unlabelled = await openDataset(path, { inputs: float.inputs, shard: { index: 1, count: 2 } });
  await refuses(async () => merge(a, await compareShard(float, quantized, unlabelled)), 'bad-argument', other);
  const coarser = await compareShard(float, quantizedClassifier(0.75), await open({ index: 1, count: 2 }));
  await refuses(() => merge(a, coarser), 'bad-argument', other);
  const seeds = await Promise.all([part(0, 2, { data: { seed: 0 } }), part(1, 2, { data: { seed: 7 } })]);
  assert.is(mergeComparisons(seeds).data.samples, count, 'without a limit the seed chooses nothing');
  const renamed = await part(1, 2, { names: { float: 'copy', quantized: 'copy' } });
  assert.is(mergeComparisons([renamed, a]).float.name, 'hand-built', 'files may be called differently, and the first shard names them');
  const alone = { ...(await part(0, 2)), shard: { index: 0, count: 2 ** 52 } };
  await refuses(() => merge(alone), 'bad-argument', /^shards 2\/\d+, .*, 11\/\d+ and more are missing; give/);
});

/** Paths to all members, of lists to the first two elements. */
function* members(value: unknown, path: (string | number)[] = []): Generator<(string | number)[]> {
  if (path.length > 0) yield path;
  if (typeof value !== 'object' || value === null) return;
  const keys = Array.isArray(value) ? [0, 1].filter((i) => i < value.length) : Object.keys(value);
  for (const key of keys) yield* members((value as Record<string, unknown>)[key], [...path, key]);
}

/** A copy of `shard` with one member replaced, or left out where the replacement is undefined. */
function mutated(shard: ComparisonShard, path: (string | number)[], replacement: unknown): ComparisonShard {
  const result = copy(shard) as unknown as Record<string | number, never>;
  let parent: Record<string | number, never> = result;
  for (const key of path.slice(0, -1)) parent = parent[key];
  const last = path.at(-1)!;
  if (replacement === undefined) delete parent[last];
  else parent[last] = replacement as never;
  return result as unknown as ComparisonShard;
}

const replacements: readonly unknown[] = [
  undefined,
  null,
  true,
  'NaN',
  'x',
  -1,
  0.5,
  2,
  2 ** 53,
  1e300,
  [],
  [null],
  {},
  { __proto__: null, toString: 1 },
];

test('every member of a shard replaced by anything: bad-data, or a comparison that can be shown; never another exception', async () => {
  const shard = await part(0, 1, { layerSamples: 2, labels: ['a', 'b'], data: { limit: 9, preprocessing: { mean: 0 } as never } });
  (shard.data.skipped as unknown[]).push({ name: 'x', reason: 'cut', index: 3 });
  const paths = [...members(shard)];
  const texts = new Map<string, Comparison>();
  let [refused, accepted] = [0, 0];
  for (const path of paths) {
    for (const replacement of replacements) {
      const title = `${path.join('.')} = ${JSON.stringify(replacement)}`;
      try {
        const merged = mergeComparisons([mutated(shard, path, replacement)]);
        accepted++;
        texts.set(renderComparison(merged, recordingTerminal()) + JSON.stringify(merged), merged);
      } catch (error) {
        assert.instance(error, ModelError, `${title}: ${(error as Error).stack}`);
        assert.ok((error as ModelError).code === 'bad-data' || /are missing/.test((error as Error).message), `${title}: ${error}`);
        refused++;
      }
    }
  }
  const merged = [...texts.values()];
  const charts = await loadCharts();
  for (let i = 0; i < merged.length; i += 7) assert.match(renderComparisonHtml(merged[i], new Map(), charts), /<\/html>/);
  assert.ok(refused > 5 * accepted && accepted > 100, `${paths.length} members, ${refused} refused, ${accepted} accepted`);
});

test('no shard at all, or one whose members contradict each other, is named with what is wrong', async () => {
  const shard = copy(await part(0, 1));
  const merge = async (value: unknown) => mergeComparisons([value as ComparisonShard], ['p.json']);
  for (const value of [null, 7, 'text', [], true, undefined]) await refuses(() => merge(value), 'bad-data', /^p\.json: is damaged: /);
  const wrong: [(string | number)[], unknown, RegExp][] = [
    [
      ['format'],
      'zeropoint comparison',
      /format is "zeropoint comparison", not zeropoint comparison shard; run its zeropoint compare --shard again$/,
    ],
    [['version'], 2, /version is 2, not 1/],
    [['shard', 'index'], 1, /shard is 2 of 1/],
    [['measures', 'samples'], count - 1, /measures\.milliseconds are not of all samples/],
    [['measures', 'milliseconds', 'float', 'first'], 1e6, /measures\.milliseconds are not of all samples/],
    [['measures', 'sums', 0, 'ee'], [1], /measures\.sums\[0\] are not of 8 channels/],
    [['measures', 'sums', 0, 'ee', 3], null, /measures\.sums\[0\]\.ee\[3\] is null, not a number/],
    [['measures', 'sums'], [], /measures\.sums are of other outputs/],
    [['measures', 'classification', 'samples'], 3, /counts 3 samples of 97/],
    [['measures', 'classification', 'labelled'], 98, /has more labels than samples/],
    [['measures', 'classification', 'top5', 'both'], 0, /counts other samples than the labelled ones/],
    [['measures', 'classification', 'changes'], 3, /lists other samples than have changed/],
    [['measures', 'classification', 'changed', 0, 'float', 'class'], classes, /lists a change that is none/],
    [['layers'], undefined, /layers belong into the first shard, and only there/],
    [['settings', 'float'], 'f'.repeat(63), /settings\.float is "f{40}…", not a SHA-256/],
    [['data', 'sha256'], 'F'.repeat(64), /data\.sha256 is "F{40}…", not a SHA-256/],
  ];
  for (const [path, value, message] of wrong) await refuses(() => merge(mutated(shard, path, value)), 'bad-data', message);
  let deep: unknown = {};
  for (let i = 0; i < 1e5; i++) deep = { deep };
  const nested = { ...shard, subject: { ...shard.subject, settings: deep } };
  await refuses(() => merge(nested), 'bad-data', /subject\.settings is an object, not an object of reasonable depth/);
});

test.run();
