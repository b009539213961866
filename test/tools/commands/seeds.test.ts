// Tests --seeds of `zeropoint quantize`: what is printed, --json, one bar, labels of boxes, Ctrl-C, and options that do not go with it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { writeModel } from '../../../src/tflite';
import { digitSeeds } from '../../../tools/demo/digits';
import { writePictures as writeDigits } from '../../../tools/demo/pictures';
import { sha256 } from '../../../tools/hash';
import { runCommandLine } from '../../../tools/program';
import type { Terminal } from '../../../tools/terminal/terminal';
import { folder, greys, pictureSize, writePictures } from '../../support/task-commands';
import { detectorNetwork } from '../../support/task-networks';
import { barScreen, recordingTerminal } from '../../support/terminal';

const { at } = folder;
const digits = join(import.meta.dirname, '../../../tools/demo/digits.tflite');
test.before(writePictures);
test.before(() => writeDigits(at('digits'), digitSeeds.calibration, 80));
test.after(folder.remove);

async function zeropoint(args: readonly string[], extra: Partial<Terminal> = {}): Promise<{ code: number; out: string; err: string }> {
  const terminal = Object.assign(recordingTerminal(), extra);
  const code = await runCommandLine(args, terminal);
  return { code, out: terminal.out.replaceAll(at(), ''), err: terminal.err.replaceAll(at(), '') };
}

const quantize = (output: string, ...more: string[]) => ['quantize', digits, '-o', output, '--data', at('digits'), '-p', 'raw', ...more];
const seeds = ['--limit', '16', '--seeds', '3', '--seed', '2'];

test('the loss of three choices, and the file of the first, which is that of its seed alone', async () => {
  const { code, out, err } = await zeropoint(quantize(at('three.tflite'), ...seeds));
  assert.is(code, 0, err);
  assert.match(out, /\n\/three\.tflite: int8, .*, calibrated on 16 samples, /);
  const measured = /\n3 choices of 16 samples, seeds 2 to 4, measured on (\d+) samples that none of them holds\n/.exec(out);
  assert.ok(measured && Number(measured[1]) >= 32 && Number(measured[1]) < 64, out);
  assert.match(out, /\ntop-1 drop +[+-]?\d\.\d +\d\.\d +[+-]?\d\.\d +[+-]?\d\.\d +points; float \d+\.\d %\n/);
  assert.match(out, /\nsame top-1 +\d+\.\d % /);
  assert.match(out, /\nSQNR +\d+\.\d dB +\d\.\d dB +\d+\.\d dB +\d+\.\d dB\n/);
  assert.match(out, /\n\/three\.tflite is that of seed 2, not the best one: /);
  assert.is((await zeropoint(quantize(at('one.tflite'), '--limit', '16', '--seed', '2'))).code, 0);
  assert.equal(readFileSync(at('three.tflite')), readFileSync(at('one.tflite')));
});

test('--json has every quantization, and on a terminal there is one bar for all of them with the time left', async () => {
  let drawn = '';
  const screen = barScreen((text) => {
    drawn = text;
  });
  const { code, out, err } = await zeropoint(quantize(at('json.tflite'), ...seeds, '--json'), { screen });
  assert.equal([code, err], [0, '']);
  const report = JSON.parse(out);
  const { runs, figures, limit } = report.seeds;
  assert.equal(
    runs.map(({ seed }: { seed: number }) => seed),
    [2, 3, 4],
  );
  assert.equal([runs[0].sha256, limit, report.samples], [sha256(readFileSync(at('json.tflite'))), 16, 16]);
  for (const run of runs)
    assert.equal(
      run.figures.map(({ name }: { name: string }) => name),
      ['top-1 drop', 'top-5 drop', 'same top-1', 'SQNR'],
    );
  assert.is(figures.length, 4);
  // Escape sequences of a new bar: the cursor is hidden once.
  assert.match(drawn, /quantize, % .*\d+\/100, .* left/);
  assert.is(drawn.split('\u001b[?25l').length, 2, JSON.stringify(drawn.slice(0, 200)));
});

test('labels of boxes: the drop of mAP', async () => {
  const { width, height } = pictureSize;
  const labels = {
    images: greys.map((_, i) => ({ id: i + 1, file_name: `p${i}.png`, width, height })),
    categories: [
      { id: 1, name: 'cat' },
      { id: 2, name: 'dog' },
    ],
    annotations: greys.map((grey, i) => {
      const left = ((16 + (16 * grey) / 255) / 64) * width;
      return { image_id: i + 1, category_id: 2, bbox: [left, height / 2, (48 / 64) * width - left, height / 2] };
    }),
  };
  const args = [
    'quantize',
    folder.write('boxes.tflite', writeModel(detectorNetwork())),
    '-o',
    at('boxes8.tflite'),
    '--data',
    at('plain'),
    '-p',
    'unit',
  ];
  const path = folder.write('boxes.json', JSON.stringify(labels));
  const { code, out, err } = await zeropoint([...args, '--outputs', 'float32', '--limit', '3', '--seeds', '2', '--labels', path]);
  assert.is(code, 0, err);
  assert.match(out, /\nmAP 50-95 drop +[+-]?\d+\.\d .*points; float \d+\.\d %\nboxes found again +100\.0 %/);
  assert.match(out, /\n2 choices of 3 samples, seeds 0 to 1, which leave \d samples? over, too few: measured on all 6, so that/);
});

test('Ctrl-C leaves nothing', async () => {
  const controller = new AbortController();
  const screen = barScreen((drawn) => {
    if (drawn.includes('quantize')) controller.abort();
  });
  const { code, err } = await zeropoint(quantize(at('cut', 'q.tflite'), ...seeds), { screen, interruption: () => controller.signal });
  assert.equal([code, err], [130, 'zeropoint: interrupted; nothing was written, and the same command begins anew\n']);
  assert.not.ok(existsSync(at('cut')));
});

const mistakes: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [['--seeds', '3'], /--seeds needs --limit, the number of samples of each choice; without it all choices are the same/],
  [['--seeds', '1', '--limit', '8'], /--seeds compares choices of samples; give 2 or more/],
  [['--seeds', '0', '--limit', '8'], /Give a whole number from 1/],
  [['--seeds', '2', '--limit', '80'], /several choices of 80 among 80 samples are all the same; give a limit below 80/],
  [['--seeds', '2', '--limit', '8', '--max-drop', '1'], /--max-drop searches for one file, and --seeds makes several; leave one out/],
  [['--seeds', '2', '--limit', '8', '--max-ms', '1'], /--max-ms searches for one file/],
  [['--seeds', '2', '--limit', '8', '--calibration', 'r.json'], /--calibration has the ranges of one choice of samples/],
];
for (const [args, message] of mistakes) {
  test(`${args.join(' ')}: one line, code 1, no file`, async () => {
    const { code, out, err } = await zeropoint(quantize(at('no', 'q.tflite'), ...args));
    assert.equal([code, out], [1, '']);
    assert.match(err, message);
    assert.is(err.split('\n').length, 2, err);
    assert.not.ok(existsSync(at('no')));
  });
}

test.run();
