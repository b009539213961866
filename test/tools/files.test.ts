// Tests tools/files.ts: what is written where, what is refused before the work, and that files are replaced as a whole.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkTarget, checkTargetFolder, writeText } from '../../tools/files';
import { refuses } from '../support/errors';
import { temporaryFolder } from '../support/folder';

const folder = temporaryFolder();
test.after(folder.remove);
const { at } = folder;
const hasDevices = process.platform !== 'win32';

test('a file is written beside its place and renamed; folders are made', async () => {
  await writeText(at('new/deep/file.txt'), 'first');
  await writeText(at('new/deep/file.txt'), 'second');
  assert.equal(readdirSync(at('new/deep')), ['file.txt']);
  assert.is(readFileSync(at('new/deep/file.txt'), 'utf8'), 'second');
});

test('a symbolic link stays, and what it points to is replaced', async () => {
  folder.write('target.txt', 'old');
  symlinkSync(at('target.txt'), at('link.txt'));
  await writeText(at('link.txt'), 'new');
  assert.ok(lstatSync(at('link.txt')).isSymbolicLink());
  assert.is(readFileSync(at('target.txt'), 'utf8'), 'new');
});

test('folders, devices and places inside of files are refused, and stay what they are', async () => {
  mkdirSync(at('a-folder'));
  folder.write('a-file', 'content');
  for (const write of [checkTarget, (path: string) => writeText(path, 'x')]) {
    await refuses(() => write(at('a-folder')), 'bad-argument', /it is a folder; name a file/);
    await refuses(() => write(at('a-file/below.txt')), 'bad-argument', /a part of the path is a file/);
  }
  if (hasDevices) {
    // Writing is tried on a socket only: a failing test must not replace a device of the machine.
    await refuses(() => checkTarget('/dev/null'), 'bad-argument', /it is a device or socket; name a file/);
    const server = createServer().listen(at('socket'));
    await once(server, 'listening');
    await refuses(() => writeText(at('socket'), 'x'), 'bad-argument', /it is a device or socket; name a file/);
    server.close();
  }
  await refuses(() => checkTargetFolder(at('a-file')), 'bad-argument', /a part of the path is a file/);
  await checkTargetFolder(at('a-folder/new'));
  assert.is(readFileSync(at('a-file'), 'utf8'), 'content');
});

test('places without permission are refused before the work', async () => {
  // The superuser may write everywhere.
  if (!hasDevices || process.getuid?.() === 0) return;
  mkdirSync(at('closed'));
  chmodSync(at('closed'), 0o500);
  await refuses(() => checkTarget(at('closed/file.txt')), 'bad-argument', /permission is denied/);
  chmodSync(at('closed'), 0o700);
});

test('named pipes are written to and stay pipes', async () => {
  if (!hasDevices) return;
  execFileSync('mkfifo', [at('pipe')]);
  assert.is(await checkTarget(at('pipe')), 'stream');
  const reader = spawn('cat', [at('pipe')], { stdio: ['ignore', 'pipe', 'inherit'] });
  let read = '';
  reader.stdout.on('data', (chunk) => {
    read += chunk;
  });
  await writeText(at('pipe'), 'through the pipe');
  await once(reader, 'close');
  assert.is(read, 'through the pipe');
  assert.ok(lstatSync(at('pipe')).isFIFO());
});

test.run();
