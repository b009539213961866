// Owns the tests of `zeropoint compare --shard` and of merging its parts: what is printed and written, every mistake, damaged files.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { writeModel } from '../../../src/tflite/write';
import { runCommandLine } from '../../../tools/program';
import type { Terminal } from '../../../tools/terminal/terminal';
import { GraphBuilder } from '../../support/build';
import { temporaryFolder } from '../../support/folder';
import { Random } from '../../support/random';
import { recordingTerminal } from '../../support/terminal';

const folder = temporaryFolder();
test.after(folder.remove);
const { at } = folder;

const classes = 7;
const side = 6;
const random = new Random(31);

async function zeropoint(args: string[], extra: Partial<Terminal> = {}): Promise<{ code: number; out: string; err: string }> {
  const terminal = Object.assign(recordingTerminal(), extra);
  const code = await runCommandLine(args, terminal);
  return { code, out: terminal.out.replaceAll(at(), ''), err: terminal.err.replaceAll(at(), '') };
}

/** One matrix product over the picture, of random weights: scores lie close together. */
function floatModel(): Uint8Array {
  const g = new GraphBuilder();
  const size = side * side * 3;
  const weights = Array.from({ length: classes * size }, () => random.normal() / 9);
  const operands = [g.input('float32', [1, side, side, 3]), g.constant('float32', [classes, size], weights), undefined];
  const attributes = { activation: 'NONE', keepNumDims: false } as const;
  return writeModel(
    g.outputs(...g.node('FULLY_CONNECTED', attributes, operands, { dtype: 'float32', shape: [1, classes], name: 'scores' })),
  );
}

const models = [folder.write('float.tflite', floatModel()), at('int8.tflite')];
const data = ['--data', at('pictures'), '-p', 'inception'];
/** Two pictures are broken. */
const tolerant = ['--max-corrupt', '40'];
const compare = (...args: string[]) => zeropoint(['compare', ...models, ...data, ...tolerant, ...args]);
const parts = [1, 2, 3].map((i) => at(`part${i}.json`));
const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

test.before(async () => {
  for (let i = 0; i < 70; i++) {
    const pixels = Uint8Array.from({ length: side * side * 3 }, () => random.integer(0, 255));
    const picture = sharp(pixels, { raw: { width: side, height: side, channels: 3 } }).png();
    folder.write(`pictures/class${i % classes}/${i}.png`, await picture.toBuffer());
  }
  folder.write('pictures/class6/20.png', 'no picture');
  folder.write('pictures/class0/broken.png', 'no picture');
  // Few codes for the scores: calibrated on next to nothing.
  const made = await zeropoint(['quantize', models[0], '-o', models[1], ...data, ...tolerant, '--limit', '2', '--scheme', 'uint8']);
  assert.is(made.code, 0, made.err);
  for (const [i, path] of parts.entries()) {
    const { code, out, err } = await compare('--layer-samples', '4', '--shard', `${i + 1}/3`, '-o', path);
    assert.equal([code, err], [0, ''], err);
    assert.match(out, new RegExp(`(^|\\n)/part${i + 1}\\.json: shard ${i + 1}/3 of a comparison, 2[234] samples\\n$`));
  }
});

/** Columns are as wide as the latencies, which no two runs share. */
const evenly = (text: string): string => text.replace(/ +/g, ' ');

/** The text without latencies, which no two runs share, and without layers, which are compared on other samples. */
const summary = (text: string): string =>
  evenly(text)
    .replace(/^one run .*$/m, '')
    .split('\nlayer ')[0];

type Report = Record<string, unknown> & { float: { milliseconds?: number }; quantized: { milliseconds?: number } };
/** As `summary`, of JSON; and sums to nine digits. */
function comparable(text: string): string {
  const { layers: _, ...comparison } = JSON.parse(text) as Report;
  delete comparison.float.milliseconds;
  delete comparison.quantized.milliseconds;
  const round = (name: string, value: unknown) => (name === 'sqnr' || name === 'cosine' ? (value as number).toPrecision(9) : value);
  return JSON.stringify(comparison, round, 1);
}

test('merged parts print the tables of one comparison, in any order', async () => {
  const whole = await compare('--layer-samples', '4');
  assert.match(whole.out, /69 samples, 2 unreadable/);
  for (const order of [parts, [...parts].reverse()]) {
    const { code, out, err } = await zeropoint(['merge', ...order]);
    assert.equal([code, err], [0, '']);
    assert.is(summary(out), summary(whole.out));
    assert.match(out, /\none run +.* ms +.* ms +.*× (faster|slower) +median, one thread\n/);
    assert.match(out, /\nlayer [\s\S]*\nSQNR of each layer's output on 4 samples/);
  }
});

test('--json and -o give the JSON of one comparison, names, hashes and what was left out in its order', async () => {
  const whole = await compare('--layer-samples', '4', '--json', '-o', at('whole.json'));
  const merged = await zeropoint(['merge', parts[1], parts[2], parts[0], '--json', '-o', at('merged.json')]);
  assert.equal([whole.err, merged.err], ['comparison: /whole.json\n', 'comparison: /merged.json\n']);
  assert.is(comparable(merged.out), comparable(whole.out));
  assert.equal(Object.keys(json(at('merged.json'))), Object.keys(json(at('whole.json'))));
  assert.is(JSON.stringify(json(at('merged.json'))).replaceAll(at(), ''), JSON.stringify(JSON.parse(merged.out)));
  const { classification, float, data: facts, layers } = JSON.parse(merged.out);
  assert.equal([classification.labelled, classification.top5.counts.both > 0, layers.length, float.name], [69, true, 1, 'float.tflite']);
  assert.ok(classification.changes > 2, `${classification.changes} changes`);
  assert.equal(
    facts.skipped.map(({ name }: { name: string }) => name),
    ['class0/broken.png', 'class6/20.png'],
  );
});

test('one shard of one is the comparison, layers too', async () => {
  await compare('--shard', '1/1', '-o', at('only.json'));
  const [merged, whole] = [await zeropoint(['merge', at('only.json')]), await compare()];
  const untimed = (text: string) => evenly(text).replace(/^one run .*$/m, '');
  assert.is(untimed(merged.out), untimed(whole.out));
  rmSync(at('only.json'));
});

/** What changed its class, with pictures. */
const changesOf = (html: string): string => html.slice(html.indexOf('What changed its class'), html.indexOf('Settings and hashes'));

test('--html writes the report of one comparison; pictures that are gone are left out', async () => {
  await compare('--html', at('whole.html'));
  const { code, err } = await zeropoint(['merge', ...parts, '--html', at('merged.html')]);
  assert.equal([code, err], [0, 'report: /merged.html\n']);
  const [whole, merged] = ['whole.html', 'merged.html'].map((name) => readFileSync(at(name), 'utf8'));
  assert.match(changesOf(whole), /<img src="data:image\/webp/);
  assert.is(changesOf(merged), changesOf(whole));
  const moved = parts.map((path, i) => folder.write(`moved${i}.json`, readFileSync(path, 'utf8').replaceAll(at('pictures'), at('gone'))));
  assert.is((await zeropoint(['merge', ...moved, '--html', at('moved.html')])).code, 0);
  assert.is(changesOf(readFileSync(at('moved.html'), 'utf8')), changesOf(whole).replace(/<img [^>]*>/g, ''));
});

test('a shard as JSON: where it went, which it is, what was left out', async () => {
  const { out } = await compare('--limit', '30', '--shard', '2/2', '-o', at('json.json'), '--json');
  const report = JSON.parse(out);
  assert.equal([report.output, report.shard, report.samples + report.skipped.length], ['/json.json', '2/2', 15]);
  const other = await zeropoint(['merge', at('json.json'), parts[0]]);
  assert.match(other.err, /^zeropoint: \/part1\.json: has another model, other settings or another number of shards than \/json\.json\n$/);
  rmSync(at('json.json'));
});

async function refused(work: Promise<{ code: number; out: string; err: string }>, message: RegExp): Promise<void> {
  const { code, out, err } = await work;
  assert.equal([code, out, err.split('\n').length], [1, '', 2], err);
  assert.match(err, message);
}

test('compare: mistakes are one line each, before anything is computed', async () => {
  const missing = ['compare', 'no.tflite', 'none.tflite', '--data', 'none'];
  await refused(
    zeropoint([...missing, '--shard', '1/3']),
    /^zeropoint: --shard needs -o FILE, where the part goes that zeropoint merge joins\n$/,
  );
  await refused(zeropoint([...missing, '--shard', '1/3', '-o', 'x', '--html', 'y']), /merge first: zeropoint merge --html/);
  await refused(compare('--shard', '4/3', '-o', at('x.json')), /Give i\/n with i from 1 to n/);
  await refused(compare('--shard', '1/90', '-o', at('x.json')), /shard 1\/90 of 71 samples does not exist/);
  assert.not.ok(existsSync(at('x.json')));
});

test('an interrupted shard leaves no file: only finished ones can be merged', async () => {
  const args = ['compare', ...models, ...data, ...tolerant, '--shard', '1/3', '-o', at('cut.json')];
  assert.is((await zeropoint(args, { interruption: () => AbortSignal.abort() })).code, 130);
  assert.equal(
    readdirSync(at()).filter((name) => name.startsWith('cut')),
    [],
  );
});

test('merge: files of two kinds, of none, missing and double shards, flags that do not go together', async () => {
  for (const shard of ['1/2', '2/2']) {
    const args = ['calibrate', models[0], ...data, ...tolerant, '--shard', shard, '-o', at(`ranges${shard[0]}.json`)];
    assert.is((await zeropoint(args)).code, 0);
  }
  const ranges = [at('ranges1.json'), at('ranges2.json')];
  const mixed = /\/ranges1\.json: is a shard of a calibration, and \/part1\.json one of a comparison; merge them apart\n$/;
  await refused(zeropoint(['merge', parts[0], ranges[0]]), mixed);
  await refused(zeropoint(['merge', ranges[0], parts[0]]), /\/part1\.json: is a shard of a comparison, and .* one of a calibration/);
  await refused(zeropoint(['merge', ...ranges]), /^zeropoint: shards of a calibration need -o FILE, where the ranges go\n$/);
  await refused(zeropoint(['merge', ...ranges, '-o', at('r.json'), '--html', at('r.html')]), /--html goes with shards of a comparison/);
  assert.not.ok(existsSync(at('r.json')) || existsSync(at('r.html')));
  assert.is((await zeropoint(['merge', ...ranges, '-o', at('r.json')])).code, 0);
  await refused(zeropoint(['merge', at('r.json')]), /\/r\.json: is no shard of a calibration or comparison; .* write them with --shard/);
  await refused(zeropoint(['merge', folder.write('null.json', 'null')]), /\/null\.json: is no shard/);
  await refused(zeropoint(['merge', parts[0], parts[2]]), /^zeropoint: shards 2\/3 are missing; give the files of all shards\n$/);
  await refused(zeropoint(['merge', ...parts, parts[1]]), /\/part2\.json: is shard 2\/3, as \/part2\.json is; give every shard once\n$/);
  await refused(zeropoint(['merge', ...parts, at('none.json')]), /cannot read '\/none\.json': there is no such file/);
});

test('a file cut short anywhere is one line', async () => {
  const text = readFileSync(parts[0], 'utf8').trimEnd();
  for (let length = 0; length < text.length; length += 1 + Math.floor(length / 12)) {
    writeFileSync(at('short.json'), text.slice(0, length));
    await refused(zeropoint(['merge', at('short.json'), parts[1], parts[2]]), /^zeropoint: \/short\.json: is (not JSON|no shard)/);
  }
  writeFileSync(at('short.json'), text.replace(/"perChannel":\d+/, '"perChannel":"many"'));
  await refused(
    zeropoint(['merge', at('short.json'), parts[1], parts[2]]),
    /\/short\.json: is damaged: measures\.sums\[0\]\.perChannel is "many", not a count; run its zeropoint compare --shard again\n$/,
  );
});

test.run();
