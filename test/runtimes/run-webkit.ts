// Owns opening pages in WebKitGTK's MiniBrowser, on a display of its own.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Engine } from './engines';
import { ended } from './run-firefox';

/** What `use` gives, which opens pages, and the version. */
export async function inWebKit<T>(
  { executable }: Engine,
  use: (open: (url: string) => Promise<void>) => Promise<T>,
): Promise<{ result: T; version: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'webkit-'));
  const processes: ChildProcess[] = [];
  try {
    // Xvfb chooses a free display and writes its number to the descriptor.
    const server = spawn('Xvfb', ['-displayfd', '3', '-nolisten', 'tcp'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    processes.push(server);
    const display = await new Promise<string>((resolve, reject) => {
      server.once('error', reject);
      (server.stdio[3] as Readable).once('data', (text) => resolve(String(text).trim()));
    });
    const env = { PATH: process.env.PATH, HOME: folder, DISPLAY: `:${display}`, LIBGL_ALWAYS_SOFTWARE: '1', GDK_BACKEND: 'x11' };
    const version = execFileSync(executable, ['--version'], { env, encoding: 'utf8' }).trim().split(' ').at(-1)!;
    const result = await use(async (url) => {
      processes.unshift(spawn(executable, ['--private', url], { stdio: 'ignore', env }));
    });
    return { result, version };
  } finally {
    for (const child of processes) await ended(child);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
