// Tests `zeropoint compare` from its arguments to what it prints and writes.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runCommandLine } from '../../../tools/program';
import { sharedPath, sharedTest } from '../../support/shared';
import { recordingTerminal } from '../../support/terminal';

const models = ['vww_96_float', 'vww_96_int8'].map((name) => sharedPath('models', `${name}.tflite`));

sharedTest(test, 'compare vww_96 on 6 pictures: a table, a JSON document, a report without a trace of a temporary file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'zeropoint-compare-'));
  try {
    await writeFile(join(folder, 'vww.json'), '{ "mean": 0, "std": 255 }');
    const data = ['--data', sharedPath('images', 'vww'), '--preprocess', join(folder, 'vww.json'), '--limit', '6', '--layer-samples', '2'];
    const report = join(folder, 'out', 'report.html');
    const terminal = recordingTerminal();
    assert.is(await runCommandLine(['compare', ...models, ...data, '--html', report], terminal), 0, terminal.err);
    assert.match(terminal.out, /vww_96_float\.tflite and vww_96_int8\.tflite {2}6 samples/);
    assert.match(terminal.out, /top-1 .* points +95 % interval/);
    assert.match(terminal.out, /file +846 KiB +325 KiB +2\.6× smaller/);
    assert.match(await readFile(report, 'utf8'), /^<!doctype html>.*<\/html>\n$/s);
    assert.equal(await readdir(join(folder, 'out')), ['report.html']);
    const machine = recordingTerminal();
    assert.is(await runCommandLine(['compare', ...models, ...data, '--json'], machine), 0, machine.err);
    const { classification, layers, data: facts, float } = JSON.parse(machine.out);
    assert.equal([classification.labelled, layers.length, facts.samples, float.bytes], [6, 30, 6, 866284]);
    assert.match(facts.sha256, /^[0-9a-f]{64}$/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a missing file is one line, exit code 1', async () => {
  const terminal = recordingTerminal();
  assert.is(await runCommandLine(['compare', 'no.tflite', 'none.tflite', '--data', '.'], terminal), 1);
  assert.match(terminal.err, /^zeropoint: cannot read '.*': there is no such file; check the path\n$/);
});

test.run();
