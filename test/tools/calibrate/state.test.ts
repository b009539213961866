// Tests that calibrations from files are checked member by member: shards, checkpoints, ranges; and that any tensor name keeps its range.
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { observeSamples } from '../../../tools/calibrate/collect';
import { parseRanges, readRanges, writeRanges } from '../../../tools/calibrate/ranges';
import { type CalibrationSettings, observerNames } from '../../../tools/calibrate/settings';
import { Calibration, mergeStates, parseState } from '../../../tools/calibrate/state';
import { runCommandLine } from '../../../tools/program';
import { smallFloatModel } from '../../support/datasets';
import { refuses } from '../../support/errors';
import { temporaryFolder } from '../../support/folder';
import { sharedPath, sharedTest } from '../../support/shared';
import { recordingTerminal } from '../../support/terminal';

const folder = temporaryFolder();
test.after(folder.remove);
const { at } = folder;

const names = ['__proto__', 'constructor', 'toString', 'plain'];

function calibrationOf(settings: CalibrationSettings): Calibration {
  const calibration = new Calibration('model', 'a'.repeat(64), settings, { index: 0, count: 1 });
  for (const name of names) calibration.observerOf(name).observe(Float32Array.of(-1.5, 0, 0.25, 3));
  calibration.samples = 1;
  calibration.next = null;
  return calibration;
}

/** A state as JSON, changed at a path. */
function changed(state: object, path: readonly (string | number)[], value: unknown): unknown {
  const copy = JSON.parse(JSON.stringify(state));
  let parent = copy;
  for (const key of path.slice(0, -1)) parent = parent[key];
  if (value === undefined) delete parent[path.at(-1)!];
  else parent[path.at(-1)!] = value;
  return copy;
}

for (const observer of observerNames) {
  test(`${observer}: a state survives JSON, with tensors of all names`, async () => {
    const calibration = calibrationOf({ observer });
    const read = parseState(JSON.parse(JSON.stringify(calibration.state())), 'f.json');
    assert.equal(Object.keys(read.tensors), names);
    const ranges = mergeStates([{ path: 'f.json', state: read }]);
    assert.equal(Object.entries(ranges.tensors), Object.entries(calibration.ranges().tensors));
    await writeRanges(at(`${observer}.json`), ranges);
    const again = await readRanges(at(`${observer}.json`));
    assert.equal(Object.entries(again.tensors), Object.entries(ranges.tensors));
  });
}

test('every member of a state that is missing or of another kind is named', async () => {
  for (const observer of observerNames) {
    const state = calibrationOf({ observer }).state();
    for (const key of ['model', 'data', 'settings', 'next', 'samples', 'tensors']) {
      for (const value of [undefined, [], 'odd', -1]) {
        if ((key === 'model' || key === 'shard') && value === 'odd') continue;
        await refuses(
          async () => parseState(changed(state, [key], value), 'f.json'),
          'bad-data',
          new RegExp(`f\\.json: is damaged: ${key}`),
        );
      }
    }
    for (const key of Object.keys(state.tensors.plain)) {
      for (const value of [undefined, 'odd', {}, [null]]) {
        await refuses(
          async () => parseState(changed(state, ['tensors', 'plain', key], value), 'f.json'),
          'bad-data',
          /f\.json: is damaged: tensors\["plain"\]/,
        );
      }
    }
  }
});

test('members that contradict each other are refused', async () => {
  const histogram = calibrationOf({ observer: 'mse' }).state();
  const extremes = calibrationOf({ observer: 'min-max' }).state();
  const average = calibrationOf({ observer: 'moving-average' }).state();
  for (const [state, path, value] of [
    [histogram, ['exponent'], 2000],
    [histogram, ['first'], 7],
    [histogram, ['counts'], [1, 2]],
    [histogram, ['counts'], new Array(5000).fill(1)],
    [histogram, ['low'], null],
    [histogram, ['high'], -7],
    [histogram, ['low'], 0.1],
    [extremes, ['min'], 4],
    [extremes, ['max'], null],
    [average, ['min'], 1e9],
    [average, ['weight'], -1],
    [average, ['weight'], 0],
  ] as const) {
    const damaged = changed(state, ['tensors', 'plain', ...path], value);
    await refuses(async () => parseState(damaged, 'f.json'), 'bad-data', /f\.json: is damaged: tensors\["plain"\]/);
  }
  await refuses(async () => parseState(changed(histogram, ['shard', 'index'], 1), 'f.json'), 'bad-data', /shard is 2 of 1/);
});

test('ranges that nest deeper than the stack are refused', async () => {
  const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`);
  const ranges = { ...calibrationOf({ observer: 'mse' }).ranges(), tensors: { x: deep } };
  await refuses(async () => parseRanges(ranges, 'f.json'), 'bad-data', /tensors\["x"\] is a list, not an object/);
});

test('a damaged checkpoint is not resumed from, and a note says so', async () => {
  const model = smallFloatModel(2);
  let runs = 0;
  const samples = {
    size: 4,
    hash: async () => 'b'.repeat(64),
    async *[Symbol.asyncIterator]() {
      for (let index = 0; index < 4; index++) {
        runs++;
        yield { name: `${index}`, index, inputs: [Float32Array.of(index, -index)] };
      }
    },
  };
  const notes: string[] = [];
  const observe = () =>
    observeSamples(model, samples, { observer: 'mse' }, { resume: at('run.partial'), onNote: (note) => notes.push(note) });
  const whole = (await observe()).ranges();
  assert.equal([runs, notes], [4, []]);
  await observe();
  assert.is(runs, 4, 'the finished checkpoint is taken');
  const state = JSON.parse(readFileSync(at('run.partial'), 'utf8'));
  for (const text of ['{', 'null', JSON.stringify({ ...state, tensors: null }), JSON.stringify({ ...state, samples: 'many' })]) {
    folder.write('run.partial', text);
    [runs, notes.length] = [0, 0];
    assert.equal((await observe()).ranges(), whole);
    assert.is(runs, 4);
    assert.match(notes.join(), /run\.partial: is .*; the calibration starts afresh/);
  }
  model.dispose();
});

sharedTest(test, 'damaged shards end in one clear error', async () => {
  for (const file of ['calib-tensors-null.json', 'json-cal-1-1.json', 'json-cal-5-0.json']) {
    const terminal = recordingTerminal();
    const path = sharedPath('cases', 'hostile', file);
    assert.is(await runCommandLine(['merge', path, path, '-o', at('merged.json')], terminal), 1);
    assert.match(terminal.err, /is damaged: .* (is|are) .*run its zeropoint calibrate again\n$/);
  }
});

test.run();
