// Tests shards of comparisons with heads: merged they are the comparison of the whole, and damaged ones are refused.
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ModelError } from '../../../../src/errors';
import { writeModel } from '../../../../src/tflite';
import { compareShard } from '../../../../tools/compare/compare';
import { mergeComparisons } from '../../../../tools/compare/merge';
import type { ComparisonShard } from '../../../../tools/compare/shard';
import { DetectorMeasure } from '../../../../tools/compare/tasks/detector';
import { EmbedderMeasure } from '../../../../tools/compare/tasks/embedder';
import { frameOf } from '../../../../tools/compare/tasks/frame';
import { LandmarksMeasure } from '../../../../tools/compare/tasks/landmarks';
import { type HeadMeasure, type HeadState, headMeasure } from '../../../../tools/compare/tasks/measure';
import { PoseMeasure } from '../../../../tools/compare/tasks/pose';
import { RegressorMeasure } from '../../../../tools/compare/tasks/regressor';
import { SegmenterMeasure } from '../../../../tools/compare/tasks/segmenter';
import { openDataset } from '../../../../tools/dataset/open';
import { loadFloat } from '../../../../tools/model/float-model';
import { runCommandLine } from '../../../../tools/program';
import { renderComparisonHtml } from '../../../../tools/report/compare-html';
import { renderComparison } from '../../../../tools/report/compare-text';
import { features, floatClassifier, quantizedClassifier } from '../../../support/classifiers';
import { refuses } from '../../../support/errors';
import { temporaryFolder } from '../../../support/folder';
import { npy } from '../../../support/npy';
import { Random } from '../../../support/random';
import { detectorNetwork, severalHeads, side } from '../../../support/task-networks';
import { recordingTerminal } from '../../../support/terminal';

const folder = temporaryFolder();
test.after(folder.remove);
const { at } = folder;
const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value));
const sample = { name: 's', index: 3, picture: '/s.png' };

/** A head of every task, of one sample. */
function states(classification: unknown): HeadState[] {
  const box = { box: { left: 0.1, top: 0.2, right: 0.3, bottom: 0.5 }, index: 2, score: 0.5 };
  const detector = new DetectorMeasure('boxes', ['zebra']);
  detector.add(sample, { shown: [box], all: [box] }, { shown: [], all: [box] }, [{ box: box.box, index: 2 }]);
  const segmenter = new SegmenterMeasure('mask', 3);
  const map = (...categories: number[]) => ({ width: 2, height: 1, categories: Uint8Array.from(categories) });
  const input = { width: 2, height: 1 };
  segmenter.add(sample, map(0, 2), map(1, 2), { frame: frameOf(undefined, input), input }, map(0, 2));
  const landmarks = new LandmarksMeasure('points', 2);
  landmarks.add(sample, [0, 0, 3, 4], [0, 1, 3, 4], (points) => ({ points }));
  landmarks.addLabelled(sample, { truth: [0, 0, 3, 4], float: [0, 0, 3, 4], quantized: [0, 1, 3, 4] });
  const pose = new PoseMeasure('people');
  const person = { score: 0.5, keypoints: Array.from({ length: 17 }, (_, i) => ({ x: i, y: 2 * i, score: 0.5 })) };
  const [shown, none] = [[person], []].map((people) => ({ shown: people, all: people }));
  const label = {
    keypoints: person.keypoints.map(({ x, y }) => ({ x, y, isLabelled: true })),
    box: { left: 0, top: 0, right: 17, bottom: 34 },
    area: 300,
  };
  pose.add(sample, { float: shown, quantized: none }, { width: 20, height: 40 }, [label]);
  const embedder = new EmbedderMeasure('features', 2);
  embedder.add(sample, Float32Array.of(1, 0), Float32Array.of(0.5, 0.5));
  const regressor = new RegressorMeasure('depth', [1, 2]);
  regressor.add(sample, Float32Array.of(1, 0), Float32Array.of(0.5, 0.5));
  const classifier = { task: 'classifier', name: 'weather', counts: classification } as HeadState;
  const measures: HeadMeasure[] = [detector, segmenter, landmarks, pose, embedder, regressor];
  return copy([...measures.map((measure) => measure.state()), classifier]);
}

/** The one shard of a comparison of one sample, with heads of all tasks. */
async function shardWithHeads(): Promise<ComparisonShard> {
  const float = loadFloat(floatClassifier());
  const path = folder.write(
    'x.npy',
    npy(
      '<f4',
      [1, features],
      Float32Array.from({ length: features }, (_, i) => i),
    ),
  );
  const shard = copy(await compareShard(float, quantizedClassifier(), await openDataset(path, { inputs: float.inputs })));
  return { ...shard, measures: { ...shard.measures, heads: states(shard.measures.classification) as never } };
}

/** Paths to all members below `value`, of lists to the first two elements. */
function* members(value: unknown, path: (string | number)[] = []): Generator<(string | number)[]> {
  if (path.length > 0) yield path;
  if (typeof value !== 'object' || value === null) return;
  const keys = Array.isArray(value) ? [0, 1].filter((i) => i < value.length) : Object.keys(value);
  for (const key of keys) yield* members((value as Record<string, unknown>)[key], [...path, key]);
}

function mutated(heads: readonly HeadState[], path: (string | number)[], replacement: unknown): HeadState[] {
  const result = copy(heads) as unknown as Record<string | number, never>;
  let parent: Record<string | number, never> = result;
  for (const key of path.slice(0, -1)) parent = parent[key];
  if (replacement === undefined) delete parent[path.at(-1)!];
  else parent[path.at(-1)!] = replacement as never;
  return result as unknown as HeadState[];
}

test('every state comes back from JSON as it was', () => {
  const all = states({ classes: 2, labelOffset: 0, samples: 1, labelled: 0, top1: {}, top5: {}, changes: 0, changed: [] });
  for (const state of all.slice(0, -1)) assert.equal(copy(headMeasure(state).state()), state);
});

test('every member of a head replaced by anything: bad-data, or a comparison that can be shown; never another exception', async () => {
  const shard = await shardWithHeads();
  const heads = shard.measures.heads as unknown as HeadState[];
  const replacements: unknown[] = [undefined, null, 'x', -1, 0.5, 300, 1e300, [null], {}];
  let [refused, accepted] = [0, 0];
  for (const path of members(heads)) {
    for (const replacement of replacements) {
      const title = `${path.join('.')} = ${JSON.stringify(replacement)}`;
      try {
        const measures = { ...shard.measures, heads: mutated(heads, path, replacement) as never };
        const merged = mergeComparisons([{ ...shard, measures }]);
        accepted++;
        assert.match(renderComparison(merged, recordingTerminal()), /one run/);
        if (accepted % 23 === 0) assert.match(renderComparisonHtml(merged, new Map()), /<\/html>/);
      } catch (error) {
        assert.instance(error, ModelError, `${title}: ${(error as Error).stack}`);
        assert.is((error as ModelError).code, 'bad-data', title);
        refused++;
      }
    }
  }
  assert.ok(refused > 2 * accepted && accepted > 100, `${refused} refused, ${accepted} accepted`);
});

test('what contradicts itself is named', async () => {
  const shard = await shardWithHeads();
  const heads = shard.measures.heads as unknown as HeadState[];
  const wrong: [(string | number)[], unknown, RegExp][] = [
    [[0, 'task'], 'poet', /heads\[0\]\.task is no task that is known/],
    [[0, 'sums', 'columns'], 4, /heads\[0\]\.sums has 4 columns, not 5/],
    [[0, 'sums', 'samples'], 2, /measures\.heads have 2 samples of 1/],
    [[0, 'pictures', 0, 'float'], [1, 2, 3], /pictures\[0\]\.float is not numbers in groups of 4/],
    [[1, 'classes'], 257, /heads\[1\]\.classes is 257, not a number from 1 to 256/],
    [[1, 'worst', 0, 'float', 'mask', 'runs'], [0, 3], /mask is not of 2x1 pixels/],
    [[3, 'worst', 0, 'float', 'poses', 0], [1, 2, 3], /poses\[0\] is not x, y and score of 17 keypoints/],
    [[2, 'labelled', 'columns'], 2, /heads\[2\]\.labelled has 2 columns, not 3/],
    [[3, 'labelled', 'pictures', 0, 'objects'], [0], /labelled\.pictures\[0\]\.objects is not numbers in groups of 2/],
    [[4, 'gallery', 0, 'float'], 'AAAA', /gallery\[0\]\.float is not 2 numbers/],
  ];
  for (const [path, value, message] of wrong) {
    const measures = { ...shard.measures, heads: mutated(heads, path, value) as never };
    await refuses(async () => mergeComparisons([{ ...shard, measures }]), 'bad-data', message);
  }
});

async function zeropoint(...args: string[]): Promise<string> {
  const terminal = recordingTerminal();
  assert.is(await runCommandLine(args, terminal), 0, terminal.err);
  return terminal.out;
}

test('pictures in three shards through files, with labels: heads and their intervals are those of one go', async () => {
  const random = new Random(6);
  for (let i = 0; i < 20; i++) {
    const grey = random.integer(0, 255);
    const png = sharp({ create: { width: side, height: side, channels: 3, background: { r: grey, g: grey, b: grey } } }).png();
    folder.write(`pictures/${i}.png`, new Uint8Array(await png.toBuffer()));
    folder.write(`labels/${i}.txt`, `1 ${0.4 + random.integer(0, 30) / 100} 0.75 0.5 0.5\n`);
  }
  for (const [name, graph, more] of [
    ['detector', detectorNetwork(), ['--labels', at('labels')]],
    ['several', severalHeads(), []],
  ] as const) {
    const [float, quantized] = [folder.write(`${name}.tflite`, writeModel(graph)), at(`${name}8.tflite`)];
    const data = ['--data', at('pictures'), '-p', 'unit'];
    await zeropoint('quantize', float, '-o', quantized, '--fast', ...data);
    const compare = ['compare', float, quantized, ...data, ...more, '--layer-samples', '1'];
    const whole = JSON.parse(await zeropoint(...compare, '--json'));
    const parts = [1, 2, 3].map((i) => at(`${name}${i}.json`));
    for (const [i, part] of parts.entries()) await zeropoint(...compare, '--shard', `${i + 1}/3`, '-o', part);
    const merged = JSON.parse(await zeropoint('merge', ...parts.reverse(), '--json'));
    const rounded = (value: unknown) =>
      JSON.parse(JSON.stringify(value, (_, member) => (typeof member === 'number' ? Number(member.toPrecision(9)) : member)));
    assert.equal(rounded(merged.heads), rounded(whole.heads));
    assert.ok(whole.heads[0].worst === undefined || whole.heads[0].labelled.ap.interval.high > whole.heads[0].labelled.ap.interval.low);
  }
  const other = [at('detector1.json'), at('detector2.json'), at('several3.json')];
  const terminal = recordingTerminal();
  assert.is(await runCommandLine(['merge', ...other], terminal), 1);
  assert.match(terminal.err, /has another model, other settings/);
  assert.ok(readFileSync(at('detector1.json'), 'utf8').length < 1e6);
});

test.run();
