// Owns opening pages in Firefox: a process per page, with a profile of its own.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from './engines';

/** What `use` gives, which opens pages, and the version. */
export async function inFirefox<T>(
  { executable }: Engine,
  use: (open: (url: string) => Promise<void>) => Promise<T>,
): Promise<{ result: T; version: string }> {
  const version = execFileSync(executable, ['--version'], { encoding: 'utf8' }).trim().split(' ').at(-1)!;
  const folder = mkdtempSync(join(tmpdir(), 'firefox-'));
  const processes: ChildProcess[] = [];
  try {
    const result = await use(async (url) => {
      const profile = mkdtempSync(join(folder, 'profile-'));
      const options = ['--headless', '--no-remote', '--profile', profile, url];
      // The home is the temporary folder's, so that nothing of the user is read or written.
      processes.push(spawn(executable, options, { stdio: 'ignore', env: { PATH: process.env.PATH, HOME: folder } }));
    });
    return { result, version };
  } finally {
    await Promise.all(processes.map(ended));
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Ends a process, and waits until it has. */
export function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill();
  });
}
