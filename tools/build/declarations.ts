// Owns the published types: what tsc emits for some entries, with the extensions that `moduleResolution: nodenext` demands.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fromRoot, root } from './root';

/** Types of `entries` from the sources below `rootDir` to `outDir`; declarations that no entry imports are removed. */
export function emitDeclarations(project: string, rootDir: string, outDir: string, entries: readonly string[]): void {
  const options = ['--declaration', '--emitDeclarationOnly', '--noEmit', 'false', '--outDir', outDir, '--rootDir', rootDir];
  execFileSync(process.execPath, [fromRoot('node_modules/typescript/bin/tsc'), '-p', project, ...options], { cwd: root, stdio: 'inherit' });
  const folder = fromRoot(outDir);
  const needed = addExtensions(folder, entries);
  for (const name of readdirSync(folder, { recursive: true }) as string[]) {
    if (name.endsWith('.d.ts') && !needed.has(join(folder, name))) rmSync(join(folder, name));
  }
}

/** Completes the import specifiers of the entries and of everything that they import; returns those files. */
function addExtensions(folder: string, entries: readonly string[]): Set<string> {
  const needed = new Set(entries.map((entry) => join(folder, `${entry}.d.ts`)));
  // Files added to the set during the loop are visited too.
  for (const file of needed) {
    const text = readFileSync(file, 'utf8').replace(/((?:from |import\()["'])(\.[^"']*)/g, (_, before: string, specifier: string) => {
      const target = join(dirname(file), specifier);
      const module = existsSync(`${target}.d.ts`) ? specifier : `${specifier}/index`;
      needed.add(join(dirname(file), `${module}.d.ts`));
      return `${before}${module}.js`;
    });
    writeFileSync(file, text);
  }
  return needed;
}
