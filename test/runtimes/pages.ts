// Owns the pages that browsers run the smoke in: a local server with a Content-Security-Policy, which gets what a page has computed.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { build } from 'esbuild';
import { readManifest } from '../package/installed';
import type { Smoke, ThreadsSmoke } from './smoke';

/** Running text as code is forbidden, compiling WebAssembly as well except in `/`; the import map is inline and needs the nonce, threads a blob. */
const policyOf = (path: string) =>
  `default-src 'none'; connect-src 'self'; script-src 'self' ${path === '/forbidden' ? '' : "'wasm-unsafe-eval'"} 'nonce-smoke'; worker-src 'self' blob:`;
const pages: Record<string, string> = { '/': 'page.mjs', '/forbidden': 'forbidden.mjs' };

interface InContext {
  readonly blocksEval: boolean;
  readonly hashes: Smoke;
  readonly threads: ThreadsSmoke;
}

/** `page` and `worker` are what page.mjs computes; `forbidden` is what load and loadSync throw where WebAssembly is forbidden. */
export interface PageResult {
  readonly page: InContext;
  readonly worker: InContext;
  readonly forbidden: readonly { readonly name: string; readonly code: string; readonly message: string }[];
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

/** Serves the pages of a project, has `open` load each in a browser, and returns what they post. */
export async function runPages(project: string, open: (url: string) => Promise<void>): Promise<PageResult> {
  await build({
    absWorkingDir: project,
    entryPoints: ['page-worker.mjs'],
    outfile: 'page-worker.bundle.js',
    bundle: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'warning',
  });
  let posted: (text: string) => void = () => {};
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    if (path === '/result') {
      let text = '';
      for await (const piece of request.setEncoding('utf8')) text += piece;
      response.end();
      posted(text);
      return;
    }
    const script = ['.js', '.mjs'].includes(extname(path));
    if (!(path in pages) && !script) return void response.writeHead(404).end();
    response.setHeader('Content-Security-Policy', policyOf(path));
    // Cross-origin isolation, without which memory is not shared.
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    response.setHeader('Content-Type', script ? 'text/javascript' : 'text/html');
    response.end(script ? readFileSync(join(project, path)) : pageHtml(project, pages[path]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const resultOf = async (path: string) => {
    const result = new Promise<string>((resolve) => {
      posted = resolve;
    });
    await open(`http://127.0.0.1:${port}${path}`);
    const parsed = JSON.parse(await result);
    if (parsed.error) throw new Error(parsed.error);
    return parsed;
  };
  try {
    return { ...(await resultOf('/')), forbidden: await resultOf('/forbidden') };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}
