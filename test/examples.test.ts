// Tests the examples as a user would run them, on networks that are made here.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mobilenetV1 } from '../src/mobilenet';
import { digitSeeds } from '../tools/demo/digits';
import { writePictures } from '../tools/demo/pictures';
import { enginesOn, platform } from './runtimes/engines';
import { temporaryFolder } from './support/folder';
import { hasMediaPipe, installMediaPipe, networks, packageFolder } from './support/mediapipe';

const examples = fileURLToPath(new URL('../examples', import.meta.url));
const digits = fileURLToPath(new URL('../tools/demo/digits.tflite', import.meta.url));
const folder = temporaryFolder();
test.after(folder.remove);
const { at } = folder;

const example = (name: string, ...args: string[]): string =>
  execFileSync(process.execPath, [join(examples, name), ...args], { cwd: at('.'), encoding: 'utf8' });

const network = folder.write('network.tflite', mobilenetV1({ alpha: 0.25, resolution: 32, classes: 10 }));
const pixels = new Uint8Array(20 * 10 * 3).map((_, i) => i * 7);
const address = '/?width=20&height=10';

/** The best class of the network of this file for those pixels, by a handler's answer. */
function assertAnswer(classes: { label: string; index: number; score: number }[]): void {
  assert.is(classes.length, 5);
  assert.ok(classes.every(({ score }, i) => score <= (classes[i - 1]?.score ?? 1)));
  assert.is(classes[0].label, `class ${classes[0].index}`);
}

test('every example has fewer than 60 lines and says how it is run', () => {
  for (const name of readdirSync(examples).filter((file) => !file.endsWith('.css'))) {
    const text = readFileSync(join(examples, name), 'utf8');
    assert.ok(text.split('\n').length < 60, name);
    assert.match(text, /^(\/\/|<!--|#) /, name);
  }
});

test('a float network is quantized, classifies pictures, and learns new classes', async () => {
  await writePictures(at('pictures'), digitSeeds.calibration, 40);
  const quantized = at('int8.tflite');
  assert.match(example('quantize.mjs', digits, at('pictures'), quantized, 'raw'), /calibrated on 40 pictures/);
  await writePictures(at('more'), digitSeeds.heldOut, 20);
  const names = readdirSync(at('more'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.png'));
  const files = names
    .sort()
    .slice(0, 10)
    .map((name) => at('more', name));
  const lines = example('classify.mjs', quantized, ...files).split('\n');
  const right = files.filter((file) => lines[lines.indexOf(file) + 1]?.trim().endsWith(digitOf(file)));
  assert.ok(right.length >= 8, `${right.length} of 10 digits are read`);
  const best = files.map((file) => /(\S+) {2}(.*)/.exec(lines[lines.indexOf(file) + 1])!);
  const expected = files.map((file, i) => `${file}: ${best[i][2]} (${best[i][1]})\n`);
  assert.is(example('worker.mjs', quantized, ...files), expected.join(''));
  const shown = example('imprint.mjs', quantized, at('pictures'), ...files);
  assert.match(shown, /learned 3 from \d+ pictures/);
  const learned = files.filter((file) => shown.includes(`${file}: ${digitOf(file)} (`));
  assert.ok(learned.length >= 7, `${learned.length} of 10 digits are recognized by what was learned`);
  assert.ok(existsSync(at('classes.json')));
});

/** A picture's class is its folder. */
const digitOf = (file: string): string => file.split('/').at(-2)!;

if (!hasMediaPipe) console.log(`skipped, test/models/mediapipe is not installed (${installMediaPipe}): the networks of its packages`);
(hasMediaPipe ? test : test.skip)('the networks of MediaPipe’s packages are written as files', () => {
  symlinkSync(join(packageFolder, '..'), at('node_modules'));
  const names = example('mediapipe-networks.mjs', 'networks').trimEnd().split('\n');
  const expected = networks();
  assert.equal(names.sort(), [...expected.keys()].sort());
  for (const [name, bytes] of expected) assert.ok(Buffer.from(bytes).equals(readFileSync(at('networks', name))), name);
});

test('the handler answers with classes, and with what is wrong', async () => {
  const { createHandler } = await import(pathToFileURL(join(examples, 'handler.mjs')).href);
  const handler = await createHandler(readFileSync(network));
  const post = (url: string, body: Uint8Array) =>
    handler(new Request(new URL(url, 'http://localhost'), { method: 'POST', body: body as BodyInit }));
  assertAnswer(await (await post(address, pixels)).json());
  const refused = await post('/?width=7&height=3', pixels);
  assert.is(refused.status, 400);
  assert.is((await refused.json()).code, 'bad-argument');
  assert.is((await handler(new Request('http://localhost/'))).status, 405);
});

test('the Cloudflare Worker answers', async () => {
  const { outputFiles } = await build({
    entryPoints: [join(examples, 'cloudflare-worker.mjs')],
    bundle: true,
    format: 'esm',
    target: 'node20',
    write: false,
    plugins: [
      {
        name: 'model',
        setup({ onLoad, onResolve }) {
          onResolve({ filter: /\.tflite$/ }, () => ({ path: network, namespace: 'model' }));
          onLoad({ filter: /.*/, namespace: 'model' }, ({ path }) => ({ contents: readFileSync(path), loader: 'binary' }));
        },
      },
    ],
  });
  mkdirSync(at('worker'));
  writeFileSync(at('worker/worker.mjs'), outputFiles[0].contents);
  const { default: worker } = await import(pathToFileURL(at('worker/worker.mjs')).href);
  const request = new Request(new URL(address, 'http://localhost'), { method: 'POST', body: pixels as BodyInit });
  assertAnswer(await (await worker.fetch(request)).json());
});

/** Starts a server, hands the address that it prints to `use`, and ends it. */
async function running(
  command: string,
  args: string[],
  environment: Readonly<Record<string, string>>,
  use: (url: string) => Promise<void>,
): Promise<void> {
  const server = spawn(command, args, { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let text = '';
      const read = (chunk: Buffer) => {
        text += chunk;
        const [found] = /http:\/\/[\w.:]+\d/.exec(text) ?? [];
        if (found) resolve(found.replace('0.0.0.0', 'localhost'));
      };
      server.stdout.on('data', read);
      server.stderr.on('data', read);
      server.on('exit', (code) => reject(new Error(`it ended with ${code}: ${text}`)));
    });
    await use(url);
  } finally {
    server.kill();
  }
}

/** The same for servers of the handler: posts a picture. */
const served = (command: string, args: string[]): Promise<void> =>
  running(command, args, { MODEL: network, PORT: '0' }, async (url) => {
    const answer = await fetch(url + address, { method: 'POST', body: pixels as BodyInit });
    assertAnswer(await answer.json());
  });

test('the server of Node answers', () => served(process.execPath, [join(examples, 'server-node.mjs')]));

test('the desktop window is opened in the browser, and shows every picture with its classes', async () => {
  await writePictures(at('gallery'), digitSeeds.heldOut, 3);
  const opened = at('opened.txt');
  const browsers = at('browsers');
  folder.write('browsers/google-chrome', `#!/bin/sh\necho "$@" > '${opened}'\n`);
  chmodSync(join(browsers, 'google-chrome'), 0o755);
  const args = [join(examples, 'desktop.mjs'), digits, at('gallery'), 'raw'];
  await running(process.execPath, args, { PATH: `${browsers}:${process.env.PATH}` }, async (url) => {
    const page = await (await fetch(url)).text();
    const shown = [...page.matchAll(/<p class="quiet">(\d)\/\d+\.png<\/p><div class="scores"><div>class (\d)</g)];
    assert.equal(
      shown.map(([, folderName, label]) => [folderName, label]),
      [
        ['0', '0'],
        ['1', '1'],
        ['2', '2'],
      ],
    );
    const picture = await fetch(`${url}/1`);
    assert.equal(Buffer.from(await picture.arrayBuffer()), readFileSync(at('gallery/1/0001.png')));
    assert.match(await (await fetch(`${url}/pages.css`)).text(), /\.gallery/);
    assert.is((await fetch(`${url}/7`)).status, 404);
    // Started before the first request was answered, and done in its own time.
    while (!existsSync(opened) || readFileSync(opened, 'utf8') === '') await new Promise((resolve) => setTimeout(resolve, 20));
    assert.is(readFileSync(opened, 'utf8').trim(), `--app=${url}/`);
  });
});

const { deno, bun } = enginesOn(platform);
const servers: readonly (readonly [name: string, executable: string, args: string[]])[] = [
  ['Deno', deno.executable, ['run', '-A', join(examples, 'server-deno.mjs')]],
  ['Bun', bun.executable, [join(examples, 'server-bun.mjs')]],
];
for (const [name, executable, args] of servers) {
  const isInstalled = existsSync(executable);
  if (!isInstalled) console.log(`skipped, ${name} is not installed (npm run engines): its server`);
  (isInstalled ? test : test.skip)(`the server of ${name} answers`, () => served(executable, args));
}

test.run();
