// Owns what the packed command-line package holds, and that its command works where both packages are installed.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mobilenetV1 } from '../../src/mobilenet';
import { installedProject, npm, packedFiles, readManifest, root } from './installed';

const project = installedProject(['.', 'tools']);

const zeropoint = (...args: string[]) => npm(['exec', '--offline', '--', 'zeropoint', ...args], project);

test('the package holds the command, the library, its types and nothing else', () => {
  const files = packedFiles(join(root, 'tools'));
  const rest = files.filter((file) => !/^dist\/types\/.*\.d\.ts$/.test(file) && !/^dist\/[\w-]+\.js$/.test(file));
  assert.equal(rest.sort(), ['LICENSE', 'README.md', 'bin.js', 'package.json']);
  for (const file of ['dist/cli.js', 'dist/index.js', 'dist/types/tools/index.d.ts']) assert.ok(files.includes(file), file);
});

test('the library exports the steps of the command line', () => {
  const script = "import('@zeropoint/tools').then((tools) => console.log(Object.keys(tools).sort().join(' ')))";
  const names = execFileSync(process.execPath, ['-e', script], { cwd: project, encoding: 'utf8' });
  for (const name of ['openDataset', 'collectRanges', 'quantizeModel', 'compare', 'importOnnx', 'loadFloat']) assert.match(names, name);
});

test('the command starts with a line for the shell', () => {
  const command = readFileSync(join(project, 'node_modules/@zeropoint/tools/bin.js'), 'utf8');
  assert.is(command.split('\n')[0], '#!/usr/bin/env node');
});

test('the command --help lists the commands', () => {
  const help = zeropoint('--help');
  for (const command of ['run', 'inspect', 'bench', 'calibrate', 'merge', 'quantize', 'compare'])
    assert.match(help, new RegExp(`^  ${command} `, 'm'));
});

test('inspect reads a built model', () => {
  writeFileSync(join(project, 'built.tflite'), mobilenetV1({ alpha: 0.25, resolution: 32, classes: 10 }));
  assert.match(zeropoint('inspect', 'built.tflite'), 'DEPTHWISE_CONV_2D');
});

test('the package holds no copy of the runtime, on which it depends in the version of this workspace', () => {
  const folder = join(project, 'node_modules/@zeropoint/tools/dist');
  const scripts = readdirSync(folder).filter((file) => file.endsWith('.js'));
  for (const file of scripts)
    assert.not.match(readFileSync(join(folder, file), 'utf8'), /class ModelError|ModelError = class|AGFzbQ/, file);
  assert.ok(scripts.some((file) => /from ["']zeropoint["']/.test(readFileSync(join(folder, file), 'utf8'))));
  const [runtime, tools] = [root, join(root, 'tools')].map(readManifest);
  assert.is(tools.version, runtime.version);
  assert.is(tools.dependencies?.zeropoint, runtime.version);
});

test('compare --html without the libraries of charts writes the report and says how to get them', () => {
  copyFileSync(join(root, 'tools/demo/digits.tflite'), join(project, 'float.tflite'));
  writeFileSync(join(project, 'data.bin'), new Uint8Array(new Float32Array(4 * 28 * 28).map((_, i) => (i * 37) % 256).buffer));
  const plain = ['--no-equalize', '--no-logit-ranges', '--no-refit', '--no-round', '--no-bias-correction'];
  zeropoint('quantize', 'float.tflite', '-o', 'int8.tflite', '--data', 'data.bin', ...plain);
  const command = ['float.tflite', 'int8.tflite', '--data', 'data.bin', '--html', 'report.html'];
  const bin = join(project, 'node_modules/@zeropoint/tools/bin.js');
  const { status, stderr } = spawnSync(process.execPath, [bin, 'compare', ...command], { cwd: project, encoding: 'utf8' });
  assert.is(status, 0, stderr);
  assert.match(stderr, 'report: report.html, without charts; they need npm install @observablehq/plot linkedom');
  const report = readFileSync(join(project, 'report.html'), 'utf8');
  assert.not.match(report, '<svg');
  assert.match(report, 'This report has no charts');
});

test.run();
