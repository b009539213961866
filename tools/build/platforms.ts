// Owns the variants of entries for platforms: X.PLATFORM.ts beside X.ts takes its place in entries of the platform, NAME.PLATFORM.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { fromRoot, root } from './root';

/** Conditions of the exports map with binaries that are imported as modules. */
export const platforms = ['workerd', 'edge-light'] as const;

/** The file for a platform, from the root, of one that has such files. */
const variantOf = (file: string, platform: string): string => file.replace(/\.ts$/, `.${platform}.ts`);

/** The file that an import without extension means. */
const sourceFile = (path: string): string => [`${path}.ts`, join(path, 'index.ts')].find((file) => existsSync(file)) ?? path;

/** The files that import one with variants, directly or not: they exist once per platform, all others once. */
async function importersOfVariants(entryPoints: readonly string[]): Promise<Set<string>> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [...entryPoints],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    outdir: 'dist',
    external: ['*.wasm'],
  });
  const inputs = Object.entries(metafile.inputs);
  const found = new Set(
    inputs.map(([file]) => file).filter((file) => platforms.some((name) => existsSync(fromRoot(variantOf(file, name))))),
  );
  // A set grows while it is walked.
  for (const file of found)
    for (const [importer, { imports }] of inputs) if (imports.some(({ path }) => path === file)) found.add(importer);
  return found;
}

/**
 * Entries `src/NAME.PLATFORM.ts` are `src/NAME.ts` with the platform's files; imports of .wasm files stay, from dist/ to wasm/.
 * @param entryPoints the entries of all platforms, from the root
 */
export async function platformPlugin(entryPoints: readonly string[]): Promise<Plugin> {
  const importers = await importersOfVariants(entryPoints);
  return {
    name: 'platforms',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\.wasm(\?module)?$/ }, ({ path }) => ({ path: path.replace(/^.*\/(?=wasm\/)/, '../'), external: true }));
      onResolve({ filter: /^(src|\.\.?)\// }, ({ path, resolveDir, kind, pluginData }) => {
        const wanted = kind === 'entry-point' ? platforms.find((name) => path.endsWith(`.${name}.ts`)) : pluginData?.platform;
        if (wanted === undefined) return undefined;
        const plain = kind === 'entry-point' ? join(root, path.replace(`.${wanted}.ts`, '.ts')) : sourceFile(join(resolveDir, path));
        const file = relative(root, plain);
        const variant = fromRoot(variantOf(file, wanted));
        if (existsSync(variant)) return { path: variant };
        return importers.has(file) ? { path: plain, suffix: `?${wanted}`, pluginData: { platform: wanted } } : { path: plain };
      });
      // Only what a plugin has loaded hands its data on to its imports.
      onLoad({ filter: /\.ts$/ }, ({ path, pluginData }) =>
        pluginData ? { contents: readFileSync(path), loader: 'ts', resolveDir: dirname(path), pluginData } : undefined,
      );
    },
  };
}
