// Owns temporary folders for tests.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface TemporaryFolder {
  /** Absolute path of something in the folder. */
  at(...parts: string[]): string;
  /** Writes a file, its folders too, and returns its path. */
  write(name: string, content: Uint8Array | string): string;
  remove(): void;
}

export function temporaryFolder(): TemporaryFolder {
  const root = mkdtempSync(join(tmpdir(), 'zeropoint-'));
  const at = (...parts: string[]) => join(root, ...parts);
  return {
    at,
    write(name, content) {
      mkdirSync(dirname(at(name)), { recursive: true });
      writeFileSync(at(name), content);
      return at(name);
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
