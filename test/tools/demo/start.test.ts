// Tests `npm start` without the build: it ends well and leaves a quantized model that reads digits, and a report.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { load } from '../../../src/index';
import { digitSeeds, renderDigit } from '../../../tools/demo/digits';
import { bundledProgram } from '../../runner/programs';

const root = join(import.meta.dirname, '../../..');

test('the whole story, started from another folder', async () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bundledProgram('tools/demo/start.ts')], {
    cwd: tmpdir(),
    encoding: 'utf8',
  });
  assert.is(status, 0, `${stdout}\n${stderr}`);
  for (const words of ['zeropoint quantize', 'zeropoint compare', 'zeropoint run', 'Report  file://']) {
    assert.ok(stdout.includes(words), `${words} is not in\n${stdout}`);
  }

  const report = fileURLToPath(/file:\/\/\S+\.html/.exec(stdout)![0]);
  assert.match(readFileSync(report, 'utf8'), /<!doctype html>/i);

  const model = await load(readFileSync(join(root, 'build/demo/digits_int8.tflite')));
  const input = model.inputs[0].data as Int8Array;
  let right = 0;
  for (let i = 0; i < 1000; i++) {
    const { label, pixels } = renderDigit(digitSeeds.heldOut, i);
    // int8 codes of pixels under the preprocessing `raw`.
    input.set(Int8Array.from(pixels, (pixel) => pixel - 128));
    model.run();
    const scores = model.outputs[0].data as Int8Array;
    if (scores.indexOf(Math.max(...scores)) === label) right++;
  }
  assert.ok(right >= 970, `the quantized network reads ${right} of 1000 digits`);
});

test.run();
