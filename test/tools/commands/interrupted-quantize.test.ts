// Tests Ctrl-C in every stage of `zeropoint quantize`: it ends the command, leaves nothing, says so, and the same command begins anew.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { presets } from '../../../src/image';
import { readModel } from '../../../src/tflite';
import { openDataset } from '../../../tools/dataset/open';
import { digitSeeds } from '../../../tools/demo/digits';
import { writePictures } from '../../../tools/demo/pictures';
import { loadFloat } from '../../../tools/model/float-model';
import { runCommandLine } from '../../../tools/program';
import { quantizeModel } from '../../../tools/quantize/model';
import type { Stage } from '../../../tools/quantize/settings';
import { bundledProgram } from '../../runner/programs';
import { temporaryFolder } from '../../support/folder';
import { recordingTerminal } from '../../support/terminal';

const folder = temporaryFolder();
test.after(folder.remove);
const { at } = folder;
const digits = join(import.meta.dirname, '../../../tools/demo/digits.tflite');
test.before(() => writePictures(at('digits'), digitSeeds.calibration, 24));

const begins = 'zeropoint: interrupted; nothing was written, and the same command begins anew\n';

for (const workers of [1, 2]) {
  for (const stage of ['calibrate', 'decide', 'refine'] satisfies Stage[]) {
    test(`in the stage ${stage} on ${workers} threads: the promise rejects with the reason, and no later stage begins`, async () => {
      const graph = readModel(readFileSync(digits));
      const dataset = await openDataset(at('digits'), { inputs: loadFloat(graph).inputs, preprocessing: presets.raw });
      const controller = new AbortController();
      const seen = new Set<Stage>();
      const onProgress = (now: Stage) => {
        seen.add(now);
        if (now === stage) controller.abort();
      };
      const error = await quantizeModel(graph, dataset, { onProgress, workers, signal: controller.signal }).catch((reason) => reason);
      assert.is(error, controller.signal.reason);
      assert.is([...seen].at(-1), stage);
    });
  }
}

test('SIGINT in a process while it calibrates: code 130 and no file; repeated, the command gives what it gives at once', async () => {
  const grey = sharp({ create: { width: 28, height: 28, channels: 3, background: '#808080' } }).png();
  folder.write('plain.png', new Uint8Array(await grey.toBuffer()));
  folder.write('long.csv', `file\n${'plain.png\n'.repeat(2000)}`);
  const args = (output: string) => ['quantize', digits, '-o', output, '--data', at('long.csv'), '-p', 'raw', '--fast'];
  const child = spawn(process.execPath, [bundledProgram('tools/cli.ts'), ...args(at('cut', 'q.tflite'))], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    // The doubt about a constant input is said once 512 samples have been taken.
    const isSaid = err.includes('warning');
    err += chunk;
    if (!isSaid && err.includes('warning')) child.kill('SIGINT');
  });
  assert.equal(await once(child, 'close'), [130, null], err);
  // On a machine that is busy there are lines of progress, one in ten seconds.
  const [doubt, ...rest] = err.split(/(?<=\n)/).filter((line) => !/^(hash|quantize, %): \d+ of \d+\n$/.test(line));
  assert.match(doubt, /^warning: input '.*' is 128 in every element of every sample/);
  assert.equal([out, rest], ['', [begins]]);
  assert.equal(readdirSync(at()).sort(), ['digits', 'long.csv', 'plain.png']);
  for (const output of [at('cut', 'q.tflite'), at('whole', 'q.tflite')]) {
    const terminal = recordingTerminal();
    assert.is(await runCommandLine(args(output), terminal), 0, terminal.err);
    assert.match(terminal.out, /calibrated on 2000 samples/);
  }
  assert.equal(readFileSync(at('cut', 'q.tflite')), readFileSync(at('whole', 'q.tflite')));
});

test.run();
