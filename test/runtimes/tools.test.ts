// Owns the proof that the packed command line works in Node, Deno and Bun: the same files and counts in each, the same failures.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mobilenetV1 } from '../../src/mobilenet';
import { digitSeeds } from '../../tools/demo/digits';
import { picturePath, writePictures } from '../../tools/demo/pictures';
import { sha256 } from '../../tools/hash';
import { installedProject, root } from '../package/installed';
import { engineTest } from './engine-test';
import { type Engine, engines, label } from './engines';

const project = installedProject(['.', 'tools']);
const command = 'node_modules/@zeropoint/tools/bin.js';

/** Pictures of every kind that is decoded by native code, one colour net over 48x36. */
async function writeKinds(folder: string): Promise<void> {
  mkdirSync(folder);
  const pixels = Uint8Array.from({ length: 48 * 36 * 3 }, (_, i) => (i * 37 + (i >> 6) * 11) & 255);
  const picture = () => sharp(pixels, { raw: { width: 48, height: 36, channels: 3 } });
  const kinds = {
    'plain.png': picture().png(),
    'deep.png': picture().toColourspace('rgb16').png(),
    'grey.png': picture().toColourspace('b-w').png(),
    'photo.jpg': picture().jpeg({ quality: 90 }),
    'turned.jpg': picture().withMetadata({ orientation: 6 }).jpeg(),
    'print.jpg': picture().toColourspace('cmyk').jpeg(),
    'web.webp': picture().webp(),
  };
  for (const [name, encoder] of Object.entries(kinds)) writeFileSync(join(folder, name), await encoder.toBuffer());
}

test.before(async () => {
  copyFileSync(join(root, 'tools/demo/digits.tflite'), join(project, 'digits.tflite'));
  writeFileSync(join(project, 'mobilenet.tflite'), mobilenetV1({ alpha: 0.25, resolution: 32, classes: 10 }));
  await writePictures(join(project, 'calibration'), digitSeeds.calibration, 60);
  await writePictures(join(project, 'held-out'), digitSeeds.heldOut, 100);
  await writeKinds(join(project, 'kinds'));
  writeFileSync(join(project, 'long.csv'), `file\n${'calibration/0/0000.png\n'.repeat(4000)}`);
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Starts the installed command; `ended` resolves when it has ended. */
function start({ executable }: Engine, options: readonly string[], args: readonly string[]) {
  const env = { PATH: process.env.PATH, HOME: project, DENO_DIR: `${project}/.deno`, DENO_NO_UPDATE_CHECK: '1' };
  const child = spawn(executable, [...options, command, ...args], {
    cwd: project,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (texts.out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (texts.err += text));
  const ended = once(child, 'close').then(([code]): Ended => ({ code, ...texts }));
  return { child, ended };
}

type Command = (...args: string[]) => Promise<Ended>;

/** What one engine computed; `files` are hashes. */
interface Computed {
  readonly files: Readonly<Record<string, string>>;
  readonly comparison: unknown;
  readonly classes: unknown;
}

/** Runs every command once; what they write goes to `folder`. */
async function runCommands(zeropoint: Command, folder: string): Promise<Computed> {
  const ok = async (...args: string[]) => {
    const { code, out, err } = await zeropoint(...args);
    assert.is(code, 0, `${args.join(' ')}: ${err}`);
    return out;
  };
  const inFolder = (name: string) => `${folder}/${name}`;
  const quantized = inFolder('quantized.tflite');
  const pictures = ['--data', 'calibration', '--preprocess', 'raw'];
  await ok('quantize', 'digits.tflite', '-o', quantized, ...pictures);
  const held = ['--data', 'held-out', '--preprocess', 'raw'];
  const compared = await ok('compare', 'digits.tflite', quantized, ...held, '--json', '--html', inFolder('report.html'));
  const { classification, data } = JSON.parse(compared);
  for (const shard of [1, 2]) {
    await ok(
      'calibrate',
      'digits.tflite',
      '-o',
      inFolder(`part${shard}.json`),
      ...pictures,
      '--observer',
      'entropy',
      '--shard',
      `${shard}/2`,
    );
  }
  await ok('merge', inFolder('part1.json'), inFolder('part2.json'), '-o', inFolder('ranges.json'));
  const digit = picturePath('held-out', { label: 3 }, 13);
  const [{ outputs }] = JSON.parse(await ok('run', quantized, digit, '--json'));
  const kinds = readdirSync(join(project, 'kinds')).map((name) => `kinds/${name}`);
  await ok('run', 'mobilenet.tflite', ...kinds, '-p', 'inception', '-o', inFolder('kinds'));
  const written = ['quantized.tflite', 'ranges.json', ...kinds.map((name) => `${name}/0.bin`)];
  const files = written.map((name) => [name, sha256(new Uint8Array(readFileSync(join(project, folder, name))))]);
  assert.match(readFileSync(join(project, inFolder('report.html')), 'utf8'), /^<!doctype html>.*<\/html>\n$/s);
  return { files: Object.fromEntries(files), comparison: { classification, data }, classes: outputs[0].classes };
}

const mistakes: [string[], RegExp][] = [
  [['quantize', 'digits.tflite', '-o', 'none.tflite', '--data', 'no-such-folder'], /there is no file or folder 'no-such-folder'/],
  [['compare', 'digits.tflite', 'long.csv', '--data', 'held-out'], /not a \.tflite file, an ONNX file or a TensorFlow\.js model/],
  [['calibrate', 'digits.tflite', '-o', 'none.json', '--data', 'kinds', '-p', 'row'], /there is no preprocessing 'row'/],
  [['merge', 'digits.tflite', '-o', 'none.json'], /is not JSON/],
  [['run', 'digits.tflite', 'long.csv', '-p', 'raw'], /is not a readable JPEG/],
  [['quantise'], /unknown command 'quantise' \(Did you mean quantize\?\)/],
];

async function makeMistakes(zeropoint: Command): Promise<void> {
  for (const [args, message] of mistakes) {
    const { code, out, err } = await zeropoint(...args);
    assert.equal([code, out], [1, ''], `${args.join(' ')}: ${err}`);
    assert.match(err, message);
    assert.is(err.split('\n').length, 2, err);
  }
}

/** Ctrl-C in the middle of a calibration. */
async function interrupt(engine: Engine, options: readonly string[], folder: string): Promise<void> {
  const args = ['calibrate', 'digits.tflite', '-o', `${folder}/long/ranges.json`, '--data', 'long.csv', '-p', 'raw'];
  const { child, ended } = start(engine, options, args);
  const partial = join(project, folder, 'long/ranges.json.partial');
  while (!existsSync(partial) && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 10));
  child.kill('SIGINT');
  assert.equal(await ended, { code: 130, out: '', err: 'zeropoint: interrupted; repeat the command to go on\n' });
  assert.equal(readdirSync(join(project, folder, 'long')), ['ranges.json.partial']);
  assert.ok(JSON.parse(readFileSync(partial, 'utf8')).samples >= 50);
}

/** What the first engine computed; every other one has to compute the same. */
let expected: { readonly computed: Computed; readonly name: string } | undefined;

function commandTest(engine: Engine, options: readonly string[]): void {
  engineTest(test, 'the packed command line', [engine], async () => {
    const name = label(engine);
    const folder = `in ${name}`;
    const zeropoint: Command = (...args) => start(engine, options, args).ended;
    const computed = await runCommands(zeropoint, folder);
    expected ??= { computed, name };
    assert.equal(computed, expected.computed, `${name} and ${expected.name} disagree`);
    const { out } = await zeropoint('bench', `${folder}/quantized.tflite`, '--runs', '1', '--json');
    assert.is(JSON.parse(out).runtime, name);
    await makeMistakes(zeropoint);
    await interrupt(engine, options, folder);
  });
}

commandTest(engines.node20, []);
commandTest(engines.node24, []);
// Decoding pictures is native code (ffi), and bench asks for the processor's name (sys); nothing goes to the network.
const permissions = ['read', 'write', 'env', 'ffi', 'sys'].map((name) => `--allow-${name}`);
commandTest(engines.deno, ['run', ...permissions, '--no-prompt', '--no-remote', '--node-modules-dir=manual']);
commandTest(engines.bun, ['--no-install']);

test.run();
