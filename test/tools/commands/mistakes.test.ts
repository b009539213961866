// Tests mistakes that quantize, calibrate and compare find before the work: outputs, labels, networks that do not belong together, and data
// that can hardly be meant.
import { existsSync, readFileSync } from 'node:fs';
import { zipSync } from 'fflate';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { writeModel } from '../../../src/tflite/write';
import { runCommandLine } from '../../../tools/program';
import { floatNetwork } from '../../support/float-network';
import { temporaryFolder } from '../../support/folder';
import { npy } from '../../support/npy';
import { Random } from '../../support/random';
import { recordingTerminal } from '../../support/terminal';

const folder = temporaryFolder();
test.after(folder.remove);
const { at } = folder;

const sampleSize = 8 * 8 * 3;

/** An .npy of samples whose elements lie in -scale to scale; `edit` changes them. */
function samples(name: string, count: number, scale: number, edit: (elements: Float32Array) => void = () => {}): string {
  const random = new Random(count);
  const elements = Float32Array.from({ length: count * sampleSize }, () => scale * ((2 * random.integer(0, 1000)) / 1000 - 1));
  edit(elements);
  return folder.write(name, npy('<f4', [count, 8, 8, 3], elements));
}

const float = folder.write('float.tflite', writeModel(floatNetwork()));
const data = samples('data.npy', 12, 1);
const quick = ['--no-equalize', '--no-refit', '--no-round', '--no-bias-correction', '--no-logit-ranges'];
const labels = (name: string, ...values: number[]) => folder.write(name, npy('<i4', [values.length], Int32Array.from(values)));

async function zeropoint(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const terminal = recordingTerminal();
  const code = await runCommandLine(args, terminal);
  return { code, out: terminal.out.replaceAll(at(), ''), err: terminal.err.replaceAll(at(), '') };
}

async function refused(...args: string[]): Promise<string> {
  const { code, out, err } = await zeropoint(...args);
  assert.equal([code, out], [1, ''], err);
  assert.is(err.trim().split('\n').length, 1, err);
  return err;
}

test.before(async () => {
  const { code, err } = await zeropoint('quantize', float, '-o', at('int8.tflite'), '-d', data, ...quick);
  assert.equal([code, err], [0, '']);
});

test('an output that is an input, a folder, or another output is refused, and the file stays', async () => {
  const before = readFileSync(float);
  assert.match(
    await refused('quantize', float, '-o', float, '-d', data),
    /'\/float\.tflite' is read by this command and would be replaced/,
  );
  assert.match(await refused('calibrate', float, '-o', data, '-d', data), /'\/data\.npy' is read by this command/);
  assert.match(await refused('quantize', float, '-o', at(), '-d', data), /it is a folder; name a file/);
  assert.match(await refused('compare', float, at('int8.tflite'), '-d', data, '--html', at('int8.tflite')), /is read by this command/);
  assert.match(
    await refused('compare', float, at('int8.tflite'), '-d', data, '-o', at('c'), '--html', at('c')),
    /-o and --html both go to/,
  );
  assert.equal(readFileSync(float), before);
});

test('labels beyond the classes are refused by compare and by --max-drop, which name --label-offset', async () => {
  const beyond = labels('beyond.npy', ...Array.from({ length: 12 }, (_, i) => i % 7));
  const fromOne = labels('one.npy', ...Array.from({ length: 12 }, (_, i) => 1 + (i % 5)));
  const good = labels('good.npy', ...Array.from({ length: 12 }, (_, i) => i % 5));
  const compare = ['compare', float, at('int8.tflite'), '-d', data];
  assert.match(
    await refused(...compare, '--labels', beyond),
    /label 6, and the network has 5 classes, labels 0 to 4; check the labels, or give --label-offset/,
  );
  assert.match(await refused(...compare, '--labels', fromOne), /label 5, .*; labels that count from 1 need --label-offset -1/);
  const counted = await zeropoint(...compare, '--labels', fromOne, '--label-offset', '-1', '--json');
  const plain = await zeropoint(...compare, '--labels', good, '--json');
  assert.equal(JSON.parse(counted.out).classification.top1, JSON.parse(plain.out).classification.top1);
  const search = ['quantize', float, '-o', at('drop.tflite'), '-d', data, ...quick, '--max-drop', '100'];
  assert.match(await refused(...search, '--labels', beyond), /label 6, and the network has 5 classes/);
  assert.is((await zeropoint(...search, '--labels', fromOne, '--label-offset', '-1')).code, 0);
  assert.ok(existsSync(at('drop.tflite')));
});

test('networks: the float one comes first, and both have the same outputs; a quantized one is not quantized again', async () => {
  assert.match(
    await refused('compare', at('int8.tflite'), float, '-d', data),
    /int8\.tflite: the network is quantized, .*name the float one first/,
  );
  assert.match(await refused('quantize', at('int8.tflite'), '-o', at('q.tflite'), '-d', data), /quantized already.*zeropoint convert/);
  const other = floatNetwork();
  const narrow = { ...other, outputs: [other.nodes.find(({ type }) => type === 'AVERAGE_POOL_2D')!.outputs[0]] };
  folder.write('narrow.tflite', writeModel(narrow));
  assert.match(
    await refused('compare', at('narrow.tflite'), at('int8.tflite'), '-d', data),
    /output 'pooled' is \[1,1,1,8\], that of the quantized network \[1,5\]/,
  );
});

/** Standard error of a calibration, which has one warning; the same with --strict is an error. */
async function doubt(...args: string[]): Promise<string> {
  const calibrate = ['calibrate', float, '-o', at(`${Math.random()}.json`), ...args];
  const { code, err } = await zeropoint(...calibrate);
  assert.is(code, 0, err);
  assert.match(err, /^warning: [^\n]*\n$/);
  const strict = await refused(...calibrate, '--strict');
  assert.is(strict, err.replace(/^warning: /, 'zeropoint: '));
  return err;
}

test('data that can hardly be meant: a warning that says what was seen and expected, an error with --strict', async () => {
  assert.match(await doubt('-d', samples('one.npy', 1, 1)), /there is one sample; give some hundred/);
  assert.match(
    await doubt(
      '-d',
      samples('constant.npy', 5, 1, (x) => x.fill(0.5)),
    ),
    /is 0\.5 in every element of every sample/,
  );
  const outlier = samples('outlier.npy', 5, 0.01, (x) => x.set([40], 3 * sampleSize));
  assert.match(await doubt('-d', outlier), /is -0\.0\d+ to 40 in 'array#3' and .* in a usual sample/);
  const nan = samples('nan.npy', 5, 1, (x) => x.set([Number.NaN, Number.POSITIVE_INFINITY], 2 * sampleSize + 7));
  assert.match(await doubt('-d', nan), /'array#2' holds NaN at element 7 of input '.*'; leave out what is not finite/);
  const pixels = samples('pixels.npy', 5, 1, (x) => x.set(x.map((value) => Math.round(127.5 * (value + 1)))));
  assert.match(
    await doubt('-d', pixels),
    /is fed 0 to 255, pixels as they are, and the weights of its layer are those of numbers around 1/,
  );
  assert.match(
    await doubt('-d', pixels, '-p', 'tf'),
    /is fed 0 to 255, and the preprocessing gives -1 to 1; arrays .* are taken as they are/,
  );
  assert.match(await doubt('-d', data, '-p', 'raw'), /is fed -1 to 1, and the preprocessing gives 0 to 255/);
});

test('what was fed is printed, and good data give no warning', async () => {
  const { code, out, err } = await zeropoint('quantize', float, '-o', at('fed.tflite'), '-d', data, ...quick, '--strict');
  assert.equal([code, err], [0, '']);
  assert.match(out, /^fed to '.*': -1\.000 to 1\.000, in all 12 samples$/m);
  const json = await zeropoint('calibrate', float, '-o', at('fed.json'), '-d', data, '--json');
  const { samples: looked, fed, doubts } = JSON.parse(json.out).survey;
  assert.equal([looked, fed[0].min >= -1, fed[0].max <= 1, doubts], [12, true, true, []]);
});

test('.npz of Keras: the training part, with its labels', async () => {
  const part = (count: number) =>
    npy(
      '<f4',
      [count, 8, 8, 3],
      new Float32Array(count * sampleSize).map((_, i) => (i % 7) / 7),
    );
  const archive = zipSync({
    'x_train.npy': part(6),
    'y_train.npy': npy('|u1', [6], Uint8Array.of(0, 1, 2, 3, 4, 0)),
    'x_test.npy': part(4),
    'y_test.npy': npy('|u1', [4], Uint8Array.of(0, 1, 2, 3)),
  });
  const { code, out, err } = await zeropoint('compare', float, at('int8.tflite'), '-d', folder.write('keras.npz', archive), '--json');
  assert.is(code, 0, err);
  const { classification, data: read } = JSON.parse(out);
  assert.equal([read.samples, classification.labelled], [6, 6]);
});

test.run();
