// Owns what the packed command-line package holds, and that its command works where both packages are installed.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mobilenetV1 } from '../../src/mobilenet';
import { installedProject, npm, packedFiles, root } from './installed';

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

test('npx zeropoint --help lists the commands', () => {
  const help = zeropoint('--help');
  for (const command of ['run', 'inspect', 'bench', 'calibrate', 'merge', 'quantize', 'compare'])
    assert.match(help, new RegExp(`^  ${command} `, 'm'));
});

test('npx zeropoint inspect reads a built model', () => {
  writeFileSync(join(project, 'built.tflite'), mobilenetV1({ alpha: 0.25, resolution: 32, classes: 10 }));
  assert.match(zeropoint('inspect', 'built.tflite'), 'DEPTHWISE_CONV_2D');
});

test.run();
