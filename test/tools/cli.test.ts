// Owns the tests of tools/cli.ts as a process: exit codes, streams, colours, a reader that leaves early.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mobilenetV1 } from '../../src/builders/mobilenet-v1';
import { bundledProgram } from '../runner/programs';

const cli = bundledProgram('tools/cli.ts');
const folder = mkdtempSync(join(tmpdir(), 'zeropoint-'));
const model = join(folder, 'm.tflite');
writeFileSync(model, mobilenetV1({ alpha: 0.25, resolution: 32, classes: 10 }));
test.after(() => rmSync(folder, { recursive: true }));

const zeropoint = (...args: string[]) => spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8' });

test('inspect of a good model: code 0, a table without colours on a pipe, nothing on standard error', () => {
  const { status, stdout, stderr } = zeropoint('inspect', model);
  assert.equal([status, stderr], [0, '']);
  assert.match(stdout, /CONV_2D #0/);
  assert.not.match(stdout, new RegExp(String.fromCharCode(27)));
});

test('a missing file: code 1, one line on standard error, nothing on standard output', () => {
  const { status, stdout, stderr } = zeropoint('run', join(folder, 'none.tflite'));
  assert.equal([status, stdout], [1, '']);
  assert.match(stderr, /^zeropoint: cannot read .*check the path\n$/);
});

test('bench in a fresh process tells the three parts of a cold start', () => {
  const { status, stdout } = zeropoint('bench', model, '--json', '--runs', '3');
  assert.is(status, 0);
  const { compile, load, firstRun } = JSON.parse(stdout).coldStartMilliseconds;
  assert.ok(compile >= 0 && load > 0 && firstRun > 0, stdout);
});

test('a reader that leaves early ends the process without complaint', () => {
  const command = `"${process.execPath}" "${cli}" inspect "${model}" --json | true; exit "\${PIPESTATUS[0]}"`;
  const { status, stderr } = spawnSync('bash', ['-c', command], { encoding: 'utf8' });
  assert.equal([status, stderr], [0, '']);
});

test.run();
