// Owns running a handler in workerd: a bundle with binaries as WebAssembly modules, a configuration, one request.
import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { build } from 'esbuild';
import type { Engine } from './engines';

/** Bundles as Wrangler does, under a condition of the exports map: .wasm files beside the bundle as modules of their own. */
async function bundle(project: string, handler: string, condition: string): Promise<string> {
  const outdir = join(project, `${condition}-${handler}`);
  await build({
    absWorkingDir: project,
    entryPoints: [handler],
    outdir,
    bundle: true,
    format: 'esm',
    conditions: [condition],
    loader: { '.wasm': 'copy' },
    logLevel: 'warning',
  });
  return outdir;
}

/** The configuration in Cap'n Proto's text form; the first module is the entry. */
function configuration(files: readonly string[]): string {
  const modules = [...files]
    .sort((a, b) => Number(b.endsWith('.js')) - Number(a.endsWith('.js')))
    .map((file) => `(name = "${file}", ${file.endsWith('.wasm') ? 'wasm' : 'esModule'} = embed "${file}")`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (modules = [${modules.join(', ')}], compatibilityDate = "2026-01-01"))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
`;
}

/** The port, which workerd reports as a line of JSON on the control descriptor. */
async function listeningPort(control: Readable): Promise<number> {
  for await (const line of createInterface({ input: control })) {
    const { event, port } = JSON.parse(line);
    if (event === 'listen') return port;
  }
  throw new Error('workerd ended before it listened');
}

/** What the handler, a file of the project, answers. */
export async function runInWorkerd<T>(engine: Engine, project: string, handler: string, condition = 'workerd'): Promise<T> {
  const folder = await bundle(project, handler, condition);
  writeFileSync(join(folder, 'config.capnp'), configuration(readdirSync(folder)));
  const server = spawn(engine.executable, ['serve', 'config.capnp', '--control-fd=3'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  let complaints = '';
  server.stderr?.on('data', (text) => {
    complaints += text;
  });
  try {
    const port = await listeningPort(server.stdio[3] as Readable);
    const response = await fetch(`http://127.0.0.1:${port}/`);
    if (!response.ok) throw new Error(`workerd answered ${response.status}: ${complaints}`);
    return (await response.json()) as T;
  } catch (cause) {
    throw new Error(`workerd: ${complaints || cause}`, { cause });
  } finally {
    server.kill();
  }
}
