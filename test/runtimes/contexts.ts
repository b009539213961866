// Owns the files of a project as a static server sends them, as CDNs do: no bundler, no import map, bare names replaced by paths.
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { mobilenetV1 } from '../../src/mobilenet';
import { readManifest } from '../package/installed';
import { toneNetwork } from '../support/tones';

export const here = import.meta.dirname;

const moduleOfBytes = (bytes: Record<string, Uint8Array>): string =>
  Object.entries(bytes)
    .map(([name, data]) => `export const ${name} = new Uint8Array([${data.join()}]);\n`)
    .join('');

/** Writes what outputs.mjs imports beside it into an installed project. */
export function prepareOutputs(project: string): void {
  copyFileSync(join(here, 'outputs.mjs'), join(project, 'outputs.mjs'));
  for (const file of readdirSync(join(here, 'contexts'))) copyFileSync(join(here, 'contexts', file), join(project, file));
  const options = { alpha: 0.25, resolution: 32, classes: 10 };
  const built = { uint8: mobilenetV1(options), int8: mobilenetV1({ ...options, dtype: 'int8' }) };
  writeFileSync(join(project, 'models.mjs'), moduleOfBytes({ ...built, tones: toneNetwork() }));
  writeFileSync(join(project, 'digits.mjs'), moduleOfBytes({ digits: readFileSync(join(here, '../../tools/demo/digits.tflite')) }));
}

/** `text` with the names of the package's entries replaced by the paths of their files for browsers, from `base`. */
export function withPaths(text: string, project: string, base: string): string {
  if (!text.includes(`from 'zeropoint`)) return text;
  const { exports } = readManifest(join(project, 'node_modules/zeropoint'));
  return text.replace(/from '(zeropoint[\w/-]*)'/g, (_, name: string) => {
    const target = exports[name.replace('zeropoint', '.')];
    return `from '${(target as { default: string }).default.replace('.', base)}'`;
  });
}

const types: Record<string, string> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** Serves the files of a project, and gives what is posted to a path. */
export async function serve(project: string) {
  const waiting = new Map<string, (text: string) => void>();
  const server = createServer(async (request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
    response.setHeader('Access-Control-Allow-Origin', '*');
    if (request.method === 'POST') {
      let text = '';
      for await (const piece of request.setEncoding('utf8')) text += piece;
      response.end();
      waiting.get(pathname)?.(text);
      return;
    }
    if (pathname === '/') {
      response.setHeader(
        'Content-Security-Policy',
        "default-src 'none'; connect-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'",
      );
      return void response.setHeader('Content-Type', 'text/html').end('<!doctype html><script type="module" src="/contexts.mjs"></script>');
    }
    try {
      const content = readFileSync(join(project, pathname));
      response.setHeader('Content-Type', search === '?octets' ? 'application/octet-stream' : (types[extname(pathname)] ?? 'text/plain'));
      const isOwn = /\.m?js$/.test(pathname) && !pathname.startsWith('/node_modules');
      response.end(isOwn ? withPaths(content.toString(), project, '/node_modules/zeropoint') : content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posted: (path: string): Promise<string> => new Promise((resolve) => waiting.set(path, resolve)),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
