// Owns the source files of the project and their imports, for the tests of layering and of rules that all sources keep.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Written by the build: the host's side of the ABIs and the inlined binaries. */
export const generated = [
  ...['abi', 'abi-float', 'abi-relaxed', 'alphabet'],
  ...['wasm', 'relaxed-wasm', 'float-wasm', 'float-relaxed-wasm', 'pixels-wasm'],
]
  .map((name) => `src/core/${name}.ts`)
  .concat('tools/kernels/wasm.ts');

export interface Import {
  readonly from: string;
  readonly isType: boolean;
  readonly target: string;
}

/** TypeScript files below a folder of the root, as paths from the root. */
export function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('node_modules') && !file.startsWith('dist'))
    .map((file) => join(folder, file));
}

/** The text of a file by its path from the root. */
export const sourceText = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Relative imports and re-exports of a file, also on demand, as paths from the root without extension. */
export function importsOf(file: string): Import[] {
  const text = sourceText(file);
  const pattern = /(?:^(?:import|export)\s+(type\s)?(?:[^;'"]*?from\s+)?|import\()'(\.[^']+)'/gm;
  const modules = [...text.matchAll(pattern)].filter(([, , path]) => !/\.wasm(\?module)?$/.test(path));
  return modules.map(([, type, path]) => ({
    from: file,
    isType: type !== undefined,
    target: relative(root, join(root, dirname(file), path)).replace(/\.ts$/, ''),
  }));
}

/** Paths of files, by their imports' targets: `src/passes` is `src/passes/index.ts`. */
export function fileOf(target: string): string {
  return [`${target}.ts`, `${target}/index.ts`].find((file) => existsSync(join(root, file))) ?? target;
}

/** Strongly connected components of more than one file, or of a file that imports itself (R. Tarjan 1972). */
export function circles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = [];
  const [order, low, open] = [new Map<string, number>(), new Map<string, number>(), [] as string[]];
  const visit = (file: string): void => {
    order.set(file, order.size);
    low.set(file, order.get(file)!);
    open.push(file);
    for (const next of graph.get(file) ?? []) {
      if (!order.has(next)) visit(next);
      if (open.includes(next)) low.set(file, Math.min(low.get(file)!, low.get(next)!));
    }
    if (low.get(file) !== order.get(file)) return;
    const component = open.splice(open.indexOf(file));
    if (component.length > 1 || graph.get(file)?.includes(file)) found.push(component.sort());
  };
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return found;
}
