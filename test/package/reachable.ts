// Owns following imports between packed files.
import { posix } from 'node:path';

const specifiers = /(?:from|import)\s*\(?\s*["'](\.[^"']+)["']/g;

/** Those of `files` that `entries` import, directly or not, and the entries; modules and declarations alike. Paths have / and no leading ./ */
export function reachable(entries: readonly string[], files: readonly string[], read: (file: string) => string): Set<string> {
  const found = new Set(entries);
  // A set grows while it is walked.
  for (const file of found) {
    if (!files.includes(file) || file.endsWith('.wasm')) continue;
    for (const [, specifier] of read(file).matchAll(specifiers)) {
      // Vercel's bundlers demand ?module behind paths of .wasm files.
      const target = posix.join(posix.dirname(file), specifier.replace(/\?module$/, ''));
      // Declarations name ./x.js or ./x for x.d.ts.
      const candidates = [target, target.replace(/\.js$/, '.d.ts'), `${target}.d.ts`, `${target}/index.d.ts`];
      found.add(candidates.find((candidate) => files.includes(candidate)) ?? target);
    }
  }
  return found;
}
