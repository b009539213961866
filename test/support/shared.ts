// Owns the way to the material beside the project (models, golden outputs, vectors, pictures), which is never copied into it.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..', 'shared');

/** Whether the shared material is there. Tests that need it register through `sharedTest`. */
export const hasShared = existsSync(join(root, 'vectors'));

/** Absolute path of a shared file or folder. */
export function sharedPath(...parts: string[]): string {
  return join(root, ...parts);
}

/**
 * Registers `body` as a uvu test where the shared material exists; elsewhere a skipped test and one clear line.
 * `suite` is uvu's `test` or the result of `suite(name)`.
 */
export function sharedTest(
  suite: { (name: string, body: () => void | Promise<void>): void; skip(name?: string, body?: () => void): void },
  name: string,
  body: () => void | Promise<void>,
): void {
  if (hasShared) suite(name, body);
  else {
    console.log(`skipped, ../shared is absent: ${name}`);
    suite.skip(name, () => {});
  }
}
