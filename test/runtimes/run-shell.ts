// Owns running the smoke in engines that execute a file: Node, Deno, Bun.
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import type { Engine } from './engines';
import type { Smoke, ThreadsSmoke } from './smoke';

/** `options` go before the file. Standard error becomes part of the message when the engine fails. */
export async function runInShell(
  engine: Engine,
  options: readonly string[],
  project: string,
): Promise<{ hashes: Smoke; threads: ThreadsSmoke }> {
  const env = { PATH: process.env.PATH, HOME: project, DENO_DIR: `${project}/.deno`, DENO_NO_UPDATE_CHECK: '1' };
  const { stdout } = await promisify(execFile)(engine.executable, [...options, 'shell.mjs'], { cwd: project, env });
  return JSON.parse(stdout);
}

/** What outputs.mjs gives. */
export interface Outputs {
  readonly load: readonly (readonly number[])[];
}

/** The outputs of a prepared project in an engine's process, by default of Node; `script` imports `outputs` and prints them. */
export function outputsInNode(executable: string, project: string, options: readonly string[] = []): Outputs {
  const script = "import('./outputs.mjs').then(({ outputs }) => outputs()).then((found) => console.log(JSON.stringify(found)))";
  return JSON.parse(execFileSync(executable, [...options, '-e', script], { cwd: project, encoding: 'utf8' }));
}
