// Owns running an extension in Chromium: the protocol of developer tools loads it, which branded builds admit, too.
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { withPaths } from './contexts';
import type { Engine } from './engines';
import { ended } from './run-firefox';

/** Writes an extension that posts to `address`; its policy admits WebAssembly, and no eval. */
function writeExtension(project: string, address: string): string {
  const folder = join(project, 'extension');
  mkdirSync(folder);
  cpSync(join(project, 'node_modules/zeropoint'), join(folder, 'zeropoint'), { recursive: true });
  writeFileSync(join(folder, 'address.mjs'), `export const address = '${address}';\n`);
  for (const file of ['background.mjs', 'extension.mjs', 'outputs.mjs', 'models.mjs', 'digits.mjs'])
    writeFileSync(join(folder, file), withPaths(readFileSync(join(project, file), 'utf8'), project, './zeropoint'));
  writeFileSync(join(folder, 'extension.html'), '<!doctype html><script type="module" src="extension.mjs"></script>');
  const manifest = {
    manifest_version: 3,
    name: 'outputs',
    version: '1',
    background: { service_worker: 'background.mjs', type: 'module' },
    content_security_policy: { extension_pages: "script-src 'self' 'wasm-unsafe-eval'; object-src 'self'" },
    host_permissions: ['http://127.0.0.1/*'],
  };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
  return folder;
}

/** Runs the extension until `done` resolves. Throws what Chromium answers where it does not load it. */
export async function inExtension<T>({ executable }: Engine, project: string, address: string, done: Promise<T>): Promise<T> {
  const extension = writeExtension(project, address);
  const profile = mkdtempSync(join(tmpdir(), 'chromium-'));
  const options = ['--headless=new', '--no-sandbox', '--no-first-run', `--user-data-dir=${profile}`, '--remote-debugging-pipe'];
  const child = spawn(executable, [...options, '--enable-unsafe-extension-debugging', 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  try {
    const answers = child.stdio[4] as Readable;
    const refused = new Promise<never>((_, reject) => {
      answers.setEncoding('utf8').on('data', (text: string) => {
        if (text.includes('"error"')) reject(new Error(text));
      });
    });
    const message = { id: 1, method: 'Extensions.loadUnpacked', params: { path: extension } };
    (child.stdio[3] as Writable).write(`${JSON.stringify(message)}\0`);
    return await Promise.race([done, refused]);
  } finally {
    await ended(child);
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
