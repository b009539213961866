// Owns the place of the repository, for everything that builds from it.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** An absolute path from one that is relative to the repository. */
export function fromRoot(...parts: string[]): string {
  return join(root, ...parts);
}
