// Owns the tests of the commands calibrate and merge: flags, files, reuse, shards, interruption, progress.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { writeModel } from '../../../src/tflite/write';
import { runCommandLine } from '../../../tools/program';
import type { Terminal } from '../../../tools/terminal/terminal';
import { bundledProgram } from '../../runner/programs';
import { convolution, GraphBuilder } from '../../support/build';
import { temporaryFolder } from '../../support/folder';
import { npy } from '../../support/npy';
import { Random } from '../../support/random';
import { recordingTerminal } from '../../support/terminal';

const folder = temporaryFolder();
test.after(folder.remove);
const { at } = folder;

const random = new Random(21);

/** CONV_2D 3x3 with RELU6 over [1, 8, 8, 3]. */
function floatModel(): Uint8Array {
  const g = new GraphBuilder();
  const input = g.input('float32', [1, 8, 8, 3]);
  const weights = g.constant(
    'float32',
    [4, 3, 3, 3],
    Array.from({ length: 108 }, () => random.normal() / 5),
  );
  const attributes = { ...convolution, padding: 'SAME', activation: 'RELU6' } as const;
  const [out] = g.node('CONV_2D', attributes, [input, weights, undefined], {
    dtype: 'float32',
    shape: [1, 8, 8, 4],
  });
  return writeModel(g.outputs(out));
}

const model = folder.write('float.tflite', floatModel());

test.before(async () => {
  for (let i = 0; i < 12; i++) {
    const data = Uint8Array.from({ length: 10 * 10 * 3 }, () => random.integer(0, 255));
    folder.write(
      `pictures/${i}.png`,
      await sharp(data, { raw: { width: 10, height: 10, channels: 3 } })
        .png()
        .toBuffer(),
    );
  }
  folder.write('pictures/broken.png', 'no picture');
});

async function zeropoint(args: string[], extra: Partial<Terminal> = {}): Promise<{ code: number; out: string; err: string }> {
  const terminal = Object.assign(recordingTerminal(), extra);
  const code = await runCommandLine(args, terminal);
  return { code, out: terminal.out.replaceAll(at(), ''), err: terminal.err.replaceAll(at(), '') };
}

const pictures = ['--data', at('pictures'), '-p', 'inception', '--max-corrupt', '20'];
const json = (name: string) => JSON.parse(readFileSync(at(name), 'utf8'));

test('calibrate writes ranges, names what it left out, and reuses its result', async () => {
  const args = ['calibrate', model, '-o', at('ranges.json'), ...pictures];
  const { code, out, err } = await zeropoint(args);
  assert.equal([code, err], [0, '']);
  assert.match(
    out,
    /^left out broken\.png: this is not a readable .*\nfed to 't0': -\d\.\d+ to \d\.\d+, in all 12 samples\n\/ranges\.json: ranges of 2 tensors over 12 samples\n$/,
  );
  const { settings, samples, tensors } = json('ranges.json');
  assert.equal([settings.preprocessing.mean, samples], [127.5, 12]);
  const { min, max } = tensors.t0;
  assert.ok(min >= -1 && min < -0.5 && max > 0.5 && max <= 1, `${min} to ${max}`);
  assert.match((await zeropoint(args)).out, /over 12 samples, already there\n$/);
  const other = await zeropoint([...args, '--observer', 'percentile', '--percentile', '99', '--limit', '5', '--seed', '3', '--json']);
  assert.equal(JSON.parse(other.out).reused, false);
  assert.equal(json('ranges.json').settings.percentile, 99);
  assert.equal([json('ranges.json').settings.limit, json('ranges.json').settings.seed], [5, 3]);
});

test('merged shards are the file of one calibration, byte for byte', async () => {
  const shards: string[] = [];
  for (const shard of ['1/3', '2/3', '3/3']) {
    const path = at(`part${shard[0]}.json`);
    shards.push(path);
    // Two of the thirteen files make more than 5 % of a shard of four.
    const { code, out } = await zeropoint([
      'calibrate',
      model,
      '-o',
      path,
      ...pictures,
      '--max-corrupt',
      '30',
      '--observer',
      'mse',
      '--shard',
      shard,
    ]);
    assert.is(code, 0, out);
  }
  const { out } = await zeropoint(['merge', ...shards.reverse(), '-o', at('merged.json')]);
  assert.is(out, '/merged.json: ranges of 2 tensors over 12 samples of 3 shards\n');
  await zeropoint(['calibrate', model, '-o', at('whole.json'), ...pictures, '--observer', 'mse']);
  assert.is(readFileSync(at('merged.json'), 'utf8'), readFileSync(at('whole.json'), 'utf8'));
  assert.equal(JSON.parse((await zeropoint(['merge', ...shards, '-o', at('again.json'), '--json'])).out).shards, 3);
});

test('arrays need no preprocessing', async () => {
  folder.write(
    'x.npy',
    npy(
      '<f4',
      [2, 8, 8, 3],
      Float32Array.from({ length: 384 }, (_, i) => i),
    ),
  );
  assert.is((await zeropoint(['calibrate', model, '-o', at('array.json'), '--data', at('x.npy'), '--observer', 'min-max'])).code, 0);
  assert.equal(json('array.json').tensors.t0, { min: 0, max: 383 });
});

test('a calibration that sees nothing finite leaves no file to go on from', async () => {
  const path = folder.write('nan.npy', npy('<f4', [2, 8, 8, 3], new Float32Array(384).fill(Number.NaN)));
  const { code, err } = await zeropoint(['calibrate', model, '-o', at('nan', 'r.json'), '--data', path]);
  assert.is(code, 1);
  assert.match(err, /is NaN or infinite for all samples/);
  assert.equal(readdirSync(at('nan')), []);
});

const mistakes: [string[], RegExp][] = [
  [['-o', at('r.json'), '--data', at('pictures')], /nothing says how pictures become the model's input; give --preprocess/],
  [['-o', at('r.json')], /required option '-d, --data <path>' not specified/],
  [['-d', at('pictures')], /required option '-o, --output <file>' not specified/],
  [['-o', at('r.json'), ...pictures, '--shard', '4/3'], /Give i\/n with i from 1 to n/],
  [['-o', at('r.json'), ...pictures, '--shard', '0/3'], /Give i\/n with i from 1 to n/],
  [['-o', at('r.json'), ...pictures, '--observer', 'max'], /Allowed choices are min-max, moving-average, percentile, entropy, mse/],
  [
    ['-o', at('r.json'), ...pictures, '--observer', 'mse', '--percentile', '99'],
    /--percentile goes with --observer percentile, not with mse/,
  ],
  [['-o', at('r.json'), ...pictures, '--max-corrupt', '101'], /Give a percentage from 0 to 100/],
  [['-o', at('r.json'), ...pictures, '--max-corrupt', '2'], /1 of 13 samples cannot be used, more than 2 %; the first, broken\.png/],
  [['-o', at('r.json'), ...pictures, '--seed', '-1'], /Give a whole number from 0/],
];

for (const [args, message] of mistakes) {
  test(`calibrate ${args.join(' ').replaceAll(at(), '')}: one line, code 1, no file`, async () => {
    const { code, out, err } = await zeropoint(['calibrate', model, ...args]);
    assert.equal([code, out], [1, ''], err);
    assert.match(err, message);
    assert.is(err.split('\n').length, 2, err);
    assert.not.ok(existsSync(at('r.json')));
  });
}

test('an interruption ends with code 130 and a partial file, from which the next call goes on', async () => {
  const args = ['calibrate', model, '-o', at('cut.json'), ...pictures, '--observer', 'min-max'];
  const interrupted = { code: 130, out: '', err: 'zeropoint: interrupted; repeat the command to go on\n' };
  const early = { code: 130, out: '', err: 'zeropoint: interrupted; nothing was written, and the same command begins anew\n' };
  assert.equal(await zeropoint(args, { interruption: () => AbortSignal.abort() }), early);
  assert.equal(
    readdirSync(at()).filter((name) => name.startsWith('cut')),
    [],
  );
  // Looking at the samples and hashing them, which come first, are let pass.
  const signals = [new AbortController().signal, new AbortController().signal, AbortSignal.abort()];
  assert.equal(await zeropoint(args, { interruption: () => signals.shift()! }), interrupted);
  assert.equal(
    readdirSync(at()).filter((name) => name.startsWith('cut')),
    ['cut.json.partial'],
  );
  assert.is(json('cut.json.partial').samples, 1);
  assert.equal(await zeropoint(args, { interruption: () => AbortSignal.abort() }), interrupted, 'the checkpoint of before is still there');
  assert.is((await zeropoint(args)).code, 0);
  assert.equal(
    readdirSync(at()).filter((name) => name.startsWith('cut')),
    ['cut.json'],
  );
  assert.is(json('cut.json').samples, 12);
});

test('Ctrl-C in a process ends it with code 130; what it leaves is whole, and the next call goes on from it', async () => {
  folder.write('long.csv', `file\n${'pictures/0.png\n'.repeat(3000)}`);
  const args = [bundledProgram('tools/cli.ts'), 'calibrate', model, '-o', at('long', 'r.json'), '--data', at('long.csv'), '-p', 'raw'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const ended = once(child, 'exit');
  const partial = at('long', 'r.json.partial');
  while (!existsSync(partial) && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 10));
  child.kill('SIGINT');
  assert.equal(await ended, [130, null], err);
  assert.match(err, /interrupted; repeat the command to go on/);
  assert.equal(readdirSync(at('long')), ['r.json.partial']);
  const { samples, next } = JSON.parse(readFileSync(partial, 'utf8'));
  assert.ok(samples >= 50 && samples === next, `${samples} ${next}`);
});

test('on a terminal a bar with the time left is drawn, on standard output only the result', async () => {
  const screen = Object.assign(new PassThrough(), { isTTY: true, columns: 100, cursorTo: () => true, clearLine: () => true });
  let drawn = '';
  screen.on('data', (chunk) => {
    drawn += chunk;
  });
  const { out, err } = await zeropoint(['calibrate', model, '-o', at('bar.json'), ...pictures], { screen });
  assert.match(drawn, /hash .*\/13, .* left/);
  assert.match(drawn, /calibrate .*\/13, .* left/);
  assert.match(out, /^left out broken\.png: .*\nfed to .*\n\/bar\.json: ranges of 2 tensors over 12 samples\n$/);
  assert.is(err, '');
});

test.run();
