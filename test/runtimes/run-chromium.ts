// Owns running the smoke in Chromium: a local server with a Content-Security-Policy, a page, a module worker.
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { readManifest } from '../package/installed';
import type { Engine } from './engines';
import type { Smoke, ThreadsSmoke } from './smoke';

/** Running text as code is forbidden, compiling WebAssembly as well except in `/`; the import map is inline and needs the nonce, threads a blob. */
const policyOf = (path: string) =>
  `default-src 'none'; script-src 'self' ${path === '/forbidden' ? '' : "'wasm-unsafe-eval'"} 'nonce-smoke'; worker-src 'self' blob:`;
const pages: Record<string, string> = { '/': 'page.mjs', '/forbidden': 'forbidden.mjs' };

interface InContext {
  readonly blocksEval: boolean;
  readonly hashes: Smoke;
  readonly threads: ThreadsSmoke;
}

/** `page` and `worker` are what page.mjs writes into its page; `forbidden` is what load and loadSync throw where WebAssembly is forbidden. */
export interface PageResult {
  readonly version: string;
  readonly page: InContext;
  readonly worker: InContext;
  readonly forbidden: readonly { readonly name: string; readonly code: string; readonly message: string }[];
}

/** The part of playwright-core in use here; it is installed with the engines, so its types may be absent. */
interface Playwright {
  chromium: { launch(options: { executablePath: string; args: string[] }): Promise<Browser> };
}
interface Browser {
  newPage(): Promise<Page>;
  version(): string;
  close(): Promise<void>;
}
interface Page {
  on(event: 'console' | 'pageerror', listener: (message: unknown) => void): void;
  goto(url: string): Promise<unknown>;
  textContent(selector: string, options: { timeout: number }): Promise<string | null>;
}

/** A page without bundling: bare names resolve by an import map made from the installed exports. */
function pageHtml(project: string, script: string): string {
  const imports: Record<string, string> = {};
  for (const [entry, target] of Object.entries(readManifest(join(project, 'node_modules/zeropoint')).exports)) {
    const file = typeof target === 'string' ? target : target.default;
    imports[entry.replace('.', 'zeropoint')] = file.replace('.', '/node_modules/zeropoint');
  }
  return `<!doctype html><meta charset="utf-8"><title>smoke</title>
<script type="importmap" nonce="smoke">${JSON.stringify({ imports })}</script>
<script type="module" src="/${script}"></script><body></body>`;
}

async function serve(project: string): Promise<Server> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const script = ['.js', '.mjs'].includes(extname(path));
    if (!(path in pages) && !script) return response.writeHead(404).end();
    response.setHeader('Content-Security-Policy', policyOf(path));
    // Cross-origin isolation, without which memory is not shared.
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    response.setHeader('Content-Type', script ? 'text/javascript' : 'text/html');
    response.end(script ? readFileSync(join(project, path)) : pageHtml(project, pages[path]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

export async function runInChromium(engine: Engine, playwright: Engine, project: string): Promise<PageResult> {
  await build({
    absWorkingDir: project,
    entryPoints: ['page-worker.mjs'],
    outfile: 'page-worker.bundle.js',
    bundle: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'warning',
  });
  const { chromium }: Playwright = await import(pathToFileURL(playwright.executable).href);
  const server = await serve(project);
  // Root, as in containers, cannot use Chromium's sandbox.
  const browser = await chromium.launch({ executablePath: engine.executable, args: ['--no-sandbox'] });
  const messages: string[] = [];
  try {
    const page = await browser.newPage();
    page.on('console', (message) => messages.push(String((message as { text(): string }).text())));
    page.on('pageerror', (error) => messages.push(String(error)));
    const resultOf = async (path: string) => {
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
      const result = JSON.parse((await page.textContent('body:not(:empty)', { timeout: 0 })) ?? '');
      if (result.error) throw new Error(result.error);
      return result;
    };
    return { ...(await resultOf('/')), forbidden: await resultOf('/forbidden'), version: browser.version() };
  } catch (cause) {
    throw new Error(`Chromium: ${cause}\n${messages.join('\n')}`, { cause });
  } finally {
    await browser.close();
    server.close();
  }
}
