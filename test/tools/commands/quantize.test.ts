// Owns the tests of the command quantize: what the file says of pictures, progress of every stage, interruption in each, one JSON document.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Preprocessing, preprocess, presets } from '../../../src/image';
import { loadSync } from '../../../src/index';
import { writeModel } from '../../../src/tflite';
import { digitSeeds } from '../../../tools/demo/digits';
import { writePictures } from '../../../tools/demo/pictures';
import { decodeImage } from '../../../tools/images/decode';
import { setInputs } from '../../../tools/model/inputs';
import { runCommandLine } from '../../../tools/program';
import type { Terminal } from '../../../tools/terminal/terminal';
import { convolution, GraphBuilder } from '../../support/build';
import { temporaryFolder } from '../../support/folder';
import { Random } from '../../support/random';
import { barScreen, recordingTerminal } from '../../support/terminal';

const folder = temporaryFolder();
test.after(folder.remove);
const { at } = folder;

const random = new Random(31);
const digits = join(import.meta.dirname, '../../../tools/demo/digits.tflite');

/** CONV_2D 1x1 that passes its three channels on: outputs are inputs, in codes of their own. */
function copyingModel(): Uint8Array {
  const g = new GraphBuilder();
  const input = g.input('float32', [1, 8, 8, 3]);
  const weights = g.constant('float32', [3, 1, 1, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1]);
  const [out] = g.node('CONV_2D', { ...convolution, padding: 'SAME' }, [input, weights, undefined], {
    dtype: 'float32',
    shape: [1, 8, 8, 3],
  });
  return writeModel(g.outputs(out));
}

const float = folder.write('float.tflite', copyingModel());
const picture = at('pictures/0.png');

test.before(async () => {
  for (let i = 0; i < 6; i++) {
    const data = Uint8Array.from({ length: 40 * 30 * 3 }, () => random.integer(0, 255));
    const png = sharp(data, { raw: { width: 40, height: 30, channels: 3 } }).png();
    folder.write(`pictures/${i}.png`, await png.toBuffer());
  }
  await writePictures(at('digits'), digitSeeds.calibration, 20);
});

async function zeropoint(args: string[], extra: Partial<Terminal> = {}): Promise<{ code: number; out: string; err: string }> {
  const terminal = Object.assign(recordingTerminal(), extra);
  const code = await runCommandLine(args, terminal);
  return { code, out: terminal.out, err: terminal.err };
}

const ways: Record<string, Preprocessing> = {
  ...presets,
  'bgr.json': { colors: 'bgr', crop: 0.5, resize: { shortSide: 9 }, mean: [10, 20, 30], std: [40, 50, 60] },
};
// The input has 8x8 pixels.
const torchvision: Preprocessing = { ...presets.torchvision, resize: { shortSide: 10 } };
ways['small.json'] = torchvision;

for (const [name, how] of Object.entries(ways)) {
  for (const scheme of ['int8', 'uint8']) {
    test(`${name}, ${scheme}: run needs no flags, and its codes are those of the numbers that were calibrated on`, async () => {
      const flag = name.endsWith('.json') ? folder.write(name, JSON.stringify(how)) : name;
      const output = at(`${name}-${scheme}.tflite`);
      const made = await zeropoint(['quantize', float, '-o', output, '--data', at('pictures'), '-p', flag, '--scheme', scheme]);
      assert.is(made.code, 0, made.err);
      const model = loadSync(new Uint8Array(readFileSync(output)));
      const [input] = model.inputs;
      const reals = new Float32Array(input.data.length);
      preprocess(await decodeImage(new Uint8Array(readFileSync(picture)), picture), how, { shape: input.shape, dtype: 'float32' }, reals);
      setInputs(model, [reals]);
      model.run();
      const run = await zeropoint(['run', output, picture, '--output', at('out', name, scheme), '--json']);
      assert.is(run.code, 0, run.err);
      assert.match(JSON.parse(run.out)[0].inputs[0].preprocessing, /the model's own$/);
      const { buffer, byteOffset, byteLength } = model.outputs[0].data;
      assert.equal(new Uint8Array(readFileSync(at('out', name, scheme, '0.bin'))), new Uint8Array(buffer, byteOffset, byteLength));
      model.dispose();
    });
  }
}

const quantizeDigits = (output: string) => ['quantize', digits, '-o', output, '--data', at('digits'), '-p', 'raw', '--max-drop', '50'];
/** In the order of their bars; calibration, trials and refinement have one. */
const stages = ['hash', 'quantize', 'search', 'judge'];

test('on a terminal the work has a bar with the time left; --json prints one document on standard output', async () => {
  let drawn = '';
  const screen = barScreen((text) => {
    drawn = text;
  });
  const { code, out, err } = await zeropoint([...quantizeDigits(at('bars.tflite')), '--json'], { screen });
  assert.equal([code, err], [0, '']);
  assert.is(JSON.parse(out).samples, 20);
  for (const stage of stages) assert.match(drawn, new RegExp(`${stage}[^/]*\\d+/\\d+, .* left`), stage);
});

test('--max-bytes: the file is no larger, its precisions are printed and so is what there was to choose from', async () => {
  const args = ['quantize', digits, '-o', at('small.tflite'), '--data', at('digits'), '-p', 'raw', '--fast', '--max-bytes', '14.2kB'];
  const { code, out } = await zeropoint(args);
  assert.is(code, 0);
  assert.ok(readFileSync(at('small.tflite')).length <= 14_200);
  assert.match(out, /weights of 4 bits: .*\none run: [\d.]+ ms here/);
  assert.match(out, /file {2}predicted time {2}predicted SQNR .*operators\n(?:.*\n)*> +[\d,.]+ kB/);
  const wrong = await zeropoint([...args.slice(0, -1), '14.2 kilo']);
  assert.match(wrong.err, /Give a size, as 2700000, 2700kB, 2\.7MB or 2\.5MiB/);
});

for (const [i, stage] of stages.slice(0, -1).entries()) {
  test(`Ctrl-C in the stage ${stage}: code 130, one line, no file, and no later stage begins`, async () => {
    const controller = new AbortController();
    let drawn = '';
    const screen = barScreen((text) => {
      drawn = text;
      if (drawn.includes(stage)) controller.abort();
    });
    const output = at('cut', 'q.tflite');
    const { code, out, err } = await zeropoint(quantizeDigits(output), { screen, interruption: () => controller.signal });
    assert.equal([code, out, err], [130, '', 'zeropoint: interrupted; nothing was written, and the same command begins anew\n']);
    assert.not.match(drawn, stages[i + 1]);
    assert.not.ok(existsSync(at('cut')));
  });
}

test.run();
