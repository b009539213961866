// Owns the tests of the commands run, inspect and bench on models built here: what they compute, print, write and refuse.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mobilenetV1 } from '../../src/builders/mobilenet-v1';
import type { Graph } from '../../src/graph/graph';
import { preprocess, presets } from '../../src/image';
import { loadSync } from '../../src/index';
import { readModel } from '../../src/tflite/read';
import { writeModel } from '../../src/tflite/write';
import { runCommandLine } from '../../tools/program';
import { GraphBuilder, quantized } from '../support/build';
import { Random } from '../support/random';
import { modelFile } from '../support/raw-model';
import { sharedPath, sharedTest } from '../support/shared';
import { recordingTerminal } from '../support/terminal';

const folder = mkdtempSync(join(tmpdir(), 'zeropoint-'));
const at = (...parts: string[]): string => join(folder, ...parts);

const mobilenet = mobilenetV1({ alpha: 0.25, resolution: 32, classes: 10 });
const labelled = readModel(mobilenet);
labelled.trailer = zipSync({ 'labels.txt': strToU8(Array.from({ length: 10 }, (_, i) => `kind ${i}`).join('\n')) });

/** out = a - b, elementwise on [1, 4], all int8 with scale 1. */
function difference(): Graph {
  const g = new GraphBuilder();
  const [a, b] = [g.input('int8', [1, 4], quantized(1)), g.input('int8', [1, 4], quantized(1))];
  const [out] = g.node('SUB', { activation: 'NONE' }, [a, b], { dtype: 'int8', shape: [1, 4], quantization: quantized(1) });
  return g.outputs(out);
}

/** RELU over a float picture of 2x2. */
function floatRelu(): Graph {
  const g = new GraphBuilder();
  const [out] = g.node('RELU', {}, [g.input('float32', [1, 2, 2, 3])], { dtype: 'float32', shape: [1, 2, 2, 3] });
  return g.outputs(out);
}

const noise = (() => {
  const random = new Random(5);
  return Uint8Array.from({ length: 40 * 30 * 3 }, () => random.integer(0, 255));
})();

async function prepare(): Promise<void> {
  writeFileSync(at('m.tflite'), mobilenet);
  writeFileSync(at('labelled.tflite'), writeModel(labelled));
  writeFileSync(at('difference.tflite'), writeModel(difference()));
  writeFileSync(at('float.tflite'), writeModel(floatRelu()));
  const picture = sharp(noise, { raw: { width: 40, height: 30, channels: 3 } });
  mkdirSync(at('other'));
  for (const name of ['a.png', 'b.png', join('other', 'a.png')]) writeFileSync(at(name), await picture.png().toBuffer());
  writeFileSync(at('five.bin'), Int8Array.of(5, 6, 7, 8));
  writeFileSync(at('three.bin'), Int8Array.of(3, 3, 3, -3));
  writeFileSync(at('labels.txt'), 'zero\none\n');
  writeFileSync(at('mean.json'), '{ "mean": 255 }');
  writeFileSync(at('broken.json'), '{ "mean": ');
  writeFileSync(at('odd.json'), '{ "crop": 2 }');
}

async function zeropoint(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const terminal = recordingTerminal();
  const code = await runCommandLine(args, terminal);
  return { code, out: terminal.out, err: terminal.err };
}

async function refused(...args: string[]): Promise<string> {
  const { code, out, err } = await zeropoint(...args);
  assert.equal([code, out], [1, ''], err);
  return err.replaceAll(folder, '').trimEnd();
}

/** What the model answers to the picture when asked without the command line. */
function expectedOutput(how: keyof typeof presets): Uint8Array {
  const model = loadSync(mobilenet);
  preprocess({ data: noise, width: 40, height: 30, channels: 3 }, presets[how], model.inputs[0], model.inputs[0].data);
  model.run();
  return Uint8Array.from(model.outputs[0].data as Uint8Array);
}

test.before(prepare);
test.after(() => rmSync(folder, { recursive: true }));

for (const how of ['raw', 'inception'] as const) {
  test(`run --preprocess ${how} --json gives the classes that the API gives`, async () => {
    const { code, out } = await zeropoint('run', at('m.tflite'), at('a.png'), '--json', '--top', '10', '-p', how);
    assert.is(code, 0);
    const [{ inputs, outputs }] = JSON.parse(out);
    assert.is(inputs[0].preprocessing, `40x30 pixels, ${how}`);
    const expected = expectedOutput(how);
    assert.equal(
      outputs[0].classes.map((entry: { class: number }) => expected[entry.class]),
      [...expected].sort((a, b) => b - a),
    );
    const { scale, zeroPoint } = loadSync(mobilenet).outputs[0];
    for (const entry of outputs[0].classes) assert.is(entry.score, Math.fround(scale! * (expected[entry.class] - zeroPoint!)));
  });
}

test('run prints labels of the archive in the model, of --labels, or class numbers', async () => {
  const first = async (...args: string[]) => (await zeropoint('run', ...args, at('a.png'), '-t', '10')).out;
  assert.match(await first(at('labelled.tflite')), /kind 7 +7 +\d\.\d{3}/);
  const named = await first(at('m.tflite'), '--labels', at('labels.txt'));
  assert.match(named, /one +1 +\d/);
  assert.match(named, /class 7 +7 +\d/);
});

test('several pictures: one block each, outputs in folders named after them, nothing temporary left', async () => {
  const { code, out } = await zeropoint('run', at('m.tflite'), '--input', at('a.png'), '-i', at('b.png'), '--output', at('out'));
  assert.is(code, 0);
  assert.is(out.match(/label +class +score/g)?.length, 2);
  for (const name of ['a.png', 'b.png']) {
    assert.equal(readdirSync(at('out', name)), ['0.bin']);
    assert.equal(new Uint8Array(readFileSync(at('out', name, '0.bin'))), expectedOutput('raw'));
  }
  assert.is((await zeropoint('run', at('m.tflite'), at('b.png'), '--output', at('single'))).code, 0);
  assert.equal(readdirSync(at('single')), ['0.bin']);
  assert.match(await refused('run', at('m.tflite'), at('a.png'), at('other', 'a.png'), '-o', at('twice')), /two files are called 'a\.png'/);
  assert.match(await refused('run', at('m.tflite'), at('a.png'), '-o', at('a.png')), /cannot write .*(in the way|not a folder)/);
});

test('models of two inputs take two files in order', async () => {
  const { out } = await zeropoint('run', at('difference.tflite'), at('five.bin'), at('three.bin'), '-o', at('minus'), '--json');
  assert.equal(Array.from(new Int8Array(readFileSync(at('minus', '0.bin')))), [2, 3, 4, 11]);
  assert.equal(JSON.parse(out)[0].outputs[0].summary, { min: 2, max: 11, mean: 5 });
  assert.match(await refused('run', at('difference.tflite'), at('five.bin')), /takes 2 inputs, 1 files were given/);
  assert.match(await refused('run', at('difference.tflite'), at('five.bin'), at('a.png')), /takes no picture/);
});

test('float inputs: refused without normalization, otherwise as asked', async () => {
  assert.match(await refused('run', at('float.tflite'), at('a.png')), /does not say how pictures are normalized; give --preprocess/);
  const { out } = await zeropoint('run', at('float.tflite'), at('a.png'), '-p', 'raw', '--json');
  assert.ok(JSON.parse(out)[0].outputs[0].summary.max > 50);
  const negative = await zeropoint('run', at('float.tflite'), at('a.png'), '-p', at('mean.json'), '--json');
  assert.equal(JSON.parse(negative.out)[0].outputs[0].summary, { min: 0, max: 0, mean: 0 });
});

test('what is wrong with an input is said in one line', async () => {
  assert.match(await refused('run', at('m.tflite')), /nothing to run on; give a file for 'input' 1x32x32x3 uint8/);
  assert.is(
    await refused('run', at('m.tflite'), at('five.bin')),
    "zeropoint: /five.bin: has 4 bytes, but input 'input' [1,32,32,3] uint8 takes 3072",
  );
  assert.match(await refused('run', at('m.tflite'), at('labels.txt')), /^zeropoint: \/labels\.txt: this is not a readable/);
  assert.match(
    await refused('run', at('m.tflite'), at('a.png'), '-p', 'imagenet'),
    /no preprocessing 'imagenet'; give inception, torchvision, raw/,
  );
  assert.match(await refused('run', at('m.tflite'), at('a.png'), '-p', at('broken.json')), /broken\.json: is not JSON/);
  assert.match(
    await refused('run', at('m.tflite'), at('a.png'), '-p', at('odd.json')),
    /odd\.json: preprocessing\.crop is 2; give a number/,
  );
  assert.match(await refused('run', at('m.tflite'), at('a.png'), '-p', at('none.json')), /no such file/);
  assert.match(await refused('run', at('m.tflite'), at('a.png'), '-l', at('none.txt')), /no such file/);
});

test('inspect of a model that cannot run shows what it holds, what is missing, and the error', async () => {
  const file = modelFile([{ tensors: [{}, {}], inputs: [0], outputs: [1], operators: [{ name: 'WHILE', inputs: [0], outputs: [1] }] }]);
  writeFileSync(at('while.tflite'), file);
  const { code, out, err } = await zeropoint('inspect', at('while.tflite'));
  assert.is(code, 1);
  assert.match(out, /WHILE +1 +missing/);
  assert.match(err, /not supported: WHILE \(1\); it has control flow/);
  const json = JSON.parse((await zeropoint('inspect', at('while.tflite'), '--json')).out);
  assert.equal(json.operators, [{ name: 'WHILE', count: 1, isSupported: false }]);
  writeFileSync(at('cut.tflite'), file.subarray(0, 40));
  assert.is((await zeropoint('inspect', at('cut.tflite'))).out, '');
});

test('inspect counts the multiply-adds of MobileNetV1 0.25 at 32x32 with 10 classes', async () => {
  const { code, out } = await zeropoint('inspect', at('m.tflite'), '--json');
  assert.is(code, 0);
  const { totals, memory, operators, inputs, fileBytes } = JSON.parse(out);
  // 16x16 outputs of the first layer; then per block 9 per output of the depthwise layer and cin per output of the pointwise one.
  let [macs, side, channels] = [16 * 16 * 8 * 27, 16, 8];
  const blocks = [[64, 1], [128, 2], [128, 1], [256, 2], [256, 1], [512, 2], ...new Array(5).fill([512, 1]), [1024, 2], [1024, 1]];
  for (const [width, stride] of blocks) {
    side /= stride;
    macs += side * side * channels * 9 + side * side * channels * (width / 4);
    channels = width / 4;
  }
  assert.is(totals.macs, macs + 256 * 10);
  assert.is(totals.operators, operators.length);
  assert.is(fileBytes, mobilenet.length);
  assert.equal([inputs[0].shape, inputs[0].dtype], [[1, 32, 32, 3], 'uint8']);
  assert.ok(memory.total >= memory.program + memory.weights + memory.arena);
  const { out: text } = await zeropoint('inspect', at('m.tflite'));
  assert.match(text, /million mult-adds, 0\.2\d million parameters, 31 operators\n/);
});

test('bench measures, layers included', async () => {
  const { code, out } = await zeropoint('bench', at('m.tflite'), '--json', '--runs', '5', '--layers');
  assert.is(code, 0);
  const { runMilliseconds: run, coldStartMilliseconds: cold, gmacs, layers, macs, runtime } = JSON.parse(out);
  assert.is(run.runs, 5);
  assert.ok(run.min > 0 && run.min <= run.median && run.median <= run.p95, out);
  assert.ok(cold.compile >= 0 && cold.load > 0 && cold.firstRun > 0, out);
  assert.ok(Math.abs(gmacs - macs / run.median / 1e6) < 1e-9);
  assert.is(layers.length, 31);
  assert.is(runtime, 'Node 0.0.0');
});

sharedTest(test, 'mobilenet_v1_0.25_224_quant knows the cat and the parrot by the names in its own archive', async () => {
  const photos = ['cat.bmp', 'parrot.jpg'].map((name) => sharedPath('images/photos', name));
  const { out } = await zeropoint('run', sharedPath('models/mobilenet_v1_0.25_224_quant.tflite'), ...photos, '--json');
  assert.equal(
    JSON.parse(out).map((report: { outputs: { classes: { label: string }[] }[] }) => report.outputs[0].classes[0].label),
    ['Egyptian cat', 'macaw'],
  );
});

sharedTest(test, 'coco_ssd finds two cats and a dog', async () => {
  const model = sharedPath('models/coco_ssd_mobilenet_v1_1.0_quant_2018_06_29.tflite');
  const { out } = await zeropoint('run', model, sharedPath('images/photos/cats_and_dogs.jpg'), '--json');
  const labels = JSON.parse(out)[0].detections.map(({ label }: { label: string }) => label);
  assert.ok(labels.includes('cat') && labels.includes('dog'), String(labels));
});

test.run();
