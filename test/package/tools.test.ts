// Owns what the packed command-line package holds, and that its command works where both packages are installed.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mobilenetV1 } from '../../src/mobilenet';
import { installedProject, npm, packedFiles, root } from './installed';

const project = installedProject(['.', 'tools']);

const zeropoint = (...args: string[]) => npm(['exec', '--offline', '--', 'zeropoint', ...args], project);

test('the package holds the command and nothing else', () => {
  assert.equal(packedFiles(join(root, 'tools')).sort(), ['LICENSE', 'README.md', 'bin.js', 'dist/cli.js', 'package.json']);
});

test('the command starts with a line for the shell', () => {
  const command = readFileSync(join(project, 'node_modules/@zeropoint/tools/bin.js'), 'utf8');
  assert.is(command.split('\n')[0], '#!/usr/bin/env node');
});

test('npx zeropoint --help lists the commands', () => {
  const help = zeropoint('--help');
  for (const command of ['run', 'inspect', 'bench']) assert.match(help, new RegExp(`^  ${command} `, 'm'));
});

test('npx zeropoint inspect reads a built model', () => {
  writeFileSync(join(project, 'built.tflite'), mobilenetV1({ alpha: 0.25, resolution: 32, classes: 10 }));
  assert.match(zeropoint('inspect', 'built.tflite'), 'DEPTHWISE_CONV_2D');
});

test.run();
