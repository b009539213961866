// Tests the programs of the guides that run in pages: in Chromium, on a camera of its own making, and by what they print.
import { createReadStream, existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { build } from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { missingMaterials, writeMaterials } from '../guides/materials';
import { type Program, pagePrograms } from '../guides/snippets';
import { installedProject } from '../package/installed';
import { engineTest } from './engine-test';
import { engines } from './engines';
import { type Browser, withChromium } from './launch-chromium';

const project = installedProject(['.']);
const materials = await writeMaterials(project);
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.png': 'image/png',
};

/** Writes `code` as a bundle for a page. */
async function bundle(code: string, file: string): Promise<void> {
  await build({
    stdin: { contents: code, resolveDir: project, loader: 'ts' },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    outfile: join(project, file),
    logLevel: 'error',
  });
}

/** Runs a page to the end of its module, and until it has printed what it is to print. */
async function runPage(
  browser: Browser,
  address: string,
  { code, html = '<img src="parrot.jpg">', files, prints }: Program,
): Promise<void> {
  for (const [name, text] of files) await bundle(text, name.replace('.ts', '.js'));
  await bundle(`${code}\nObject.assign(globalThis, { hasEnded: true });`, 'page.js');
  // The module begins when the pictures are there, as scripts behind `load` do.
  const start = `addEventListener('load', () => import('./page.js').catch((error) => Object.assign(globalThis, { error: String(error.stack) })));`;
  writeFileSync(join(project, 'page.html'), `<!doctype html><meta charset="utf-8"><body>${html}<script>${start}</script></body>`);
  const page = await browser.newPage();
  const printed: string[] = [];
  page.on('console', (message) => {
    const { type, text } = message as Record<'type' | 'text', () => string>;
    if (type.call(message) === 'log') printed.push(text.call(message));
  });
  page.on('pageerror', (error) => printed.push(String(error)));
  await page.goto(`${address}/page.html`);
  await page.waitForFunction('globalThis.hasEnded || globalThis.error');
  const lines = prints?.split('\n').length ?? 0;
  // What a worker or a frame prints comes later.
  for (let i = 0; i < 100 && printed.length < lines - 1; i++) await page.evaluate('new Promise((done) => setTimeout(done, 100))');
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  const fault = (await page.evaluate<string | undefined>('globalThis.error')) ?? printed.find((line) => /Error/.test(line));
  if (fault) throw new Error(fault);
  if (prints !== undefined && materials.areReal && `${printed.join('\n')}\n` !== prints)
    throw new Error(`it prints ${JSON.stringify(printed)}, the guide shows ${prints}`);
  await page.close();
}

async function serve(use: (address: string) => Promise<void>): Promise<void> {
  const server = createServer((request, response) => {
    const file = join(project, new URL(request.url ?? '/', 'http://localhost').pathname);
    if (!existsSync(file)) return void response.writeHead(404).end();
    response.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream');
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

const camera = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];

engineTest(test, 'the programs of the guides for pages', [engines.chromium, engines.playwright], async () => {
  const programs = pagePrograms();
  assert.ok(programs.length >= 10, `${programs.length} programs`);
  await serve((address) =>
    withChromium(
      async (browser) => {
        for (const program of programs) {
          const missing = missingMaterials(program.code + (program.html ?? '').replaceAll('"', "'"), materials);
          if (missing.length > 0) console.log(`skipped, ${missing.join(', ')} is not here: the program ${program.name}`);
          else
            await runPage(browser, address, program).catch((cause) => {
              throw new Error(`${program.name}: ${cause.message}`, { cause });
            });
        }
      },
      { args: camera },
    ),
  );
});

test.run();
