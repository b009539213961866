// Owns the comparison of threads in Chromium: zeropoint on one and on two, and LiteRT.js on two, in one cross-origin isolated page.
//   npx tsx bench/threads.ts [MODEL.tflite ...]
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import pc from 'picocolors';
import { engines } from '../test/runtimes/engines';
import { renderTable } from '../tools/report/table';
import { machineLine } from './measure';

const here = import.meta.dirname;
const peers = join(here, 'peers/node_modules');
const litert = join(peers, '@litertjs/core/wasm');
const shared = join(here, '../../shared/models');
const defaults = ['mobilenet_v1_1.0_224_quant_embedding_extractor', 'mobilenet_v2_1.0_224_quant', 'tf2_mobilenet_v2_1.0_224_ptq'];
const models = process.argv.length > 2 ? process.argv.slice(2) : defaults.map((name) => join(shared, `${name}.tflite`));

const { outputFiles } = await build({
  entryPoints: [join(here, 'threads/page.mjs')],
  bundle: true,
  format: 'esm',
  target: 'es2022',
  write: false,
  nodePaths: [peers],
  logLevel: 'error',
});

let posted: (text: string) => void = () => {};
const result = new Promise<string>((resolve) => {
  posted = resolve;
});
const types: Record<string, string> = { '.js': 'text/javascript', '.wasm': 'application/wasm', '': 'text/html' };
const server = createServer(async (request, response) => {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
  response.setHeader('Content-Type', types[extname(path)] ?? 'application/octet-stream');
  if (path === '/result') {
    let text = '';
    for await (const piece of request.setEncoding('utf8')) text += piece;
    response.end();
    posted(text);
  } else if (path === '/') response.end('<!doctype html><meta charset="utf-8"><script type="module" src="/page.js"></script>');
  else if (path === '/page.js') response.end(outputFiles[0].text);
  else if (path === '/models') response.end(JSON.stringify(models.map((model) => basename(model))));
  else if (path.startsWith('/models/')) response.end(readFileSync(models.find((model) => basename(model) === basename(path))!));
  else if (path.startsWith('/litert/')) response.end(readFileSync(join(litert, basename(path))));
  else response.writeHead(404).end();
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

const { chromium } = await import(pathToFileURL(engines.playwright.executable).href);
const browser = await chromium.launch({ executablePath: engines.chromium.executable, args: ['--no-sandbox'] });
try {
  const page = await browser.newPage();
  page.on('pageerror', (error: unknown) => console.error(String(error)));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const measured: Record<string, Record<string, number>> = JSON.parse(await result);
  if (measured.error) throw new Error(String(measured.error));
  const rows = Object.entries(measured).map(([name, times]) => {
    const [one, two, other] = ['zeropoint, 1 thread', 'zeropoint, 2 threads', 'LiteRT.js, 2 threads'].map(
      (contestant) => times[contestant],
    );
    const ratio = (value: number | undefined) => (value ? `${(value / two).toFixed(2)}x` : '');
    return [
      basename(name, '.tflite'),
      one.toFixed(2),
      two.toFixed(2),
      ratio(one),
      other?.toFixed(2) ?? String(times.refused),
      ratio(other),
    ];
  });
  const heads = ['1 thread, ms', '2 threads, ms', 'speed-up', 'LiteRT.js 2 threads, ms', 'ratio'];
  const columns = [{ head: 'network' }, ...heads.map((head) => ({ head, align: 'right' as const }))];
  console.log(renderTable(columns, rows, { colors: pc.createColors(process.stdout.isTTY === true) }));
  console.log(`Chromium ${browser.version()}; ${machineLine()}`);
} finally {
  await browser.close();
  server.close();
  server.closeAllConnections();
}
